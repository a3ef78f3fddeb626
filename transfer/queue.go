package transfer

import (
	"cmp"
	"slices"
	"time"

	"starling/share/content"
)

const (
	// creditTurns is how many turns of waiting full credit is worth. A node that
	// gave us nothing is passed by no one who came so much later.
	creditTurns = 10
	// strangersEvery: each so many-th slot goes to who has waited longest, whatever
	// its credit, so that newcomers get something to give back.
	strangersEvery = 4
	// siblingTurn is how long one seat of a node has the node's slot while another
	// of its seats waits: several downloads from one source go on side by side.
	siblingTurn = 2 * time.Second
	// awayTime is how long the place of a node whose stream broke is kept.
	awayTime = time.Minute
)

// Queue hands out upload slots: a state machine over seats. A source serves so
// many seats at once, one for each node, and the others wait. A node's first seat
// is in the line, its further ones are behind everybody's first.
//
// Who has waited longest is next, where credit counts as time waited, up to
// creditTurns; without credit that is first come first served. When others wait,
// a seat that has had its turn goes to the end. Whose stream breaks finds its
// place again for a while.
type Queue struct {
	slots   int
	turn    time.Duration
	maxWait int
	serving []*Seat
	waiting []*Seat // by the time waited, the longest first
	away    []away
	turns   int // slots given
	typical time.Duration
}

// Seat is one upload's place.
type Seat struct {
	node    Source
	file    content.ID // tells a node's seats apart when they come back
	since   time.Time  // in the line
	start   time.Time  // of the slot
	used    time.Duration
	credit  float64
	serving bool
}

// away is the place of a node that is not here.
type away struct {
	node  Source
	file  content.ID
	since time.Time
	used  time.Duration // of its turn
	until time.Time
}

// NewSeat is a place for one upload to a node.
func NewSeat(node Source) Seat { return Seat{node: node} }

// Serving tells whether the seat has a slot.
func (s *Seat) Serving() bool { return s.serving }

// NewQueue makes the queue that these options ask for.
func NewQueue(o Options) *Queue {
	o = o.withDefaults()
	return newQueue(max(o.Slots, 0), o.QueueMax, o.SlotTurn)
}

func newQueue(slots, maxWait int, turn time.Duration) *Queue {
	return &Queue{slots: slots, maxWait: maxWait, turn: turn, typical: turn / 2}
}

// Visit is what an upload wants of the queue when it comes by.
type Visit struct {
	Enter  bool    // a slot, or a place in the queue
	Yield  bool    // its slot goes to others if its turn is over: no group is half sent
	Idle   bool    // its slot goes to others
	Credit float64 // of its node, 0..1
}

// Place is where a visit leaves a seat: it serves, or waits at a position, or
// neither when it has no wish or was Refused, the queue being full.
type Place struct {
	Serving  bool
	Position int           // 1 is next; 0: it does not wait
	ETA      time.Duration // until it is served
	Length   int           // of the queue
	Refused  bool
}

// Visit looks after a seat, and tells who gets a slot by it.
func (q *Queue) Visit(s *Seat, v Visit, now time.Time) (p Place, promoted []*Seat) {
	s.credit = min(max(v.Credit, 0), 1)
	if s.serving && v.Idle && q.wanted(s) {
		return Place{}, q.Leave(s, now)
	}
	room := q.roomFor(s.node)
	if v.Yield && q.yields(s, now) {
		promoted = q.Leave(s, now)
		v.Enter, room = true, q.maxWait
	}
	if v.Yield {
		promoted = append(promoted, q.pass(s, now)...)
	}
	if v.Enter && !q.join(s, room, now) {
		return Place{Refused: true}, promoted
	}
	return q.place(s, now), promoted
}

// pass hands a node's slot to the next of its seats; to the other nodes it is the
// same turn.
func (q *Queue) pass(s *Seat, now time.Time) []*Seat {
	i := slices.IndexFunc(q.waiting, func(w *Seat) bool { return w.node == s.node })
	if !s.serving || i < 0 || now.Sub(s.start) < siblingTurn {
		return nil
	}
	next := q.waiting[i]
	q.waiting = slices.Delete(q.waiting, i, i+1)
	next.serving, next.start, next.used = true, now, s.used+now.Sub(s.start)
	q.serving[slices.Index(q.serving, s)] = next
	s.serving, s.since, s.used = false, now, 0
	q.insert(s)
	return []*Seat{next}
}

