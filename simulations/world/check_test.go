package world

import (
	"errors"
	"strings"
	"testing"
	"time"

	"starling/query"
)

// flooded is a line of five nodes through which the first one's query has gone
// with TTL 4, all hits and echoes included.
func flooded(t *testing.T, rule query.Rule) (*World, *Tally) {
	t.Helper()
	w := New(Options{Graph: line(5), Router: query.Options{Duplicates: rule}, Answer: holders(4)})
	tally := w.Ask(0, testQuery(t, "bird", true, 1), 4)
	settle(t, w)
	if tally.Reached != 4 || len(tally.Hits) != 1 || !tally.Finished {
		t.Fatalf("%+v", tally)
	}
	return w, tally
}

// copyOf is the effect of sending the query on.
func copyOf(q *query.Query, to query.Link, ttl, hops uint8) query.Effect {
	return query.Effect{Kind: query.Send, Link: to, Message: query.Message{Kind: query.KindQuery, TTL: ttl, Hops: hops, Query: q}}
}

// Each invariant is broken by what no honest router does, and the run ends with
// a word on it.
func TestWhatMustNotHappenEndsTheRun(t *testing.T) {
	for _, tt := range []struct {
		name string
		rule query.Rule
		want string
		do   func(w *World, tally *Tally)
	}{
		{"forwarding twice", query.DropAll, "twice under drop-all", func(w *World, tally *Tally) {
			w.effects = []query.Effect{copyOf(tally.Query, 2, 4, 0)}
			w.perform(1, 1, 4)
		}},
		{"forwarding with the same TTL", query.LargerTTL, "with TTL 3 after TTL 3", func(w *World, tally *Tally) {
			w.effects = []query.Effect{copyOf(tally.Query, 2, 3, 1)}
			w.perform(1, 1, 4)
		}},
		{"forwarding with a smaller TTL", query.LargerTTL, "with TTL 2 after TTL 3", func(w *World, tally *Tally) {
			w.effects = []query.Effect{copyOf(tally.Query, 2, 2, 1)}
			w.perform(1, 1, 4)
		}},
		{"a TTL that grows", query.LargerTTL, "got TTL + hops = 4 and sends TTL 4, hops 1", func(w *World, tally *Tally) {
			w.effects = []query.Effect{copyOf(tally.Query, 2, 4, 1)}
			w.perform(1, 1, 4)
		}},
		{"a copy without TTL", query.LargerTTL, "sends TTL 0", func(w *World, tally *Tally) {
			w.effects = []query.Effect{copyOf(tally.Query, 2, 0, 4)}
			w.perform(1, 1, 4)
		}},
		{"hits off the path", query.LargerTTL, "which did not send it that query", func(w *World, tally *Tally) {
			w.sendBack(1, 2, query.Message{Kind: query.KindHits, Hits: w.sign(1, tally.Query.GUID, nil, true)})
		}},
		{"hits without an end", query.LargerTTL, "travelled 33 links", func(w *World, tally *Tally) {
			w.sendBack(1, 1, query.Message{Kind: query.KindHits, Hops: 33, Hits: w.sign(1, tally.Query.GUID, nil, true)})
		}},
		{"a copy on a gone link", query.LargerTTL, "node 1 sends on link 2, which is gone", func(w *World, tally *Tally) {
			w.Cut(1, 2)
			w.effects = []query.Effect{copyOf(tally.Query, 2, 4, 0)}
			w.perform(1, 1, 4)
		}},
		{"hits on a gone link", query.LargerTTL, "node 1 sends on link 1, which is gone", func(w *World, tally *Tally) {
			w.Cut(0, 1)
			w.sendBack(1, 1, query.Message{Kind: query.KindHits, Hits: w.sign(1, tally.Query.GUID, nil, true)})
		}},
		{"a table beyond its bound", query.LargerTTL, "remembers 2 queries, at most 1", func(w *World, _ *Tally) {
			w.limits.PathsMax = 1
			w.Ask(0, testQuery(t, "fish", false, 2), 1)
		}},
		{"more waves than allowed", query.LargerTTL, "node 1 waits for the echoes of 1 waves, at most 0", func(w *World, _ *Tally) {
			w.limits.WavesMax = 0
			w.Ask(0, testQuery(t, "fish", true, 2), 2)
		}},
		{"a forged batch shown", query.LargerTTL, "a forged batch is shown to node 0", func(w *World, tally *Tally) {
			w.deliver(query.Message{Kind: query.KindHits, Hits: w.sign(3, tally.Query.GUID, nil, false)})
		}},
		{"a copy that nobody echoes for", query.LargerTTL, "account for 1 nodes and 1 copies; there were 1 and 2", func(w *World, _ *Tally) {
			w.Ask(0, testQuery(t, "fish", true, 2), 1).Copies++
		}},
		{"a node that nobody echoes for", query.LargerTTL, "account for 1 nodes and 1 copies; there were 2 and 1", func(w *World, _ *Tally) {
			w.Ask(0, testQuery(t, "fish", true, 2), 1).Reached++
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, tally := flooded(t, tt.rule)
			w.At(w.Now()+time.Second, func() { tt.do(w, tally) })
			isBroken(t, w, tt.want)
		})
	}
}

