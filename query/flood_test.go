package query

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A flood whose TTL covers the mesh sends one copy over every link in both
// directions, but for the link each node was first reached by.
func TestDropAllSendsEveryLinkOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(rt, "nodes")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		w := newWorld(t, n, Options{Duplicates: DropAll, TTLMax: 100, ReachMax: 101})
		mesh(w, rapid.IntRange(2, 8).Draw(rt, "degree"), rng)
		w.delay = func(int, int) time.Duration { return time.Duration(1+rng.IntN(50)) * time.Millisecond }
		w.ask(0, testQuery(t, "bird", true, 1), 100)
		w.run()
		if want := 2*w.edges() - (n - 1); w.sent != want {
			rt.Fatalf("%d messages, want %d", w.sent, want)
		}
		if s := w.sums[0]; int(s.Reached) != n-1 || int(s.Messages()) != w.sent || s.Lost != 0 {
			rt.Fatalf("echoes say %+v, %d messages were sent", s, w.sent)
		}
	})
}

// With equal delays TTL n reaches exactly the nodes n links away, under both rules.
func TestTTLReachesItsRings(t *testing.T) {
	for _, rule := range []Rule{DropAll, LargerTTL} {
		rapid.Check(t, func(rt *rapid.T) {
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
			ttl := rapid.IntRange(1, 6).Draw(rt, "ttl")
			w := newWorld(t, 40, Options{Duplicates: rule})
			mesh(w, 3, rng)
			w.ask(0, testQuery(t, "bird", true, 1), uint8(ttl))
			w.run()
			ball := w.within(0, ttl)
			if len(w.answers) != len(ball) || int(w.sums[0].Reached) != len(ball) {
				rt.Fatalf("%d asked, %d reported, want %d", len(w.answers), w.sums[0].Reached, len(ball))
			}
			for node := range w.answers {
				if _, ok := ball[node]; !ok {
					rt.Fatalf("node %d was asked and is too far away", node)
				}
			}
		})
	}
}

// Where delays differ, a long fast path may come before a short slow one. The
// larger-ttl rule still reaches the whole horizon; every copy is accounted for,
// and no node forwards a GUID more often than its TTL.
func TestLargerTTLKeepsTheHorizon(t *testing.T) {
	reforwards := 0
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 3))
		ttl := rapid.IntRange(1, 7).Draw(rt, "ttl")
		w := newWorld(t, 50, Options{})
		mesh(w, 4, rng)
		w.delay = func(int, int) time.Duration { return time.Duration(1+rng.IntN(80)) * time.Millisecond }
		w.ask(0, testQuery(t, "bird", true, 1), uint8(ttl))
		w.run()
		ball := w.within(0, ttl)
		s := w.sums[0]
		if len(w.answers) != len(ball) || int(s.Reached) != len(ball) {
			rt.Fatalf("%d asked, %d reported, want %d", len(w.answers), s.Reached, len(ball))
		}
		if int(s.Messages()) != w.sent || s.Lost != 0 {
			rt.Fatalf("echoes account for %d of %d messages: %+v", s.Messages(), w.sent, s)
		}
		for key, times := range w.forward {
			if times > ttl {
				rt.Fatalf("%s forwarded %d times at TTL %d", key, times, ttl)
			}
		}
		for node, times := range w.answers {
			if times != 1 {
				rt.Fatalf("node %d was asked %d times", node, times)
			}
		}
		reforwards += int(s.Reforwarded)
	})
	if reforwards == 0 {
		t.Error("no run had a copy with a larger TTL, so the rule was never tried")
	}
}

