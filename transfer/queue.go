package transfer

import (
	"slices"
	"time"
)

// queue hands out upload slots: a state machine over seats. A source serves so
// many seats at once, one for each node, the others wait first come first served.
// When others wait, a seat that has had its turn goes to the end.
type queue struct {
	slots   int
	turn    time.Duration
	maxWait int
	serving []*seat
	waiting []*seat // first is next
	typical time.Duration
}

// seat is one upload's place.
type seat struct {
	node    Source
	since   time.Time // of the slot
	serving bool
}

func newQueue(slots, maxWait int, turn time.Duration) *queue {
	return &queue{slots: slots, maxWait: maxWait, turn: turn, typical: turn / 2}
}

// enter asks for a slot. ok is false when the queue is full; otherwise the seat
// serves or waits.
func (q *queue) enter(s *seat, now time.Time) (ok bool) {
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

// leave gives up the place, whichever it is, and tells who gets a slot by it.
func (q *queue) leave(s *seat, now time.Time) (promoted []*seat) {
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
func (q *queue) promote(now time.Time) (promoted []*seat) {
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

func (q *queue) serves(node Source) bool {
	return slices.ContainsFunc(q.serving, func(s *seat) bool { return s.node == node })
}

// yields tells whether a serving seat should make room: its turn is over and
// somebody waits for it.
func (q *queue) yields(s *seat, now time.Time) bool {
	return s.serving && now.Sub(s.since) >= q.turn && q.wanted(s)
}

// wanted tells whether anyone who waits could take this seat's slot.
func (q *queue) wanted(s *seat) bool {
	return slices.ContainsFunc(q.waiting, func(w *seat) bool { return w.node == s.node || !q.serves(w.node) })
}

// position is 1 for the next, 0 for a seat that serves or is not here.
func (q *queue) position(s *seat) int { return slices.Index(q.waiting, s) + 1 }

// eta estimates when a waiting seat is served: the slots become free as turns
// end, and those before it take a typical time each.
func (q *queue) eta(s *seat, now time.Time) time.Duration {
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
