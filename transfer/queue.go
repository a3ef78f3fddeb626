package transfer

import (
	"slices"
	"time"
)

// Queue hands out upload slots: a state machine over seats. A source serves so
// many seats at once, one for each node, the others wait first come first served.
// When others wait, a seat that has had its turn goes to the end.
type Queue struct {
	slots   int
	turn    time.Duration
	maxWait int
	serving []*Seat
	waiting []*Seat // first is next
	typical time.Duration
}

// Seat is one upload's place.
type Seat struct {
	node    Source
	since   time.Time // of the slot
	serving bool
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
	Enter bool // a slot, or a place in the queue
	Yield bool // its slot goes to others if its turn is over: no group is half sent
	Idle  bool // its slot goes to others
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
	if s.serving && v.Idle && q.wanted(s) {
		return Place{}, q.Leave(s, now)
	}
	if v.Yield && q.yields(s, now) {
		promoted = q.Leave(s, now)
		v.Enter = true
	}
	if v.Enter && !q.enter(s, now) {
		return Place{Refused: true}, promoted
	}
	return Place{Serving: s.serving, Position: q.position(s), ETA: q.eta(s, now), Length: len(q.waiting)}, promoted
}

// enter asks for a slot. ok is false when the queue is full; otherwise the seat
// serves or waits.
func (q *Queue) enter(s *Seat, now time.Time) (ok bool) {
	if s.serving || slices.Contains(q.waiting, s) {
		return true
	}
	if free := len(q.serving) < q.slots && !q.serves(s.node); len(q.waiting) >= q.maxWait && !free {
		return false
	}
	q.waiting = append(q.waiting, s)
	q.promote(now)
	return true
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
	q.typical += (now.Sub(s.since) - q.typical) / 8
	return q.promote(now)
}

// promote fills free slots with the first who wait and whose node has none.
func (q *Queue) promote(now time.Time) (promoted []*Seat) {
	for i := 0; i < len(q.waiting) && len(q.serving) < q.slots; {
		s := q.waiting[i]
		if q.serves(s.node) {
			i++
			continue
		}
		q.waiting = slices.Delete(q.waiting, i, i+1)
		s.serving, s.since = true, now
		q.serving = append(q.serving, s)
		promoted = append(promoted, s)
	}
	return promoted
}

func (q *Queue) serves(node Source) bool {
	return slices.ContainsFunc(q.serving, func(s *Seat) bool { return s.node == node })
}

// yields tells whether a serving seat should make room: its turn is over and
// somebody waits for it.
func (q *Queue) yields(s *Seat, now time.Time) bool {
	return s.serving && now.Sub(s.since) >= q.turn && q.wanted(s)
}

// wanted tells whether anyone who waits could take this seat's slot.
func (q *Queue) wanted(s *Seat) bool {
	return slices.ContainsFunc(q.waiting, func(w *Seat) bool { return w.node == s.node || !q.serves(w.node) })
}

// position is 1 for the next, 0 for a seat that serves or is not here.
func (q *Queue) position(s *Seat) int { return slices.Index(q.waiting, s) + 1 }

// eta estimates when a waiting seat is served: the slots become free as turns
// end, and those before it take a typical time each.
func (q *Queue) eta(s *Seat, now time.Time) time.Duration {
	position := q.position(s)
	if position == 0 || q.slots == 0 {
		return 0
	}
	free := make([]time.Duration, 0, q.slots)
	for _, v := range q.serving {
		free = append(free, max(min(q.turn, q.typical)-now.Sub(v.since), 0))
	}
	for len(free) < q.slots {
		free = append(free, 0)
	}
	for range position - 1 {
		slices.Sort(free)
		free[0] += min(q.turn, q.typical)
	}
	return slices.Min(free)
}
