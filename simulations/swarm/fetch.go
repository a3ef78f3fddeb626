package swarm

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"starling/transfer"
)

// fetch is the receiving side of a node.
type fetch struct {
	picker   *transfer.Picker
	settled  bool // it knows the file's layout, and can serve
	held     int  // groups
	peers    []*peer
	byNode   map[*node]*peer
	toldAt   time.Duration
	toldOf   int
	proofAt  time.Duration
	proofs   int           // asked
	doneAt   time.Duration // when the last group came
	downFree time.Duration // when the downlink has room
	wasted   int64         // bytes that came and were not needed
	poisoned int           // groups that did not verify
}

// begin starts a receiver that knows of these sources.
func (n *node) begin(sources []*node) {
	n.byNode = make(map[*node]*peer)
	n.named(sources)
	n.w.after(time.Duration(n.w.rng.Int64N(int64(n.w.rules.DownloadTick))), n.tick)
}

// tick is what a download does four times a second.
func (n *node) tick() {
	if n.gone || n.held == n.w.layout.Groups() {
		return
	}
	now := n.w.now
	if n.picker != nil {
		n.picker.Tick(n.w.clock())
	} else {
		n.prove()
	}
	for _, p := range n.peers {
		if s := p.stream; s != nil && s.open && len(s.wanted) > 0 && !s.waiting && now-s.lastData > n.w.rules.ProgressTime {
			s.end()
		}
	}
	n.review()
	n.fill()
	for _, p := range n.peers {
		n.ask(p)
	}
	n.tellSources()
	n.w.after(n.w.rules.DownloadTick, n.tick)
}

// prove asks for the last group, which proves the file's size: of one source, and
// of more when that takes long.
func (n *node) prove() {
	w := n.w
	if n.picker != nil || n.proofs > 0 && w.now-n.proofAt < w.rules.ProofTime {
		return
	}
	last := w.layout.Groups() - 1
	left := max(n.proofs, 1)
	for _, p := range n.peers {
		s := p.stream
		if left == 0 || s == nil || !s.open || s.waiting || s.proving || !s.have.Has(last) {
			continue
		}
		left--
		s.proving = true
		n.proofs++
		n.proofAt = w.now
		n.order(s, []int{last}, 3) // after the manifest
	}
}

// order sends a Range, which is there after so many delays.
func (n *node) order(s *stream, groups []int, delays int) {
	if len(s.wanted) == 0 {
		s.lastData = n.w.now
	}
	s.wanted = append(s.wanted, groups...)
	n.w.after(time.Duration(delays)*n.w.o.Delay, func() { s.ranged(groups) })
}

// ask lets the picker choose for a source.
func (n *node) ask(p *peer) {
	s := p.stream
	if n.picker == nil || s == nil || !s.open || s.waiting {
		return
	}
	groups := n.picker.Ask(p.node.name, math.MaxInt64, n.w.clock())
	if len(groups) > 0 {
		n.w.checkAsk(n, s, groups)
		n.order(s, groups, 1)
	}
}

// settle: the size is proven by the last group. From here on groups are asked for,
// and served.
func (n *node) settle(g int) {
	w := n.w
	seed := rand.NewPCG(w.rng.Uint64(), w.rng.Uint64())
	n.settled = true
	n.gained(g)
	n.picker = transfer.NewPicker(w.layout, n.have, transfer.PickerOptions{Sequential: w.o.Order == Sequential, Random: w.o.Order == Random}, rand.New(seed))
	for _, p := range n.peers {
		s := p.stream
		if s == nil || !s.open {
			continue
		}
		if s.proving {
			s.proving = false
			n.cancel(s, g)
		}
		n.picker.Join(p.node.name, s.have, w.clock())
		if s.waiting {
			n.picker.Wait(p.node.name)
		}
	}
	for _, p := range n.peers {
		n.ask(p)
	}
}

func (n *node) cancel(s *stream, g int) {
	if i := slices.Index(s.wanted, g); i >= 0 {
		s.wanted = slices.Delete(s.wanted, i, i+1)
		n.w.after(n.w.o.Delay, func() { s.cancelled(g) })
	}
}

// groupCame notes a group that verifies.
func (n *node) groupCame(s *stream, g int) {
	w := n.w
	w.checkGroup(n, g)
	n.gained(g)
	s.peer.tries = 0
	n.listed(s.up)
	for _, other := range n.picker.Got(s.up.name, g, w.clock()) {
		if t := n.streamTo(other); t != nil {
			n.cancel(t, g)
		}
	}
	if !n.picker.Complete() {
		n.ask(s.peer)
		return
	}
	n.doneAt = w.now
	w.left--
	for _, p := range n.peers {
		if p.stream != nil {
			p.stream.end()
		}
	}
	if w.o.LeaveAfter > 0 {
		w.after(w.o.LeaveAfter, n.leave)
	}
}

func (n *node) streamTo(source transfer.Source) *stream {
	for _, p := range n.peers {
		if p.node.name == source {
			return p.stream
		}
	}
	return nil
}
