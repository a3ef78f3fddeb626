package mesh

import "time"

// ping asks all neighbours for contacts when it is time to: once a minute, or with
// every ping while there are few to spare.
func (m *Mesh) ping(v int) {
	n, now := &m.nodes[v], m.world.Now()
	if now < n.pinged+pingEvery {
		return
	}
	n.pinged = now
	if len(n.contacts) < sparesMin+m.world.Links(v) || now >= n.asked+pongsEvery {
		m.pongs(v)
	}
}

// pongs brings the contacts of all neighbours that are there.
func (m *Mesh) pongs(v int) {
	m.nodes[v].asked = m.world.Now()
	for i := range m.world.Links(v) {
		m.learn(v, m.world.Peer(v, i))
	}
}

// learn takes contacts from another node.
func (m *Mesh) learn(v, from int) {
	if !m.answers(v, from) {
		return
	}
	for _, peer := range m.nodes[from].contacts.proven(pongMax, v, m.rng) {
		m.nodes[v].contacts.add(peer, m.world.Now())
	}
}

// dial asks a contact to be a neighbour; ended is called when it is, or will not
// be. Beyond so many dials at once a node's upkeep waits for one to end.
func (m *Mesh) dial(v, peer int, ended func()) {
	n, now := &m.nodes[v], m.world.Now()
	if n.dials >= dialsMax {
		n.blocked = true
		ended()
		return
	}
	n.contacts.find(peer).notUntil = now + shakeTimeout // not twice at once
	n.dials++
	m.connect(v, peer, synWaits, ended)
}

// connect knocks, and again after each of the waits while nobody answers.
func (m *Mesh) connect(v, peer int, waits []time.Duration, ended func()) {
	switch {
	case m.answers(v, peer) && len(waits) > 0:
		m.after(connectTrips*m.world.Delay(v, peer), v, func() { m.shake(v, peer, ended) })
	case len(waits) > 0:
		m.after(waits[0], v, func() { m.connect(v, peer, waits[1:], ended) })
	default:
		m.unanswered(v, peer)
		m.end(v, ended)
	}
}

func (m *Mesh) shake(v, peer int, ended func()) {
	m.nodes[v].making++
	m.after(shakeTrips*m.world.Delay(v, peer), v, func() {
		if m.answers(v, peer) {
			m.nodes[v].making--
			m.answered(v, peer)
			m.end(v, ended)
			return
		}
		m.after(shakeTimeout, v, func() {
			m.nodes[v].making--
			m.unanswered(v, peer)
			m.end(v, ended)
		})
	})
}

// after does something if the node is still there by then.
func (m *Mesh) after(d time.Duration, v int, do func()) {
	m.world.At(m.world.Now()+d, func() {
		if m.world.Alive(v) && !m.off {
			do()
		}
	})
}

// end goes on with an upkeep that waited.
func (m *Mesh) end(v int, ended func()) {
	n := &m.nodes[v]
	n.dials--
	ended()
	if n.blocked {
		n.blocked = false
		m.upkeep(v)
	}
}

func (m *Mesh) unanswered(v, peer int) {
	m.stats.Unanswered++
	m.nodes[v].contacts.failed(peer, m.world.Now(), m.rng)
}

// answered ends a handshake: there is a link, or the other one names contacts.
func (m *Mesh) answered(v, peer int) {
	n, now := &m.nodes[v], m.world.Now()
	switch {
	case m.world.Linked(v, peer): // it dialled us meanwhile
		n.contacts.works(peer, now)
	case m.shuns(peer, v) || !m.state(peer).MayAccept(m.world.Links(v)):
		m.stats.Refused++
		m.learn(v, peer)
		n.contacts.failed(peer, now, m.rng)
	default:
		m.link(v, peer)
	}
}

// link makes two nodes neighbours, who ask each other for contacts at once.
func (m *Mesh) link(v, peer int) {
	n, now := &m.nodes[v], m.world.Now()
	if x := n.contacts.find(peer); x != nil && x.missed {
		m.stats.Reunited++
	}
	m.stats.Made++
	m.world.Connect(v, peer)
	n.dialled = append(n.dialled, int32(peer))
	n.contacts.works(peer, now)
	m.nodes[peer].contacts.works(v, now)
	m.learn(v, peer)
	m.learn(peer, v)
}