func (q *Queue) place(s *Seat, now time.Time) Place {
	p := Place{Serving: s.serving, Position: q.position(s), Length: len(q.waiting)}
	p.ETA = q.eta(p.Position, now)
	return p
}

// enter asks for a slot. ok is false when the queue is full; otherwise the seat
// serves or waits.
func (q *Queue) enter(s *Seat, now time.Time) (ok bool) { return q.join(s, q.roomFor(s.node), now) }

func (q *Queue) join(s *Seat, room int, now time.Time) (ok bool) {
	if s.serving || slices.Contains(q.waiting, s) {
		return true
	}
	if free := len(q.serving) < q.slots && !q.serves(s.node); len(q.waiting) >= room && !free {
		return false
	}
	s.since, s.used = now, 0
	q.comeBack(s, now)
	q.insert(s)
	q.promote("", now)
	return true
}

// roomFor is how long the line may be for a node to join it: half of it is for those
// who have no place yet, or a few nodes with many seats would fill it.
func (q *Queue) roomFor(node Source) int {
	if q.serves(node) || slices.ContainsFunc(q.waiting, func(w *Seat) bool { return w.node == node }) {
		return q.maxWait / 2
	}
	return q.maxWait
}

// comeBack gives a seat its old place, if it has one.
func (q *Queue) comeBack(s *Seat, now time.Time) {
	q.away = slices.DeleteFunc(q.away, func(a away) bool { return now.After(a.until) })
	i := slices.IndexFunc(q.away, func(a away) bool { return a.node == s.node && a.file == s.file })
	if i >= 0 {
		s.since, s.used = q.away[i].since, q.away[i].used
		q.away = slices.Delete(q.away, i, i+1)
	}
}

// insert puts a seat into the line, behind those who have waited as long.
func (q *Queue) insert(s *Seat) {
	i, _ := slices.BinarySearchFunc(q.waiting, s, func(w, s *Seat) int {
		if w.since.After(s.since) {
			return 1
		}
		return -1
	})
	q.waiting = slices.Insert(q.waiting, i, s)
}

// Break takes the place of a seat whose stream broke, as Leave does, and keeps it
// for awayTime.
func (q *Queue) Break(s *Seat, now time.Time) (promoted []*Seat) {
	if !s.serving && !slices.Contains(q.waiting, s) {
		return nil
	}
	a := s.away(now)
	promoted = q.Leave(s, now)
	if a.used >= q.turn {
		return promoted // it is at the end anyway
	}
	twin := func(w *Seat) bool { return w.node == s.node && w.file == s.file }
	if i := slices.IndexFunc(q.waiting, twin); i >= 0 { // it is here again before the break was noticed
		w := q.waiting[i]
		q.waiting = slices.Delete(q.waiting, i, i+1)
		w.since, w.used = a.since, a.used
		q.insert(w)
		return promoted
	}
	a.until = now.Add(awayTime)
	q.keep(a)
	return promoted
}

// away is the seat's place without it.
func (s *Seat) away(now time.Time) away {
	a := away{node: s.node, file: s.file, since: s.since, used: s.used}
	if s.serving {
		a.used += now.Sub(s.start)
	}
	return a
}

func (q *Queue) keep(a away) {
	if most := q.slots + q.maxWait; len(q.away) >= most {
		q.away = slices.Delete(q.away, 0, len(q.away)-most+1)
	}
	q.away = append(q.away, a)
}

// Leave gives up the place, whichever it is, and tells who gets a slot by it.
func (q *Queue) Leave(s *Seat, now time.Time) (promoted []*Seat) {
	if i := slices.Index(q.waiting, s); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		return nil
	}
	i := slices.Index(q.serving, s)
	if i < 0 {
		return nil
	}
	q.serving = slices.Delete(q.serving, i, i+1)
	s.serving = false
	q.typical += (now.Sub(s.start) - q.typical) / 8
	promoted = q.promote(s.node, now)
	q.served(s.node, now)
	return promoted
}

// Evict takes the slot of a seat that makes no use of it, if anyone waits for it.
func (q *Queue) Evict(s *Seat, now time.Time) (promoted []*Seat) {
	if !s.serving || !q.wanted(s) {
		return nil
	}
	return q.Leave(s, now)
}

