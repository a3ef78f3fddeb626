package world

import (
	"container/heap"
	"slices"
	"time"

	"starling/query"
)

// eventKind says what an event brings.
type eventKind uint8

const (
	aQuery eventKind = iota // payload: the query's number
	aHits                   // payload: place in World.hits
	anEcho                  // payload: place in World.echoes
	aTick                   // the router's deadline
	aDeed                   // payload: place in World.deeds
	anEnd                   // link is gone, of which the node is told now
)

// event is one thing that happens to one node. It holds no pointers, so that the
// garbage collector need not look at millions of them.
type event struct {
	at        time.Duration
	to        uint32     // node
	link      query.Link // of that node
	payload   uint32
	kind      eventKind
	ttl, hops uint8
}

// The ring has 4,096 slots of some 262 µs: a second. What is further away waits
// in a heap. R. Brown, "Calendar queues", CACM 31(10), 1988, with fixed slots.
const (
	slotBits  = 18
	ringBits  = 12
	ringSlots = 1 << ringBits
)

// queue gives out events in the order of their time, and those of one time in
// the order they were put in.
type queue struct {
	ring  [ringSlots][]event
	count int   // in the ring
	slot  int64 // the one events are taken from
	next  int   // of its events
	late  later // put into the slot after it was sorted
	far   later
	seq   uint64
	spare [][]event // emptied slots, whose memory is used again
	keys  []uint64
	order []event
}

// later is a heap of events with the order they were put in.
type later []queued

type queued struct {
	event
	seq uint64
}

func (l later) Len() int { return len(l) }
func (l later) Less(i, j int) bool {
	return l[i].at < l[j].at || l[i].at == l[j].at && l[i].seq < l[j].seq
}
func (l later) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *later) Push(x any)   { *l = append(*l, x.(queued)) }
func (l *later) Pop() any {
	last := len(*l) - 1
	x := (*l)[last]
	*l = (*l)[:last]
	return x
}

func slotOf(at time.Duration) int64 { return int64(at) >> slotBits }

// push puts in an event that is not before the one last taken.
func (q *queue) push(e event) {
	s := slotOf(e.at)
	switch {
	case s <= q.slot:
		q.seq++
		heap.Push(&q.late, queued{e, q.seq})
	case s < q.slot+ringSlots:
		q.add(s, e)
	default:
		q.seq++
		heap.Push(&q.far, queued{e, q.seq})
	}
}

func (q *queue) add(s int64, e event) {
	slot := &q.ring[s&(ringSlots-1)]
	if *slot == nil && len(q.spare) > 0 {
		last := len(q.spare) - 1
		*slot, q.spare = q.spare[last], q.spare[:last]
	}
	*slot = append(*slot, e)
	q.count++
}

// peek returns when the next event is.
func (q *queue) peek() (at time.Duration, ok bool) {
	if !q.fill() {
		return 0, false
	}
	slot := q.ring[q.slot&(ringSlots-1)]
	switch {
	case q.next == len(slot):
		return q.late[0].at, true
	case len(q.late) == 0:
		return slot[q.next].at, true
	}
	return min(slot[q.next].at, q.late[0].at), true
}

// pop takes the next event. There must be one.
func (q *queue) pop() event {
	slot := q.ring[q.slot&(ringSlots-1)]
	if len(q.late) > 0 && (q.next == len(slot) || q.late[0].at < slot[q.next].at) {
		return heap.Pop(&q.late).(queued).event
	}
	e := slot[q.next]
	q.next++
	q.count--
	return e
}

// fill moves on to the next slot that has events and reports whether any has.
func (q *queue) fill() bool {
	for q.next == len(q.ring[q.slot&(ringSlots-1)]) && len(q.late) == 0 {
		q.clear()
		switch {
		case q.count > 0:
			q.slot++
		case len(q.far) > 0:
			q.slot = slotOf(q.far[0].at)
		default:
			return false
		}
		for len(q.far) > 0 && slotOf(q.far[0].at) < q.slot+ringSlots {
			e := heap.Pop(&q.far).(queued).event
			q.add(slotOf(e.at), e)
		}
		q.sort()
	}
	return true
}

// spareEvents bounds what an emptied slot keeps for the next one.
const spareSlots = 16

func (q *queue) clear() {
	slot := &q.ring[q.slot&(ringSlots-1)]
	if cap(*slot) > 0 && len(q.spare) < spareSlots {
		q.spare = append(q.spare, (*slot)[:0])
	}
	*slot, q.next = nil, 0
}

// sort puts the slot into the order of time. Where delays are equal all of it
// happens at one time; what reaches different nodes then does not depend on each
// other, and is taken node by node: a million routers do not fit into a
// processor's cache, but each of them is then fetched once.
func (q *queue) sort() {
	slot := q.ring[q.slot&(ringSlots-1)]
	if len(slot) < 2 {
		return
	}
	ascending, most := true, uint32(0)
	for i := 1; i < len(slot); i++ {
		ascending = ascending && slot[i-1].at <= slot[i].at
	}
	for i := range slot {
		most = max(most, slot[i].to)
	}
	switch {
	case !ascending:
		q.sortByTime(slot)
	case slot[0].at == slot[len(slot)-1].at && len(slot) >= byNodeMin:
		q.sortByNode(slot, most)
	}
}

// byNodeMin is how many events of one time are worth being sorted by node.
const byNodeMin = 1 << 10

// digitBits are the bits of a node's number that one pass sorts by.
const digitBits = 11

// sortByNode is a radix sort, which keeps the order of each node's events.
func (q *queue) sortByNode(slot []event, most uint32) {
	q.order = slices.Grow(q.order[:0], len(slot))[:len(slot)]
	from, to := slot, q.order
	for shift := 0; most>>shift > 0; shift += digitBits {
		var starts [1 << digitBits]int
		for i := range from {
			starts[from[i].to>>shift&(1<<digitBits-1)]++
		}
		sum := 0
		for d, n := range starts {
			starts[d] = sum
			sum += n
		}
		for i := range from {
			d := from[i].to >> shift & (1<<digitBits - 1)
			to[starts[d]] = from[i]
			starts[d]++
		}
		from, to = to, from
	}
	if &from[0] != &slot[0] {
		copy(slot, from)
	}
}

// sortByTime keeps the order of events of one time.
func (q *queue) sortByTime(slot []event) {
	q.keys = q.keys[:0]
	for i := range slot {
		within := uint64(slot[i].at) & (1<<slotBits - 1)
		q.keys = append(q.keys, within<<(64-slotBits)|uint64(i))
	}
	slices.Sort(q.keys)
	q.order = append(q.order[:0], slot...)
	for i, key := range q.keys {
		slot[i] = q.order[key&(1<<(64-slotBits)-1)]
	}
}
