package transfer

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func seats(names ...Source) (s []*Seat) {
	for _, name := range names {
		s = append(s, &Seat{node: name})
	}
	return s
}

func TestQueueIsFair(t *testing.T) {
	q := newQueue(2, 10, time.Minute)
	s := seats("a", "b", "c", "d", "a")
	for _, seat := range s {
		if !q.enter(seat, testEpoch) {
			t.Fatal("refused")
		}
	}
	if !s[0].serving || !s[1].serving || q.position(s[2]) != 1 || q.position(s[3]) != 2 || q.position(s[4]) != 3 {
		t.Fatalf("serving %d, waiting %d", len(q.serving), len(q.waiting))
	}
	q.enter(s[2], testEpoch) // asking again changes nothing
	if got := q.Leave(s[1], testEpoch); !slices.Equal(got, []*Seat{s[2]}) {
		t.Fatal("the first in the queue was not the next")
	}
	if got := q.Leave(s[2], testEpoch); !slices.Equal(got, []*Seat{s[3]}) {
		t.Fatal("the second was not the next")
	}
	if got := q.Leave(s[3], testEpoch); got != nil || q.position(s[4]) != 1 {
		t.Fatal("a node has two slots")
	}
	if got := q.Leave(s[0], testEpoch); !slices.Equal(got, []*Seat{s[4]}) {
		t.Fatal("a node's second upload does not follow its first")
	}
}

func TestQueueIsBounded(t *testing.T) {
	q := newQueue(1, 2, time.Minute)
	for i, seat := range seats("a", "b", "c", "d") {
		if ok := q.enter(seat, testEpoch); ok != (i < 3) {
			t.Fatalf("seat %d: %v", i, ok)
		}
	}
	// One node's uploads do not keep a free slot from another node.
	q = newQueue(2, 2, time.Minute)
	for _, seat := range seats("a", "a", "a") {
		q.enter(seat, testEpoch)
	}
	if b := seats("b")[0]; !q.enter(b, testEpoch) || !b.serving {
		t.Fatal("a free slot was not given")
	}
}

func TestQueueTurns(t *testing.T) {
	q := newQueue(1, 10, time.Minute)
	s := seats("a", "b", "a")
	q.enter(s[0], testEpoch)
	over := testEpoch.Add(time.Minute)
	if q.yields(s[0], over) {
		t.Fatal("made room for nobody")
	}
	q.enter(s[2], testEpoch)
	if !q.yields(s[0], over) || q.yields(s[0], over.Add(-time.Second)) {
		t.Fatal("the turn of a node's first upload does not end after a minute")
	}
	q.enter(s[1], testEpoch)
	q.Leave(s[0], over)
	q.enter(s[0], over)
	if !s[2].serving || q.position(s[1]) != 1 || q.position(s[0]) != 2 {
		t.Fatal("who had a turn is not at the end")
	}
}

func TestQueueETA(t *testing.T) {
	q := newQueue(2, 100, time.Minute)
	q.typical = 40 * time.Second
	s := seats("a", "b", "c", "d", "e")
	q.enter(s[0], testEpoch)
	q.enter(s[1], testEpoch.Add(10*time.Second))
	now := testEpoch.Add(20 * time.Second)
	for _, seat := range s[2:] {
		q.enter(seat, now)
	}
	for i, want := range []time.Duration{20 * time.Second, 30 * time.Second, 60 * time.Second} {
		if got := q.eta(s[2+i], now); got != want {
			t.Errorf("position %d is served in %v, want %v", i+1, got, want)
		}
	}
	if q.eta(s[0], now) != 0 {
		t.Error("who serves waits")
	}
}

func TestQueueProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue(rapid.IntRange(1, 4).Draw(t, "slots"), 8, time.Minute)
		var all []*Seat
		for i := range 12 {
			all = append(all, &Seat{node: Source(fmt.Sprint(i % 7))})
		}
		now := testEpoch
		some := rapid.SampledFrom(all)
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) { q.enter(some.Draw(t, "seat"), now) },
			"leave": func(t *rapid.T) {
				s := some.Draw(t, "seat")
				order := slices.Clone(q.waiting)
				for _, p := range q.Leave(s, now) {
					for _, before := range order[:slices.Index(order, p)] {
						if before != s && !before.serving && !q.serves(before.node) {
							t.Fatal("somebody was passed over")
						}
					}
				}
			},
			"wait": func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "s")) * time.Second) },
			"": func(t *rapid.T) {
				nodes := make(map[Source]bool)
				for _, s := range q.serving {
					if nodes[s.node] || !s.serving {
						t.Fatal("a node has two slots, or a slot that it does not know of")
					}
					nodes[s.node] = true
				}
				for _, s := range q.waiting {
					if s.serving {
						t.Fatal("waits and serves")
					}
					if len(q.serving) < q.slots && !nodes[s.node] {
						t.Fatal("a slot is free and somebody waits")
					}
					if eta := q.eta(s, now); eta < 0 || eta > time.Hour {
						t.Fatalf("ETA %v", eta)
					}
				}
				if len(q.serving) > q.slots || len(q.waiting) > q.maxWait+1 {
					t.Fatalf("%d serving, %d waiting", len(q.serving), len(q.waiting))
				}
			},
		})
	})
}