// served sends the further seats of a node that has had a slot to the end, those
// that are kept for it as well.
func (q *Queue) served(node Source, now time.Time) {
	for i := range q.away {
		if q.away[i].node == node {
			q.away[i].since = now
		}
	}
	var others []*Seat
	q.waiting = slices.DeleteFunc(q.waiting, func(w *Seat) bool {
		if w.node == node {
			others = append(others, w)
		}
		return w.node == node
	})
	for _, w := range others {
		w.since = now
		q.insert(w)
	}
}

// promote fills free slots in the order of the line; the node that has just left
// a slot is behind the others.
func (q *Queue) promote(last Source, now time.Time) (promoted []*Seat) {
	for len(q.serving) < q.slots {
		line := q.line(last)
		i := slices.IndexFunc(line, func(w *Seat) bool { return !q.serves(w.node) })
		if i < 0 {
			break
		}
		s := line[i]
		q.waiting = slices.DeleteFunc(q.waiting, func(w *Seat) bool { return w == s })
		s.serving, s.start = true, now
		q.serving = append(q.serving, s)
		q.turns++
		promoted = append(promoted, s)
	}
	return promoted
}

// line is who waits, in the order in which slots are given, if nothing else
// happens; a node named counts as served.
func (q *Queue) line(last Source) []*Seat {
	var firsts, others []*Seat
	seen := map[Source]bool{}
	for _, s := range q.serving {
		seen[s.node] = true
	}
	if last != "" {
		seen[last] = true
	}
	for _, w := range q.waiting {
		if seen[w.node] {
			others = append(others, w)
			continue
		}
		seen[w.node] = true
		firsts = append(firsts, w)
	}
	line := make([]*Seat, 0, len(q.waiting))
	byCredit := slices.Clone(firsts)
	slices.SortStableFunc(byCredit, func(a, b *Seat) int { return cmp.Compare(q.lead(b, a), 0) })
	for len(firsts) > 0 {
		next := byCredit[0]
		if (q.turns+len(line)+1)%strangersEvery == 0 {
			next = firsts[0]
		}
		line = append(line, next)
		firsts = without(firsts, next)
		byCredit = without(byCredit, next)
	}
	return append(line, others...)
}

// lead is how much longer a has waited than b, credit included.
func (q *Queue) lead(a, b *Seat) time.Duration {
	worth := float64(creditTurns * q.turn)
	return b.since.Sub(a.since) + time.Duration(worth*a.credit) - time.Duration(worth*b.credit)
}

func without(seats []*Seat, s *Seat) []*Seat {
	i := slices.Index(seats, s)
	return slices.Delete(seats, i, i+1)
}

func (q *Queue) serves(node Source) bool {
	return slices.ContainsFunc(q.serving, func(s *Seat) bool { return s.node == node })
}

// yields tells whether a serving seat should make room: its turn is over and
// somebody waits for it.
func (q *Queue) yields(s *Seat, now time.Time) bool {
	return s.serving && s.used+now.Sub(s.start) >= q.turn && q.wanted(s)
}

// wanted tells whether anyone who waits could take this seat's slot.
func (q *Queue) wanted(s *Seat) bool {
	return slices.ContainsFunc(q.waiting, func(w *Seat) bool { return w.node == s.node || !q.serves(w.node) })
}

// position is 1 for the next, 0 for a seat that serves or is not here.
func (q *Queue) position(s *Seat) int {
	if s.serving {
		return 0
	}
	return slices.Index(q.line(""), s) + 1
}

// eta estimates when the seat at a position is served: the slots become free as
// turns end, and those before it take a typical time each.
func (q *Queue) eta(position int, now time.Time) time.Duration {
	if position == 0 || q.slots == 0 {
		return 0
	}
	typical := min(q.turn, q.typical)
	free := make([]time.Duration, 0, q.slots)
	for _, v := range q.serving {
		used := v.used + now.Sub(v.start)
		if used < typical {
			free = append(free, typical-used)
		} else {
			free = append(free, max(q.turn-used, 0))
		}
	}
	for len(free) < q.slots {
		free = append(free, 0)
	}
	for range position - 1 {
		slices.Sort(free)
		free[0] += typical
	}
	return slices.Min(free)
}
