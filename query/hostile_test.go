package query

import (
	"testing"
	"time"
)

// A link that sends hits and echoes in vain is parted from, whichever kind it
// sends; one that is late now and then is not.
func TestStrayMessagesPartUs(t *testing.T) {
	opts := Options{HitsPerSec: 10, HitsBurst: 20, HitBytesPerLink: 1000}
	strays := map[string]func(t *testing.T, q *Query) Message{
		"hits for no query": func(t *testing.T, _ *Query) Message { return batch(testQuery(t, "other", false, 9), 100, 1) },
		"echo of no query": func(t *testing.T, _ *Query) Message {
			return Message{Kind: KindEcho, Echo: &Echo{GUID: testQuery(t, "other", false, 9).GUID, TTL: 2}}
		},
		"echo of no copy": func(_ *testing.T, q *Query) Message {
			return Message{Kind: KindEcho, Echo: &Echo{GUID: q.GUID, TTL: 7}}
		},
		"hits beyond bytes": func(_ *testing.T, q *Query) Message { return batch(q, 1001, 1) },
	}
	for name, one := range strays {
		t.Run(name, func(t *testing.T) {
			r, q := setUp(t, opts)
			for i := range 20 {
				if byes := count(r.Handle(2, one(t, q), start, nil), Bye); byes != 0 {
					t.Fatalf("a bye after %d", i+1)
				}
			}
			out := r.Handle(2, one(t, q), start, nil)
			if count(out, Bye) != 1 || out[len(out)-1].Reason != OverRate || out[len(out)-1].Link != 2 {
				t.Errorf("got %+v, want a bye", out)
			}
			r, q = setUp(t, opts)
			for i := range 100 { // ten a second are forgiven for ever
				if byes := count(r.Handle(2, one(t, q), start.Add(time.Duration(i)*100*time.Millisecond), nil), Bye); byes != 0 {
					t.Fatalf("a bye after %d in %d s", i+1, i/10)
				}
			}
		})
	}
}

func TestHitsBeyondTheirRatePartUs(t *testing.T) {
	r, q := setUp(t, Options{HitsPerSec: 10, HitsBurst: 20})
	byes := 0
	for i := range byte(41) { // a burst that is checked, as much again that is forgiven
		byes += count(r.Handle(2, batch(q, 100, i), start, nil), Bye)
	}
	if byes != 1 {
		t.Errorf("%d byes", byes)
	}
}

func count(out []Effect, kind EffectKind) (n int) {
	for _, e := range out {
		if e.Kind == kind {
			n++
		}
	}
	return n
}
