package world

import (
	"testing"
	"time"

	"starling/query"
)

// Whoever gets forged hits parts from who sent them, shows none, and finds the
// honest holder.
func TestForger(t *testing.T) {
	parted := map[[2]int]int{}
	w := New(Options{
		Graph: complete(8), Answer: holders(7), Spam: spam, Liars: map[int]Liar{2: Forger},
		Parted: func(v, peer int, why query.Reason) {
			if why != query.Forged {
				t.Errorf("node %d parts from %d: %v", v, peer, why)
			}
			parted[[2]int{v, peer}]++
		},
	})
	tally := w.Ask(0, testQuery(t, "bird", true, 1), 7)
	settle(t, w)
	if len(tally.Hits) != 1 || tally.Hits[0].Holder != 7 {
		t.Errorf("shown: %+v", tally.Hits)
	}
	for v := range 8 {
		if v != 2 && parted[[2]int{v, 2}] != 1 {
			t.Errorf("node %d parts %d times from the forger", v, parted[[2]int{v, 2}])
		}
	}
	if len(parted) != 7 || w.Stats().Byes[query.Forged] != 7 || w.Links(2) != 0 || w.Links(0) != 6 {
		t.Errorf("%v, %d byes", parted, w.Stats().Byes[query.Forged])
	}
}

// A query that was under way to a liar when the link was cut tempts it to nothing.
func TestForgerWithoutALink(t *testing.T) {
	w := New(Options{Graph: line(2), Spam: spam, Liars: map[int]Liar{1: Forger}})
	tally := w.Ask(0, testQuery(t, "bird", false, 1), 7)
	w.Cut(0, 1)
	settle(t, w)
	if tally.HitMessages != 0 {
		t.Errorf("%d batches sent on a link that is gone", tally.HitMessages)
	}
}

// On a line of eight nodes, each liar in its middle breaks what it says it breaks
// and nothing else.
func TestLiarsInTheMiddle(t *testing.T) {
	const middle = 3
	for liar, want := range map[Liar]struct {
		reached int // with TTL 5, by node 0
		hits    []int
	}{
		Honest:   {5, []int{1, 5}},
		Forger:   {3, []int{1}}, // node 2 parts from it before hits come through
		Spammer:  {5, []int{1, 3, 5}},
		Dropper:  {5, []int{1}},
		Inflator: {7, []int{1, 5, 7}},
		Mute:     {2, []int{1}},
		Deflator: {4, []int{1}},
	} {
		w := New(Options{Graph: line(8), Answer: holders(1, 5, 7), Spam: spam, Liars: map[int]Liar{middle: liar}})
		tally := w.Ask(0, testQuery(t, "bird", false, 1), 5)
		settle(t, w)
		var from []int
		for _, h := range tally.Hits {
			from = append(from, h.Holder)
		}
		reached := tally.Reached
		if liar == Forger {
			reached = min(reached, 3)
		}
		if reached != want.reached || len(from) != len(want.hits) {
			t.Errorf("%v: %d reached, hits of %v; want %d and %v", liar, tally.Reached, from, want.reached, want.hits)
		}
		for i := range min(len(from), len(want.hits)) {
			if from[i] != want.hits[i] {
				t.Errorf("%v: hits of %v, want %v", liar, from, want.hits)
			}
		}
	}
}

// Inflators that are neighbours of each other do not send a query round for ever:
// each node forwards it once for every TTL at most.
func TestInflatorsAmongThemselves(t *testing.T) {
	w := New(Options{Graph: complete(6), Liars: map[int]Liar{1: Inflator, 2: Inflator, 3: Inflator}})
	tally := w.Ask(0, testQuery(t, "bird", false, 1), 3)
	if err := w.Run(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if most := 6 * 7 * 5; tally.Copies > most || tally.Reached != 5 {
		t.Errorf("%d copies, at most %d are honest routers' due; %d reached", tally.Copies, most, tally.Reached)
	}
	if _, more := w.queue.peek(); more {
		t.Error("there is no end to it")
	}
}

// A flooder sends whatever it is asked; its neighbour takes what it takes of a
// neighbour's own, and more of one that says it passes queries on.
func TestFlooders(t *testing.T) {
	for liar, want := range map[Liar]int{Honest: 40, Flooder: 40, Disguised: 100} {
		w := New(Options{Graph: line(2), Liars: map[int]Liar{0: liar}})
		reached := 0
		var tallies []*Tally
		for i := range 200 {
			q := testQuery(t, "bird", false, byte(i))
			tallies = append(tallies, w.Ask(0, q, 7))
		}
		settle(t, w)
		copies := 0
		for _, tally := range tallies {
			reached += tally.Reached
			copies += tally.Copies
		}
		if reached != want || (copies == 200) != (liar != Honest) {
			t.Errorf("%v: %d of 200 taken, %d sent", liar, reached, copies)
		}
	}
}

func TestLiarsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for l := Honest; l <= Disguised; l++ {
		seen[l.String()] = true
	}
	if len(seen) != int(Disguised)+1 || seen[""] {
		t.Errorf("%v", seen)
	}
}
