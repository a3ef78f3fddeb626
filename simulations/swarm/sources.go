package swarm

import (
	"slices"
	"time"

	"starling/transfer"
)

// roundTrips is what opening a stream takes before the greeting: TCP, TLS and the
// choice of protocol.
const roundTrips = 3

// peer is a source as a receiver sees it.
type peer struct {
	node     *node
	stream   *stream
	trying   bool
	state    state
	tries    int
	endedAt  time.Duration
	usefulAt time.Duration // when it was last asked for something, or tried
}

type state int

const (
	fresh state = iota
	active
	given  // up, for now
	cutOff // for good
)

// review lets a source that has been of no use for a while make room for another
// that is known.
func (n *node) review() {
	trying, spare := 0, false
	var worst *peer
	for _, p := range n.peers {
		if p.state == given && n.w.now-p.endedAt > n.w.rules.RestTime {
			p.state = fresh
		}
		switch s := p.stream; {
		case p.state == fresh:
			spare = true
		case !p.trying:
		case s != nil && s.open && len(s.wanted) > 0:
			trying, p.usefulAt = trying+1, n.w.now
		default:
			trying++
			if worst == nil || p.usefulAt < worst.usefulAt {
				worst = p
			}
		}
	}
	if worst == nil || !spare || trying < n.w.rules.SourcesMax || n.w.now-worst.usefulAt < n.w.rules.UselessTime {
		return
	}
	worst.state, worst.trying, worst.endedAt = given, false, n.w.now
	if worst.stream != nil {
		worst.stream.end()
	}
}

// tellSources passes on who else holds the file.
func (n *node) tellSources() {
	w := n.w
	if w.now-n.toldAt < w.rules.SourcesEvery || n.version == n.toldOf && w.now-n.toldAt < w.rules.SourcesRefresh {
		return
	}
	n.toldAt, n.toldOf = w.now, n.version
	for _, p := range n.peers {
		if s := p.stream; s != nil && s.open {
			others := n.others(p.node)
			w.after(w.o.Delay, func() {
				if !s.dead {
					s.up.named(others)
				}
			})
		}
	}
}

// named takes in sources.
func (n *node) named(sources []*node) {
	if n.byNode == nil || n.doneAt > 0 || n.gone {
		return
	}
	for _, m := range sources {
		p := n.byNode[m]
		switch {
		case m == n:
		case p != nil && p.state == given && n.w.now-p.endedAt > n.w.rules.FoundAgainAfter:
			p.state = fresh
		case p == nil && (len(n.peers) < n.w.rules.SourcesKnownMax || n.forget()):
			p = &peer{node: m}
			n.byNode[m] = p
			n.peers = append(n.peers, p)
		}
	}
	n.fill()
}

// forget makes room for a source by the one that was given up first, or else by any
// that was not tried.
func (n *node) forget() bool {
	at := -1
	var untried []int
	for i, p := range n.peers {
		switch {
		case p.state == given && (at < 0 || p.endedAt < n.peers[at].endedAt):
			at = i
		case p.state == fresh && p.endedAt == 0:
			untried = append(untried, i)
		}
	}
	if at < 0 && len(untried) > 0 {
		at = untried[n.w.rng.IntN(len(untried))]
	}
	if at < 0 {
		return false
	}
	delete(n.byNode, n.peers[at].node)
	n.peers = slices.Delete(n.peers, at, at+1)
	return true
}

// fill opens streams to sources that are known, in no order, as many as may be at
// once.
func (n *node) fill() {
	trying := 0
	for _, p := range n.peers {
		if p.trying {
			trying++
		}
	}
	var spare []*peer
	for _, p := range n.peers {
		if p.state == fresh {
			spare = append(spare, p)
		}
	}
	for ; len(spare) > 0 && trying < n.w.rules.SourcesMax; trying++ {
		i := n.w.rng.IntN(len(spare))
		p := spare[i]
		spare = slices.Delete(spare, i, i+1)
		p.state, p.trying, p.tries, p.usefulAt = active, true, 0, n.w.now
		n.dial(p)
	}
}

func (n *node) dial(p *peer) {
	if n.gone || n.doneAt > 0 || p.state != active || p.stream != nil {
		return
	}
	p.tries++
	s := &stream{up: p.node, down: n, peer: p, seat: transfer.NewSeat(n.name), current: -1}
	p.stream = s
	n.w.after((2*roundTrips+1)*n.w.o.Delay, s.accept)
}

// end ends a stream, by the source or by the receiver, who tries again later.
func (s *stream) end() {
	if s.dead {
		return
	}
	s.dead = true
	up, down, w := s.up, s.down, s.up.w
	up.uploads = slices.DeleteFunc(up.uploads, func(other *stream) bool { return other == s })
	up.wake(up.queue.Leave(&s.seat, w.clock()))
	p := s.peer
	if p.stream != s {
		return
	}
	p.stream = nil
	if down.picker != nil {
		down.picker.Leave(up.name)
	}
	if s.proving {
		down.proofs--
	}
	if down.gone || down.doneAt > 0 || p.state != active {
		return
	}
	if p.tries >= w.rules.TriesMax {
		p.state, p.trying, p.endedAt = given, false, w.now
		down.fill()
		return
	}
	pause := float64(min(w.rules.RetryFirst<<max(p.tries-1, 0), w.rules.RetryMax)) * (0.5 + w.rng.Float64())
	w.after(time.Duration(pause), func() { down.dial(p) })
	for _, other := range down.peers {
		down.ask(other)
	}
}
