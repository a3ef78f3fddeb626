package swarm

import (
	"slices"
	"time"

	"starling/transfer"
)

// uplink is the sending side of a node: one token bucket, which the streams that
// have something to send take from in turn, a piece each.
type uplink struct {
	queue   *transfer.Queue
	choice  *transfer.Choice
	uploads []*stream
	ready   []*stream // waiting for the bucket, first come first served
	busy    bool      // the bucket is empty
	sent    int64
	members []*node // of the swarm, as far as it knows
	version int     // grows with each new one
}

// listed notes that another node holds some of the file.
func (n *node) listed(m *node) {
	if slices.Contains(n.members, m) {
		return
	}
	if len(n.members) >= n.w.rules.SwarmMax {
		n.members = n.members[1:]
	}
	n.members = append(n.members, m)
	n.version++
}

// others are nodes to tell a node about, at random.
func (n *node) others(to *node) (nodes []*node) {
	for _, i := range n.w.rng.Perm(len(n.members)) {
		if m := n.members[i]; m != to && len(nodes) < n.w.rules.SourcesNamed {
			nodes = append(nodes, m)
		}
	}
	return nodes
}

// accept takes a stream that another node opens, and tells what is held.
func (s *stream) accept() {
	n, w := s.up, s.up.w
	if s.dead {
		return
	}
	if n.gone || !n.settled || len(n.uploads) >= w.rules.UploadsMax {
		s.end()
		return
	}
	n.uploads = append(n.uploads, s)
	s.seen = len(n.arrived)
	s.lastAsked = w.now
	have := n.have.Clone()
	w.after(w.o.Delay, func() { s.opened(have) })
	w.after(w.rules.UploadTick, s.tickUp)
}

// tickUp is what an upload does once a second.
func (s *stream) tickUp() {
	if s.dead {
		return
	}
	s.step()
	s.tell()
	s.up.w.after(s.up.w.rules.UploadTick, s.tickUp)
}

// tell names other nodes that hold some of the file, when there are new ones.
func (s *stream) tell() {
	n, w := s.up, s.up.w
	since := w.now - s.toldAt
	if n.version == 0 || s.toldOf != 0 && since < w.rules.SourcesGap || n.version == s.toldOf && since < w.rules.SourcesRefresh {
		return
	}
	s.toldOf, s.toldAt = n.version, w.now
	others := n.others(s.down)
	if len(others) > 0 {
		w.after(w.o.Delay, func() {
			if !s.dead {
				s.down.named(others)
			}
		})
	}
}

// ranged takes what the other side asks for.
func (s *stream) ranged(groups []int) {
	if s.dead || s.told > 0 { // void: asked before our word of the queue arrived there
		return
	}
	s.asked = append(s.asked, groups...)
	s.step()
}

func (s *stream) cancelled(g int) {
	if s.dead {
		return
	}
	if i := slices.Index(s.asked, g); i >= 0 {
		s.asked = slices.Delete(s.asked, i, i+1)
	}
	if s.current == g {
		s.current = -1
	}
}

func (s *stream) wants() bool { return len(s.asked) > 0 || s.current >= 0 }

// step sees to the stream's slot and, if it serves, lines it up for the bucket.
func (s *stream) step() {
	n, w := s.up, s.up.w
	if s.dead {
		return
	}
	if s.wants() {
		s.lastAsked = w.now
	}
	p, promoted := n.queue.Visit(&s.seat, transfer.Visit{
		Enter: s.wants() || s.told > 0,
		Yield: s.current < 0,
		Idle:  !s.wants() && w.now-s.lastAsked > w.rules.SlotIdle,
	}, w.clock())
	n.wake(promoted)
	switch {
	case p.Refused:
		s.refuse()
	case p.Position != s.told:
		s.place(p.Position)
	case p.Serving && s.wants() && !s.lined && n.role != staller:
		s.lined = true
		n.ready = append(n.ready, s)
		n.pump()
	}
}

// wake lets those who got a slot know.
func (n *node) wake(promoted []*transfer.Seat) {
	for _, seat := range promoted {
		for _, s := range n.uploads {
			if &s.seat == seat {
				n.w.after(0, s.step)
			}
		}
	}
}

// place tells the other side its position; above 0 that voids what it asked.
func (s *stream) place(position int) {
	s.told = position
	if position > 0 {
		s.asked, s.current = nil, -1
	} else {
		s.lastAsked = s.up.w.now
	}
	s.up.w.after(s.up.w.o.Delay, func() { s.placed(position) })
	s.up.w.after(0, s.step)
}

// refuse ends the stream because the queue is full, with a word of who else is there.
func (s *stream) refuse() {
	s.tell()
	s.up.w.after(s.up.w.o.Delay, func() { s.end() })
}

// pump sends the next piece if the bucket has room for it.
func (n *node) pump() {
	for !n.busy && len(n.ready) > 0 {
		s := n.ready[0]
		n.ready = n.ready[1:]
		s.lined = false
		if s.dead || !s.seat.Serving() || !s.wants() {
			continue
		}
		n.send(s)
	}
}

// send sends one piece of the group under way, or of the next.
func (n *node) send(s *stream) {
	w := n.w
	if s.current < 0 {
		s.begin()
	}
	g := s.current
	_, length := w.layout.Span(g)
	piece := min(length-s.offset, w.rules.PieceBytes)
	w.checkSend(n, g, piece)
	n.sent += piece
	s.offset += piece
	s.lastAsked = w.now
	last := s.offset == length
	w.after(w.o.Delay, func() { s.transmit(g, piece, last) })
	if last {
		s.current = -1
		n.listed(s.down)
		n.named([]*node{s.down})
	}
	n.busy = true
	w.after(time.Duration(float64(piece)/w.o.UpBytesPerSec*float64(time.Second)), func() {
		n.busy = false
		n.pump()
	})
	s.step()
	s.tell()
}

// begin chooses the next group to send.
func (s *stream) begin() {
	i := 0
	if !s.up.w.o.NoChoice {
		i = s.up.choice.Next(s.asked)
	}
	s.current, s.offset = s.asked[i], 0
	s.asked = slices.Delete(s.asked, i, i+1)
	s.up.choice.Began(s.current)
}

// gained tells everyone who fetches from this node of a new group.
func (n *node) gained(g int) {
	n.have.Set(g)
	n.held++
	n.arrived = append(n.arrived, g)
	if n.w.o.UpdatesEvery < 0 {
		return
	}
	for _, s := range n.uploads {
		s.update()
	}
}

// update sends what has come here since the last have-update, as soon as it may.
func (s *stream) update() {
	n, w := s.up, s.up.w
	if s.dead || s.due {
		return
	}
	if wait := s.updatedAt + w.o.UpdatesEvery - w.now; wait > 0 && s.updatedAt > 0 {
		s.due = true
		w.after(wait, func() {
			s.due = false
			s.update()
		})
		return
	}
	groups := n.arrived[s.seen:]
	if len(groups) == 0 {
		return
	}
	s.seen, s.updatedAt = len(n.arrived), w.now
	w.after(w.o.Delay, func() { s.learned(groups) })
}
