package world

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever is put in, near or far, before or while events are taken, comes out in
// the order of time, and what has one time in the order it was put in.
func TestQueueKeepsOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		spans := []time.Duration{1, time.Microsecond, time.Millisecond, time.Second, time.Hour}
		span := spans[rapid.IntRange(0, len(spans)-1).Draw(rt, "span")]
		var q queue
		var now time.Duration
		serial, taken := uint32(0), 0
		put := func() {
			step := span
			if rng.IntN(4) == 0 {
				step = spans[rng.IntN(len(spans))]
			}
			serial++
			q.push(event{at: now + time.Duration(rng.Int64N(int64(step)+1)), payload: serial})
		}
		last := event{at: -1}
		for range rapid.IntRange(1, 300).Draw(rt, "rounds") {
			for range rng.IntN(6) {
				put()
			}
			for range rng.IntN(6) {
				at, ok := q.peek()
				if !ok {
					break
				}
				e := q.pop()
				taken++
				if e.at != at || e.at < now || e.at == last.at && e.payload < last.payload {
					rt.Fatalf("got %v %d after %v %d at %v, peek said %v", e.at, e.payload, last.at, last.payload, now, at)
				}
				now, last = e.at, e
			}
		}
		for {
			if _, ok := q.peek(); !ok {
				break
			}
			e := q.pop()
			taken++
			if e.at < last.at || e.at == last.at && e.payload < last.payload {
				rt.Fatalf("got %v %d after %v %d", e.at, e.payload, last.at, last.payload)
			}
			last = e
		}
		if taken != int(serial) {
			rt.Fatalf("%d of %d came out", taken, serial)
		}
	})
}

// Many events of one time are taken node by node, each exactly once, and those of
// a node in the order they were put in; few are taken as they came.
func TestQueueTakesOneTimeNodeByNode(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		events int
		nodes  uint32
	}{{byNodeMin - 1, 50}, {byNodeMin, 50}, {20_000, 1 << digitBits}, {20_000, 1<<digitBits + 1}, {20_000, 1 << 22}, {20_000, 1<<31 + 7}, {5_000, 1}} {
		var q queue
		at := time.Duration(5) << slotBits
		for i := range tt.events {
			q.push(event{at: at, to: rng.Uint32N(tt.nodes), payload: uint32(i)})
		}
		seen := make([]bool, tt.events)
		last := event{payload: 0}
		for i := range tt.events {
			if now, ok := q.peek(); !ok || now != at {
				t.Fatalf("%d of %d: peek says %v, %v", i, tt.events, now, ok)
			}
			e := q.pop()
			switch {
			case seen[e.payload]:
				t.Fatalf("event %d comes twice", e.payload)
			case tt.events >= byNodeMin && (e.to < last.to || e.to == last.to && i > 0 && e.payload < last.payload):
				t.Fatalf("%d nodes: event %d of node %d comes after event %d of node %d", tt.nodes, e.payload, e.to, last.payload, last.to)
			case tt.events < byNodeMin && e.payload != uint32(i):
				t.Fatalf("few events: %d comes in place of %d", e.payload, i)
			}
			seen[e.payload], last = true, e
		}
		if _, more := q.peek(); more {
			t.Error("there are more than were put in")
		}
	}
}