// The whole conversation on a diamond with a tail: A–B, A–C, B–D, C–D, D–E.
func TestDiamondTranscript(t *testing.T) {
	w := newWorld(t, 5, Options{})
	for _, e := range [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, 4}} {
		w.link(e[0], e[1])
	}
	w.delay = func(a, b int) time.Duration {
		if a+b == 2 && a*b == 0 { // A–C is slow
			return 5 * time.Millisecond
		}
		return time.Millisecond
	}
	w.holds[4] = []Entry{entry("bird.txt")}
	w.log = &strings.Builder{}
	w.ask(0, testQuery(t, "bird", true, 1), 7)
	w.run()
	want := `  0 A→B query ttl=7 hops=0
  0 A→C query ttl=7 hops=0
  1 B→D query ttl=6 hops=1
  2 D→C query ttl=5 hops=2
  2 D→E query ttl=5 hops=2
  3 C→A query ttl=4 hops=3
  3 E→D hits hops=0
  3 E→D echo ttl=5 reached=1 dup=0 again=0 lost=0
  4 D→B hits hops=1
  5 C→D query ttl=6 hops=1
  5 B→A hits hops=2
  6 D drop duplicate
  6 D→C echo ttl=6 reached=0 dup=1 again=0 lost=0
  6 A deliver hops=3
  7 C→A echo ttl=7 reached=0 dup=1 again=1 lost=0
  8 A drop duplicate
  8 A→C echo ttl=4 reached=0 dup=1 again=0 lost=0
 13 C→D echo ttl=5 reached=1 dup=1 again=0 lost=0
 14 D→B echo ttl=6 reached=3 dup=1 again=0 lost=0
 15 B→A echo ttl=7 reached=4 dup=1 again=0 lost=0
 16 A finish reached=4 messages=7
`
	if diff := cmp.Diff(want, w.log.String()); diff != "" {
		t.Errorf("transcript (-want +got):\n%s", diff)
	}
}

// A neighbour's word is not taken for how far its query goes.
func TestTTLIsClamped(t *testing.T) {
	tests := []struct{ ttl, hops, forwarded int }{
		{7, 0, 6}, {255, 0, 6}, {7, 1, 6}, {7, 2, 5}, {7, 6, 1}, {7, 7, 0}, {7, 8, -1}, {1, 255, -1}, {1, 0, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("ttl %d hops %d", tt.ttl, tt.hops), func(t *testing.T) {
			r := New(Options{})
			r.LinkUp(1)
			r.LinkUp(2)
			out := r.Handle(1, Message{Kind: KindQuery, TTL: uint8(tt.ttl), Hops: uint8(tt.hops), Query: testQuery(t, "bird", false, 1)}, start, nil)
			got := -1
			for _, e := range out {
				if e.Kind == Answer && got < 0 {
					got = 0
				}
				if e.Kind == Send {
					got = int(e.Message.TTL)
					if int(e.Message.TTL)+int(e.Message.Hops) > tt.ttl+tt.hops {
						t.Errorf("TTL + hops grew to %d", int(e.Message.TTL)+int(e.Message.Hops))
					}
				}
			}
			if got != tt.forwarded {
				t.Errorf("forwarded with TTL %d, want %d (-1: dropped)", got, tt.forwarded)
			}
		})
	}
}

// A leaf's links lead nowhere for others: it answers, and its own questions go out.
func TestLeafForwardsNothing(t *testing.T) {
	r := New(Options{Leaf: true})
	r.LinkUp(1, 2, 3)
	for _, tt := range []struct {
		from Link
		sent int
	}{{1, 0}, {Self, 3}} {
		out := r.Handle(tt.from, Message{Kind: KindQuery, TTL: 7, Query: testQuery(t, "bird", true, byte(tt.from))}, start, nil)
		sent, answers := 0, 0
		for _, e := range out {
			if e.Kind == Send && e.Message.Kind == KindQuery {
				sent++
			}
			if e.Kind == Answer {
				answers++
			}
		}
		if asked := tt.from != Self; sent != tt.sent || (answers == 1) != asked {
			t.Errorf("from link %d: %d copies sent and %d answers asked for", tt.from, sent, answers)
		}
	}
}

// Known is what keeps a duplicate from being decoded; it must say what Handle does.
func TestKnownAgreesWithHandle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rule := rapid.SampledFrom([]Rule{DropAll, LargerTTL}).Draw(rt, "rule")
		r := New(Options{Duplicates: rule})
		for l := Link(1); l <= 3; l++ {
			r.LinkUp(l)
		}
		q := testQuery(t, "bird", false, 1)
		for range rapid.IntRange(1, 12).Draw(rt, "copies") {
			m := Message{Kind: KindQuery, TTL: rapid.Uint8Range(1, 9).Draw(rt, "ttl"), Hops: rapid.Uint8Range(0, 7).Draw(rt, "hops"), Query: q}
			known := r.Known(q.GUID, m.TTL, m.Hops)
			out := r.Handle(Link(rapid.IntRange(1, 3).Draw(rt, "link")), m, start, nil)
			dropped := len(out) > 0 && out[0].Kind == Drop && out[0].Reason == Duplicate
			if known != dropped {
				rt.Fatalf("Known said %v, Handle gave %+v", known, out)
			}
		}
	})
}
