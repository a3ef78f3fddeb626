package world

import (
	"math/rand/v2"
	"time"

	"starling/query"
	"starling/simulations/topology"
)

// Options says what a world is made of. The zero value of a field means its default.
type Options struct {
	// Graph says who is linked at the start. Required.
	Graph *topology.Graph
	// Router configures every node.
	Router query.Options
	// Leaves are nodes that forward nothing: leaves[node]. Default none.
	Leaves []bool
	// EqualDelay is how long a message takes over any link. Default 50 ms.
	EqualDelay time.Duration
	// Delay is how long a message takes over each link, if not equally long.
	Delay Delay
	// Loss is the chance, 0 to 1, that a message is lost on its link.
	Loss float64
	// Answer is what a node holds that fits a query; nil: nothing. It must not
	// change the world.
	Answer func(node int, q *query.Query) []query.Entry
	// Liars are nodes that break the protocol, by node.
	Liars map[int]Liar
	// Spam is what liars offer whatever is asked. Required with liars that offer.
	Spam func() []query.Entry
	// Arrivals keeps in each Tally when every node got its first copy.
	Arrivals bool
	// Seed is where chance comes from.
	Seed uint64
	// Unlinked is told of a node that has just lost its link to a peer; nil is not
	// told.
	Unlinked func(node, peer int)
	// Parted is told when a node parts from a peer for what that sent; nil is not told.
	Parted func(node, peer int, why query.Reason)
	// Trace is told of every copy, first copy and batch of hits; nil is not told.
	Trace func(Step)
	// Progress is called about every 65,536 events; nil is not.
	Progress func()
}

// Delay is how long messages take.
type Delay interface {
	// Delay returns the time from one node to another, always the same and above 0.
	Delay(from, to int) time.Duration
}

// World is a network of nodes in virtual time.
type World struct {
	opts    Options
	limits  query.Options // of every router, with defaults
	rng     *rand.Rand
	at      time.Duration
	now     time.Time // dawn + at
	queue   queue
	nodes   []node
	linkIDs uint32 // given out to directions of links

	asked   []asked
	byGUID  map[query.GUID]uint32
	current uint32 // the query whose event is handled
	hits    slab[*query.Hits]
	echoes  slab[*query.Echo]
	deeds   slab[func()]

	effects   []query.Effect
	swept     time.Duration
	side      func(node int) int // nodes of different sides cannot reach each other; nil: all can
	stats     Stats
	parting   map[uint32]bool // directions of links whose nodes have asked to part
	disturbed bool            // messages may have been lost, links have come or gone
	broken    error
}

// node is one router and its links: link l is ends[l-1]. A link's number is not
// used again.
type node struct {
	router *query.Router
	ends   []end
	ticks  time.Duration // when a tick is due; 0: none
	gone   int           // of ends
	dead   bool
	liar   Liar
}

// end is the other end of a link.
type end struct {
	peer uint32
	back query.Link // the peer's number of this link; 0: the link is gone
	id   uint32     // of this direction of this link, in the whole world
}

// StepKind says what a Step is.
type StepKind uint8

const (
	CopySent  StepKind = iota // From sent To a copy of a query
	FirstCopy                 // To got its first copy, which From had sent
	HitSent                   // From sent To hits
)

// Step is one move of a query or of its hits, for drawings.
type Step struct {
	Kind     StepKind
	From, To int
	Hops     int // links travelled at To
}

// Stats adds up a world.
type Stats struct {
	Events   uint64
	Messages uint64                    // that arrived or were lost, of all kinds
	Lost     uint64                    // on links, or at nodes that are gone
	Drops    [query.ReasonCount]uint64 // by routers
	Byes     [query.ReasonCount]uint64 // by routers, one for each link
}

// dawn is when every world begins.
var dawn = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// equalDelay is how long a message takes over a link unless told otherwise.
const equalDelay = 50 * time.Millisecond

// New makes the nodes and links of the graph.
func New(opts Options) *World {
	if opts.EqualDelay == 0 {
		opts.EqualDelay = equalDelay
	}
	w := &World{opts: opts, rng: rand.New(rand.NewPCG(opts.Seed, 0)), now: dawn, byGUID: make(map[query.GUID]uint32)}
	w.limits = query.New(opts.Router).Options()
	w.build()
	return w
}

// build makes routers and links in a few large pieces.
func (w *World) build() {
	g := w.opts.Graph
	n := g.Nodes()
	off, to := g.Rows()
	full := query.NewMany(n, w.opts.Router)
	var leaves []query.Router
	if w.opts.Leaves != nil {
		leafOptions := w.opts.Router
		leafOptions.Leaf = true
		leaves = query.NewMany(n, leafOptions)
	}
	w.nodes = make([]node, n)
	ends := make([]end, len(to))
	backs := backs(off, to)
	numbers := linkNumbers(g)
	for v := range w.nodes {
		nd := &w.nodes[v]
		nd.router = &full[v]
		if leaves != nil && w.opts.Leaves[v] {
			nd.router = &leaves[v]
		}
		nd.liar = w.opts.Liars[v]
		if r := nd.liar.router(w.opts.Router); r != nil {
			nd.router = r
		}
		from, until := off[v], off[v+1]
		nd.ends = ends[from:until:until]
		for i := range nd.ends {
			id := from + uint32(i)
			nd.ends[i] = end{peer: to[id], back: query.Link(backs[id] - off[to[id]] + 1), id: id}
		}
		nd.router.LinkUp(numbers[:len(nd.ends)]...)
	}
	w.linkIDs = uint32(len(to))
}

// backs finds for every direction of a link the other one. Rows are ascending,
// so that walking the nodes in order meets each row's entries in order.
func backs(off, to []uint32) []uint32 {
	out := make([]uint32, len(to))
	next := make([]uint32, len(off)-1)
	copy(next, off)
	for v := range len(off) - 1 {
		for i := off[v]; i < off[v+1]; i++ {
			peer := to[i]
			out[i] = next[peer]
			next[peer]++
		}
	}
	return out
}

// linkNumbers returns 1, 2, 3 … as far as any node needs.
func linkNumbers(g *topology.Graph) []query.Link {
	most := 0
	for v := range g.Nodes() {
		most = max(most, g.Degree(v))
	}
	out := make([]query.Link, most)
	for i := range out {
		out[i] = query.Link(i + 1)
	}
	return out
}

// Now returns the virtual time since the world began.
func (w *World) Now() time.Duration { return w.at }

// Stats returns what has happened so far.
func (w *World) Stats() Stats { return w.stats }

// Nodes returns how many nodes there have been, those that are gone among them.
func (w *World) Nodes() int { return len(w.nodes) }

// At does something at a virtual time, or at once if that has passed.
func (w *World) At(at time.Duration, do func()) {
	w.queue.push(event{at: max(at, w.at), kind: aDeed, payload: w.deeds.put(do)})
}

// slab keeps values by number and uses the numbers again.
type slab[T any] struct {
	values []T
	free   []uint32
}

func (s *slab[T]) put(v T) uint32 {
	if last := len(s.free) - 1; last >= 0 {
		i := s.free[last]
		s.free = s.free[:last]
		s.values[i] = v
		return i
	}
	s.values = append(s.values, v)
	return uint32(len(s.values) - 1)
}

func (s *slab[T]) take(i uint32) T {
	v := s.values[i]
	var none T
	s.values[i] = none
	s.free = append(s.free, i)
	return v
}