// isBroken runs a world that must end with ErrBroken, and stay ended.
func isBroken(t *testing.T, w *World, want string) {
	t.Helper()
	err := w.Settle(t.Context())
	if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
	if again := w.Run(t.Context(), w.Now()+time.Hour); !errors.Is(again, ErrBroken) {
		t.Errorf("the world goes on: %v", again)
	}
}

// What only looks like a breach is none: an inflator's copies, a query asked again
// with a larger TTL, and copies sent again by routers whose tables are too small.
func TestWhatMayHappen(t *testing.T) {
	w := New(Options{Graph: line(5), Liars: map[int]Liar{1: Inflator}})
	w.Ask(0, testQuery(t, "bird", true, 1), 2)
	settle(t, w)

	w = New(Options{Graph: line(5)})
	q := testQuery(t, "bird", true, 1)
	tally := w.Ask(0, q, 1)
	settle(t, w)
	if again := w.Ask(0, q, 3); again != tally {
		t.Error("asked again it is another tally")
	}
	settle(t, w)
	if tally.Reached != 3 || tally.Copies != 4 || tally.Reforwards != 1 {
		t.Errorf("%+v", tally)
	}

	w = New(Options{Graph: complete(8), Router: query.Options{PathsMax: 2}, Delay: odd{}})
	for i := range 20 {
		w.Ask(i%8, testQuery(t, "bird", true, byte(i)), 7)
	}
	settle(t, w)
}

// The echoes account for every copy, whatever the mesh and the delays are, and so
// do the reasons why copies were dropped.
func TestEveryCopyIsAccountedFor(t *testing.T) {
	for seed := range uint64(30) {
		rule := query.Rule(seed % 2)
		w := New(Options{Graph: random(t, 60, seed), Router: query.Options{Duplicates: rule}, Delay: odd{}, Answer: holders(5, 6, 7)})
		var tallies []*Tally
		for i := range 10 {
			tallies = append(tallies, w.Ask(6*i, testQuery(t, "bird", true, byte(i)), uint8(1+i%7)))
		}
		settle(t, w)
		for _, tally := range tallies {
			reforwarded := int(tally.Sums.Reforwarded)
			if sum := tally.Reached + tally.Duplicates + reforwarded; !tally.Finished || tally.Sums.Lost > 0 || sum != tally.Copies {
				t.Errorf("seed %d, TTL %d: %d reached + %d duplicates + %d reforwarded are not %d copies: %+v",
					seed, tally.TTL, tally.Reached, tally.Duplicates, reforwarded, tally.Copies, tally.Sums)
			}
			if tally.Echoes != tally.Copies || tally.Reforwards != reforwarded && rule == query.DropAll {
				t.Errorf("seed %d: %d echoes, %d copies", seed, tally.Echoes, tally.Copies)
			}
			if rule == query.DropAll && reforwarded > 0 {
				t.Errorf("seed %d: %d forwarded again under drop-all", seed, reforwarded)
			}
		}
	}
}

// What a message was dropped for is counted for its own query, whatever else is
// under way.
func TestDropsAreCountedForTheirQuery(t *testing.T) {
	w := New(Options{Graph: line(3), Answer: holders(2)})
	first := w.Ask(0, testQuery(t, "bird", false, 1), 2)
	w.At(120*time.Millisecond, func() { w.Cut(0, 1) }) // the hits are on their way from 2 to 1
	var second *Tally
	w.At(130*time.Millisecond, func() { second = w.Ask(0, testQuery(t, "fish", false, 2), 2) })
	w.At(140*time.Millisecond, func() { w.Ask(1, testQuery(t, "fish", false, 3), 1) })
	settle(t, w)
	if first.Drops[query.PathGone] != 1 || second.Drops[query.PathGone] != 0 {
		t.Errorf("dropped of the first %v, of the second %v", first.Drops, second.Drops)
	}
}
