package mesh

import (
	"math/rand/v2"
	"slices"
	"time"

	"starling/node/overlay/policy"
	"starling/simulations/world"
)

// The overlay's own times and bounds.
const (
	upkeepEvery = time.Second
	dialTrips   = 6               // one-way delays of a dial: TCP, TLS and the handshake
	dialTimeout = 5 * time.Second // for one that does not answer
	contactsMax = 32
	pongMax     = 10
	sparesMin   = 3
	missedShare = 8
	retryFirst  = 2 * time.Second
	pongsEvery  = time.Minute
	upkeepParts = 10 // of a second: nodes do not all look at once
)

// SilenceMax is how long a neighbour that crashed is believed to be there.
const SilenceMax = 12 * time.Second

// Mesh keeps the links of a world.
type Mesh struct {
	world *world.World
	rng   *rand.Rand
	nodes []node
	off   bool
	stats Stats
}

// Stats counts what a mesh has done.
type Stats struct {
	Made, Refused, Unanswered, Parted, Reunited int // links and dials
}

type node struct {
	contacts []int32
	missed   []missed
	dialled  []int32 // neighbours that this node dialled
	making   int
	pongs    time.Duration // when it last asked for contacts
	bye      bool          // it left with a bye
}

type missed struct {
	peer  int32
	since time.Duration
	next  time.Duration // attempt
}

// New keeps the links of a world whose nodes all know each of their neighbours'
// neighbours. Give the world Unlinked of the Mesh, and call Start.
func New(rng *rand.Rand) *Mesh { return &Mesh{rng: rng} }

// Start begins the upkeep of a world. Of each link at the start one end counts as
// the one that dialled.
func (m *Mesh) Start(w *world.World) {
	m.world = w
	m.nodes = make([]node, w.Nodes())
	for v := range m.nodes {
		for i := range w.Links(v) {
			if p := w.Peer(v, i); p < v {
				m.nodes[v].dialled = append(m.nodes[v].dialled, int32(p))
			}
		}
		m.pong(v)
	}
	m.next(0)
}

// Stop ends the upkeep, so that the world can come to rest.
func (m *Mesh) Stop() { m.off = true }

// Stats returns what has been done so far.
func (m *Mesh) Stats() Stats { return m.stats }

func (m *Mesh) next(part int) {
	m.world.At(m.world.Now()+upkeepEvery/upkeepParts, func() {
		if m.off {
			return
		}
		for v := part; v < len(m.nodes); v += upkeepParts {
			if m.world.Alive(v) {
				m.upkeep(v)
			}
		}
		m.next((part + 1) % upkeepParts)
	})
}

// Joined takes on a node that has come into the world and knows some contacts.
func (m *Mesh) Joined(v int, contacts []int32) {
	for len(m.nodes) <= v {
		m.nodes = append(m.nodes, node{})
	}
	m.nodes[v].contacts = contacts
	m.upkeep(v)
}

// Leaves notes that a node goes, with a bye or without.
func (m *Mesh) Leaves(v int, bye bool) { m.nodes[v].bye = bye }

// Unlinked is told by the world of a link that a node has lost.
func (m *Mesh) Unlinked(v, peer int) {
	n := &m.nodes[v]
	i := slices.Index(n.dialled, int32(peer))
	if i < 0 {
		return
	}
	n.dialled = slices.Delete(n.dialled, i, i+1)
	if m.world.Alive(peer) && !m.world.Apart(v, peer) || m.nodes[peer].bye {
		return // it said bye
	}
	now := m.world.Now()
	n.missed = append(n.missed, missed{peer: int32(peer), since: now, next: now + retryFirst})
	if len(n.missed) > contactsMax {
		n.missed = n.missed[1:]
	}
}

// state is what the policy judges by.
func (m *Mesh) state(v int) policy.State {
	s := policy.State{
		DegreeMin: policy.DegreeMin, Degree: policy.Degree, DegreeMax: policy.DegreeMax, Making: m.nodes[v].making,
	}
	for i := range m.world.Links(v) {
		s.Links = append(s.Links, policy.Link{Neighbours: m.world.Links(m.world.Peer(v, i))})
	}
	return s
}

func (m *Mesh) upkeep(v int) {
	n := &m.nodes[v]
	now := m.world.Now()
	if len(n.contacts) < sparesMin || now-n.pongs > pongsEvery {
		m.pong(v)
	}
	s := m.state(v)
	for range s.ToMake() {
		peer, ok := m.pick(v)
		if !ok {
			break
		}
		m.dial(v, peer, false)
	}
	if s.MayReunite() {
		m.reunite(v)
	}
	for _, peer := range m.toPart(v, s) {
		m.stats.Parted++
		m.world.Cut(v, peer)
	}
}

func (m *Mesh) toPart(v int, s policy.State) (peers []int) {
	for _, i := range s.ToPart() {
		peers = append(peers, m.world.Peer(v, i))
	}
	return peers
}

// pick takes a contact that is no neighbour.
func (m *Mesh) pick(v int) (peer int, ok bool) {
	n := &m.nodes[v]
	for len(n.contacts) > 0 {
		i := m.rng.IntN(len(n.contacts))
		peer := int(n.contacts[i])
		n.contacts = slices.Delete(n.contacts, i, i+1)
		if peer != v && !m.world.Linked(v, peer) {
			return peer, true
		}
	}
	return 0, false
}

// pong asks a random neighbour for contacts: its neighbours.
func (m *Mesh) pong(v int) {
	links := m.world.Links(v)
	if links == 0 {
		return
	}
	m.nodes[v].pongs = m.world.Now()
	m.learn(v, m.world.Peer(v, m.rng.IntN(links)))
}

// learn takes contacts from another node.
func (m *Mesh) learn(v, from int) {
	n := &m.nodes[v]
	for i := range min(pongMax, m.world.Links(from)) {
		c := int32(m.world.Peer(from, i))
		if int(c) != v && !slices.Contains(n.contacts, c) {
			n.contacts = append(n.contacts, c)
		}
	}
	if over := len(n.contacts) - contactsMax; over > 0 {
		n.contacts = slices.Delete(n.contacts, 0, over)
	}
}

// dial asks a node to be a neighbour.
func (m *Mesh) dial(v, peer int, again bool) {
	m.nodes[v].making++
	took := dialTrips * m.world.Delay(v, peer)
	if !m.world.Alive(peer) || m.world.Apart(v, peer) {
		took = dialTimeout
	}
	m.world.At(m.world.Now()+took, func() {
		m.nodes[v].making--
		if m.world.Alive(v) && m.answered(v, peer) && again {
			m.stats.Reunited++
		}
	})
}

// answered ends a dial and reports whether it made a link.
func (m *Mesh) answered(v, peer int) bool {
	if !m.world.Alive(peer) || m.world.Apart(v, peer) {
		m.stats.Unanswered++
		return false
	}
	m.learn(v, peer)
	if !m.state(peer).MayAccept(m.world.Links(v)) || !m.world.Connect(v, peer) {
		m.stats.Refused++
		return false
	}
	m.stats.Made++
	m.nodes[v].dialled = append(m.nodes[v].dialled, int32(peer))
	return true
}

// reunite tries one node again that was lost without a bye.
func (m *Mesh) reunite(v int) {
	n, now := &m.nodes[v], m.world.Now()
	for i := range n.missed {
		x := &n.missed[i]
		if now < x.next || m.world.Linked(v, int(x.peer)) {
			continue
		}
		x.next = now + max(retryFirst, (now-x.since)/missedShare)
		m.dial(v, int(x.peer), true)
		return
	}
}
