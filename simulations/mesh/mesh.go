package mesh

import (
	"math/rand/v2"
	"slices"
	"time"

	"starling/node/overlay/policy"
	"starling/query"
	"starling/simulations/world"
)

// The overlay's own times and bounds.
const (
	upkeepEvery  = time.Second
	pingEvery    = 5 * time.Second
	pongsEvery   = time.Minute // unless spares run low
	sparesMin    = 3
	pongMax      = 10
	contactsMax  = 512
	retryFirst   = 2 * time.Second
	retryMost    = time.Hour
	failuresMax  = 20
	missedShare  = 8
	shunnedFor   = 2 * time.Minute
	dialsMax     = policy.MakingMax + 1 // the one for a reunion
	shakeTimeout = 10 * time.Second     // for a node that stops answering once connected
)

// A dial takes so many one-way delays: TCP, TLS and the muxer, then the handshake.
const (
	connectTrips = 4
	shakeTrips   = 2
)

// synWaits are those of TCP, which knocks again after 1 and 3 s; libp2p gives up
// after 5.
var synWaits = []time.Duration{time.Second, 2 * time.Second, 2 * time.Second}

// upkeepParts are the parts of a second in which a tenth of the nodes looks each, so
// that not all do it at once.
const upkeepParts = 10

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
	Made       int // links
	Refused    int // dials, by a node that had no room or a grudge
	Unanswered int // dials
	Parted     int // links that were one too many
	Reunited   int // of Made, with a contact that was missed
}

type node struct {
	contacts  contacts
	dialled   []int32 // neighbours that this node dialled
	shunned   []shun
	dials     int // under way
	making    int // of them, shaking hands
	reuniting bool
	blocked   bool          // more is to be dialled than may be at once
	pinged    time.Duration // when it last thought of asking for contacts
	asked     time.Duration // when it last did
	bye       bool          // it left with a bye
}

type shun struct {
	peer  int32
	until time.Duration
}

// New makes a Mesh. Give Unlinked, and Parted if nodes may misbehave, to the world's
// Options, and call Start.
func New(rng *rand.Rand) *Mesh { return &Mesh{rng: rng} }

// Start begins the upkeep of a world. Of each link at the start the node with the
// higher number counts as the one that dialled; all nodes have their neighbours'
// pongs.
func (m *Mesh) Start(w *world.World) {
	m.world = w
	m.nodes = make([]node, w.Nodes())
	for v := range m.nodes {
		for i := range w.Links(v) {
			p := w.Peer(v, i)
			m.nodes[v].contacts.works(p, w.Now())
			if p < v {
				m.nodes[v].dialled = append(m.nodes[v].dialled, int32(p))
			}
		}
	}
	for v := range m.nodes {
		m.pongs(v)
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
			m.upkeep(v)
		}
		m.next((part + 1) % upkeepParts)
	})
}

// Joined takes on a node that has come into the world and knows some contacts.
func (m *Mesh) Joined(v int, known []int) {
	for len(m.nodes) <= v {
		m.nodes = append(m.nodes, node{})
	}
	for _, peer := range known {
		m.nodes[v].contacts.add(peer, m.world.Now())
	}
	m.upkeep(v)
}

// Leaves notes that a node is about to leave, with a bye or without. A bye names
// contacts, as a pong does.
func (m *Mesh) Leaves(v int, bye bool) {
	m.nodes[v].bye = bye
	for i := range m.world.Links(v) {
		if bye {
			m.learn(m.world.Peer(v, i), v)
		}
	}
}

// Unlinked is told by the world of a link that a node has lost.
func (m *Mesh) Unlinked(v, peer int) {
	if v >= len(m.nodes) || m.off {
		return
	}
	n, now := &m.nodes[v], m.world.Now()
	m.after(0, v, func() { m.upkeep(v) })
	i := slices.Index(n.dialled, int32(peer))
	if i < 0 {
		return
	}
	n.dialled = slices.Delete(n.dialled, i, i+1)
	vanished := !m.answers(v, peer) && !m.nodes[peer].bye
	if x := n.contacts.find(peer); x != nil && vanished {
		x.missed, x.missedAt = true, now
	}
}

// Parted is told by the world of a node that parts from a peer for what that sent.
func (m *Mesh) Parted(v, peer int, _ query.Reason) {
	if v < len(m.nodes) {
		m.nodes[v].shunned = append(m.nodes[v].shunned, shun{int32(peer), m.world.Now() + shunnedFor})
	}
}

func (m *Mesh) shuns(v, peer int) bool {
	now := m.world.Now()
	m.nodes[v].shunned = slices.DeleteFunc(m.nodes[v].shunned, func(s shun) bool { return s.until <= now })
	return slices.ContainsFunc(m.nodes[v].shunned, func(s shun) bool { return int(s.peer) == peer })
}

// answers reports whether a node can hear another one.
func (m *Mesh) answers(v, peer int) bool { return m.world.Alive(peer) && !m.world.Apart(v, peer) }

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

// upkeep is what a node does every second.
func (m *Mesh) upkeep(v int) {
	if !m.world.Alive(v) {
		return
	}
	m.ping(v)
	n, s, now := &m.nodes[v], m.state(v), m.world.Now()
	mayTry := func(x *contact) bool {
		return !m.world.Linked(v, int(x.peer)) && !m.shuns(v, int(x.peer))
	}
	for _, peer := range n.contacts.pick(s.ToMake(), now, m.rng, mayTry) {
		m.dial(v, peer, func() {})
	}
	if s.MayReunite() && !n.reuniting {
		for _, peer := range n.contacts.pick(1, now, m.rng, func(x *contact) bool { return x.missed && mayTry(x) }) {
			n.reuniting = true
			m.dial(v, peer, func() { m.nodes[v].reuniting = false })
		}
	}
	var parts []int
	for _, i := range s.ToPart() {
		parts = append(parts, m.world.Peer(v, i))
	}
	for _, peer := range parts {
		m.stats.Parted++
		m.learn(peer, v)
		m.world.Cut(v, peer)
	}
}
