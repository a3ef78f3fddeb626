package query

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Every holder within the TTL answers, each batch arrives exactly once, and the
// hops it shows are links it really travelled.
func TestHitsComeBackFromEverywhere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		hitsComeBack(t, rt, rapid.Uint64().Draw(rt, "seed"), rapid.IntRange(1, 7).Draw(rt, "ttl"))
	})
	hitsComeBack(t, t, 0x138, 7) // a reverse path longer than TTL + 1
}

func hitsComeBack(t testing.TB, rt rapid.TB, seed uint64, ttl int) {
	rng := rand.New(rand.NewPCG(seed, 4))
	w := newWorld(t, 40, Options{})
	mesh(w, 4, rng)
	w.delay = func(int, int) time.Duration { return time.Duration(1+rng.IntN(40)) * time.Millisecond }
	for node := 1; node < 40; node += 3 {
		w.holds[node] = []Entry{entry(fmt.Sprint("bird", node))}
	}
	w.ask(0, testQuery(t, "bird", true, 1), uint8(ttl))
	w.run()
	ball, holders := w.within(0, ttl), 0
	for node, dist := range ball {
		if len(w.holds[node]) == 0 {
			continue
		}
		holders++
		if got := int(w.hops[fmt.Sprint("node", node)]); got < dist || got > HitHopsMax {
			rt.Fatalf("node %d is %d links away, its hit says %d", node, dist, got)
		}
	}
	if len(w.got[0]) != holders || int(w.sums[0].Holders) != holders || int(w.sums[0].Hits) != holders {
		rt.Fatalf("%d hits, echoes say %d of %d holders, want %d", len(w.got[0]), w.sums[0].Hits, w.sums[0].Holders, holders)
	}
}

// setUp is a router with links 1–3 that forwarded a query from 1 to 2 and 3.
func setUp(t *testing.T, opts Options) (*Router, *Query) {
	r := New(opts)
	for l := Link(1); l <= 3; l++ {
		r.LinkUp(l)
	}
	q := testQuery(t, "bird", false, 1)
	r.Handle(1, Message{Kind: KindQuery, TTL: 3, Hops: 1, Query: q}, start, nil)
	return r, q
}

func batch(q *Query, size int, mark byte) Message {
	envelope := make([]byte, size)
	envelope[0] = mark
	return Message{Kind: KindHits, Hits: &Hits{GUID: q.GUID, Envelope: envelope, Batch: &Batch{GUID: q.GUID, Holder: fmt.Sprint(mark)}}}
}

func verified(m Message) Message {
	m.Kind = KindVerified
	return m
}

func only(t *testing.T, out []Effect, kind EffectKind, link Link, why Reason) {
	t.Helper()
	if len(out) != 1 || out[0].Kind != kind || out[0].Link != link || out[0].Reason != why {
		t.Errorf("got %+v, want kind %d on link %d (%v)", out, kind, link, why)
	}
}

// Nothing of a stranger's hits is believed, or even checked, before its path, its
// size and its budgets are.
func TestHitsAreWeighedBeforeTheirSignature(t *testing.T) {
	r, q := setUp(t, Options{HitBytesPerLink: 1000, HitBytesPerHolder: 500})
	only(t, r.Handle(2, batch(testQuery(t, "other", false, 9), 100, 1), start, nil), Drop, 2, NoPath)
	only(t, r.Handle(1, batch(q, 100, 1), start, nil), Drop, 1, NoPath) // the asker's own side
	only(t, r.Handle(9, batch(q, 100, 1), start, nil), Drop, 9, NotALink)
	only(t, r.Handle(2, batch(q, HitBytesMax+1, 1), start, nil), Drop, 2, Malformed)
	only(t, r.Handle(2, batch(q, 300, 1), start, nil), Verify, 2, 0)
	only(t, r.Handle(2, batch(q, 300, 1), start, nil), Drop, 2, DuplicateHits)
	only(t, r.Handle(2, batch(q, 300, 2), start, nil), Verify, 2, 0)
	only(t, r.Handle(2, batch(q, 300, 3), start, nil), Drop, 2, HitBudget)
	only(t, r.Handle(3, batch(q, 300, 3), start, nil), Verify, 3, 0)
	only(t, r.Handle(2, verified(batch(q, 300, 1)), start, nil), Send, 1, 0)
	only(t, r.Handle(2, verified(batch(q, 300, 1)), start, nil), Drop, 2, HitBudget) // one holder's share
}

