package transfer

import (
	"fmt"
	"testing"
	"time"

	"starling/share/content"
)

// TestQueuePlacesAreNotSavedUp: a place that a node keeps by breaking a stream is of no
// use once the node has been served.
func TestQueuePlacesAreNotSavedUp(t *testing.T) {
	q := newQueue(1, 8, time.Minute)
	file := content.ID{1}
	one, two := &Seat{node: "a", file: file}, &Seat{node: "a", file: file}
	other := seats("b")[0]
	q.enter(one, testEpoch)
	q.enter(two, testEpoch)
	q.enter(other, testEpoch.Add(time.Second))
	q.Break(two, testEpoch.Add(55*time.Second))
	now := testEpoch.Add(time.Minute)
	if _, promoted := q.Visit(one, Visit{Enter: true, Yield: true}, now); len(promoted) != 1 || promoted[0] != other {
		t.Fatal("the other is not served")
	}
	if one.since.Before(now) {
		t.Errorf("a place of %v was saved up", one.since)
	}
}

// TestQueueBackBeforeTheBreak: who comes back before its old stream is known to be
// broken has its place all the same.
func TestQueueBackBeforeTheBreak(t *testing.T) {
	q := newQueue(1, 8, time.Minute)
	s := seats("x", "a", "b", "c")
	for i, seat := range s {
		q.enter(seat, testEpoch.Add(time.Duration(i)*time.Second))
	}
	again := &Seat{node: s[1].node, file: s[1].file}
	q.enter(again, testEpoch.Add(10*time.Second))
	q.Break(s[1], testEpoch.Add(15*time.Second))
	if got := q.position(again); got != 1 || len(q.away) != 0 {
		t.Errorf("it stands at %d, %d places are kept", got, len(q.away))
	}
}

// TestQueueRoomForOthers: a few nodes with many seats do not fill the line, and a
// node keeps the seats that it has.
func TestQueueRoomForOthers(t *testing.T) {
	q := newQueue(1, 8, time.Minute)
	var greedy []*Seat
	for i := range 40 {
		s := &Seat{node: Source(fmt.Sprint("g", i%2)), file: content.ID{byte(i)}}
		if q.enter(s, testEpoch) {
			greedy = append(greedy, s)
		}
	}
	if len(greedy) != 1+4 { // a slot and half of the line
		t.Fatalf("two nodes have %d seats", len(greedy))
	}
	for i, s := range seats("a", "b", "c", "d") {
		if !q.enter(s, testEpoch) {
			t.Fatalf("newcomer %d was refused", i)
		}
	}
	if q.enter(seats("e")[0], testEpoch) {
		t.Error("the line is longer than it may be")
	}
	now := testEpoch.Add(2 * time.Minute)
	if p, promoted := q.Visit(greedy[0], Visit{Enter: true, Yield: true}, now); p.Refused || len(promoted) != 1 {
		t.Errorf("whose turn was over got %+v, %d got its slot", p, len(promoted))
	}
}
