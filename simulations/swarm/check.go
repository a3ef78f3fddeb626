package swarm

import (
	"errors"
	"fmt"
	"slices"
)

// ErrBroken reports that something happened that must not happen in any run.
var ErrBroken = errors.New("an invariant is broken")

// ErrStuck reports a swarm that does not get done.
var ErrStuck = errors.New("the swarm is stuck")

// What holds in every run:
//
//   - a node never sends more than its rate times the time, and one piece
//   - it sends only groups that it holds
//   - a receiver gets each group into its file once
//   - it asks a second source for a group only when the first has stalled, or in the
//     endgame: when no group that this source could give is asked of nobody

func (w *world) breaks(format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf("%w at %v: %s", ErrBroken, w.now, fmt.Sprintf(format, args...))
	}
}

func (w *world) checkSend(n *node, g int, piece int64) {
	if !n.have.Has(g) {
		w.breaks("node %d sends group %d, which it does not hold", n.id, g)
	}
	const rounding = 1000
	if most := w.now.Seconds()*w.o.UpBytesPerSec + float64(w.rules.PieceBytes) + rounding; float64(n.sent+piece) > most {
		w.breaks("node %d sends %d bytes, its rate allows %.0f", n.id, n.sent+piece, most)
	}
}

func (w *world) checkGroup(n *node, g int) {
	if n.have.Has(g) {
		w.breaks("node %d got group %d twice", n.id, g)
	}
}

func (w *world) checkAsk(n *node, s *stream, groups []int) {
	for _, g := range groups {
		if n.have.Has(g) || slices.Contains(s.wanted, g) {
			w.breaks("node %d asks node %d for group %d again", n.id, s.up.id, g)
		}
		if n.askedElsewhere(s, g) && n.couldAsk(s, groups) {
			w.breaks("node %d asks node %d for group %d, which is asked of another, though others are open", n.id, s.up.id, g)
		}
	}
}

// askedElsewhere tells whether another source that moves was asked for g.
func (n *node) askedElsewhere(s *stream, g int) bool {
	for _, p := range n.peers {
		t := p.stream
		if t != nil && t != s && slices.Contains(t.wanted, g) && !n.picker.Stalled(p.node.name) {
			return true
		}
	}
	return false
}

// couldAsk tells whether the source holds a group that is asked of nobody.
func (n *node) couldAsk(s *stream, groups []int) bool {
	for g := range n.w.layout.Groups() {
		if n.have.Has(g) || !n.picker.Holds(s.up.name, g) || slices.Contains(groups, g) || slices.Contains(s.wanted, g) {
			continue
		}
		if !n.askedElsewhere(s, g) {
			return true
		}
	}
	return false
}
