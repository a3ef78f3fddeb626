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