func TestReversePathHasItsOwnBudget(t *testing.T) {
	r, q := setUp(t, Options{HitBytesPerLink: 1000, HitBytesPerHolder: 5000})
	for i := range byte(4) {
		r.Handle(Link(2+i%2), batch(q, 400, i), start, nil)
	}
	only(t, r.Handle(2, verified(batch(q, 400, 0)), start, nil), Send, 1, 0)
	only(t, r.Handle(3, verified(batch(q, 400, 1)), start, nil), Send, 1, 0)
	only(t, r.Handle(2, verified(batch(q, 400, 2)), start, nil), Drop, 2, HitBudget)
}

func TestHitsRateIsBounded(t *testing.T) {
	r, q := setUp(t, Options{HitsPerSec: 1, HitsBurst: 2})
	for i := range byte(2) {
		only(t, r.Handle(2, batch(q, 100, i), start, nil), Verify, 2, 0)
	}
	only(t, r.Handle(2, batch(q, 100, 7), start, nil), Drop, 2, HitsLimited)
	only(t, r.Handle(3, batch(q, 100, 8), start, nil), Verify, 3, 0)
	only(t, r.Handle(2, batch(q, 100, 7), start.Add(time.Second), nil), Verify, 2, 0)
}

func TestForgedHitsPartUs(t *testing.T) {
	r, q := setUp(t, Options{})
	m := batch(q, 100, 1)
	m.Kind = KindForged
	out := r.Handle(2, m, start, nil)
	if len(out) != 2 || out[0].Reason != Forged || out[1].Kind != Bye || out[1].Link != 2 {
		t.Errorf("got %+v, want a drop and a bye", out)
	}
	m.Kind = KindStale
	only(t, r.Handle(3, m, start, nil), Drop, 3, Stale)
}

// When the first link back is gone the second serves, and only then.
func TestSecondReversePath(t *testing.T) {
	r := New(Options{})
	for l := Link(1); l <= 4; l++ {
		r.LinkUp(l)
	}
	q := testQuery(t, "bird", false, 1)
	copyOf := func(ttl, hops uint8) Message { return Message{Kind: KindQuery, TTL: ttl, Hops: hops, Query: q} }
	r.Handle(1, copyOf(4, 2), start, nil)
	r.Handle(2, copyOf(3, 3), start, nil) // as far from the asker as we are: a hit could circle
	r.Handle(3, copyOf(4, 2), start, nil)
	answer := func(mark byte) []Effect {
		r.Handle(4, batch(q, 100, mark), start, nil)
		return r.Handle(4, verified(batch(q, 100, mark)), start, nil)
	}
	only(t, answer(1), Send, 1, 0)
	r.LinkDown(1, nil)
	only(t, answer(2), Send, 3, 0)
	r.LinkDown(3, nil)
	only(t, answer(3), Drop, 4, PathGone)
}

func TestHitsNeverGoBackWhereTheyCameFrom(t *testing.T) {
	r := New(Options{})
	r.LinkUp(1)
	r.LinkUp(2)
	q := testQuery(t, "bird", false, 1)
	r.Handle(1, Message{Kind: KindQuery, TTL: 4, Hops: 2, Query: q}, start, nil)
	r.Handle(2, Message{Kind: KindQuery, TTL: 4, Hops: 2, Query: q}, start, nil)
	r.LinkDown(1, nil)
	r.Handle(2, batch(q, 100, 1), start, nil)
	only(t, r.Handle(2, verified(batch(q, 100, 1)), start, nil), Drop, 2, PathGone)
}
