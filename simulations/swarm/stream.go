package swarm

import (
	"slices"
	"time"

	"starling/share/content"
	"starling/transfer"
)

// stream is one stream of a receiver to a source: what its two ends know.
type stream struct {
	up, down *node
	peer     *peer
	dead     bool

	// The source's.
	seat      transfer.Seat
	asked     []int
	current   int   // group under way; -1: none
	offset    int64 // sent of it
	lined     bool  // up for the bucket
	told      int   // position
	seen      int   // of the groups that arrived, those told of
	updatedAt time.Duration
	due       bool // a have-update is held back
	toldOf    int
	toldAt    time.Duration
	lastAsked time.Duration

	// The receiver's.
	open     bool
	waiting  bool
	have     content.Bitset // as far as it has told
	proving  bool
	wanted   []int
	lastData time.Duration
}

// opened: the source has said what it holds.
func (s *stream) opened(have content.Bitset) {
	if s.dead {
		return
	}
	s.open, s.have = true, have
	n := s.down
	if n.picker == nil {
		n.prove()
		return
	}
	n.picker.Join(s.up.name, have, n.w.clock())
	n.ask(s.peer)
}

// learned: the source holds more.
func (s *stream) learned(groups []int) {
	n := s.down
	if s.dead || n.doneAt > 0 || !s.open {
		return
	}
	for _, g := range groups {
		s.have.Set(g)
	}
	if n.picker == nil {
		n.prove()
		return
	}
	for _, g := range groups {
		for _, other := range n.picker.Learn(s.up.name, g) {
			if t := n.streamTo(other); t != nil {
				n.cancel(t, g)
			}
		}
	}
	n.ask(s.peer)
}

// placed: the source has put us into its queue, or it is our turn.
func (s *stream) placed(position int) {
	n := s.down
	if s.dead || !s.open {
		return
	}
	s.waiting = position > 0
	if s.waiting {
		s.wanted = nil
		if s.proving {
			s.proving = false
			n.proofs--
		}
	}
	switch {
	case n.picker == nil:
		n.prove()
	case s.waiting:
		n.picker.Wait(s.up.name)
	default:
		n.picker.Serve(s.up.name, n.w.clock())
		n.ask(s.peer)
	}
}

// transmit takes a piece through the receiver's downlink.
func (s *stream) transmit(g int, piece int64, last bool) {
	n, w := s.down, s.down.w
	if w.o.DownBytesPerSec == 0 {
		s.came(g, piece, last)
		return
	}
	n.downFree = max(n.downFree, w.now) + time.Duration(float64(piece)/w.o.DownBytesPerSec*float64(time.Second))
	w.queue.push(n.downFree, func() { s.came(g, piece, last) })
}

// came: a piece is here.
func (s *stream) came(g int, piece int64, last bool) {
	n := s.down
	s.lastData = n.w.now
	i := slices.Index(s.wanted, g)
	if s.dead || i < 0 || n.doneAt > 0 {
		n.wasted += piece
		return
	}
	if n.picker != nil && !s.proving {
		n.picker.Moved(s.up.name, piece, n.w.clock())
	}
	if !last {
		return
	}
	s.wanted = slices.Delete(s.wanted, i, i+1)
	switch {
	case s.up.role == poisoner:
		n.poison(s, g)
	case n.picker == nil:
		n.settle(g)
	case s.proving:
		s.proving = false
		n.waste(g)
	default:
		n.groupCame(s, g)
	}
}

func (n *node) waste(g int) {
	_, length := n.w.layout.Span(g)
	n.wasted += length
}

// poison: a group does not verify, and whoever sent it is cut off.
func (n *node) poison(s *stream, g int) {
	n.waste(g)
	n.poisoned++
	s.peer.state, s.peer.trying = cutOff, false
	s.end()
	n.w.result.Banned = append(n.w.result.Banned, Ban{n.id, s.up.id})
	n.fill()
	for _, p := range n.peers {
		n.ask(p)
	}
	n.prove()
}
