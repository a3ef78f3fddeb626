package world

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"starling/query"
)

func TestJoinAndConnect(t *testing.T) {
	w := New(Options{Graph: line(3), Answer: holders(3)})
	v := w.Join()
	if v != 3 || w.Nodes() != 4 || !w.Alive(v) || w.Links(v) != 0 {
		t.Fatalf("node %d of %d, %d links", v, w.Nodes(), w.Links(v))
	}
	if !w.Connect(v, 2) || w.Connect(2, v) || w.Connect(v, v) {
		t.Error("two nodes are linked once, and none with itself")
	}
	tally := w.Ask(0, testQuery(t, "bird", true, 1), 7)
	settle(t, w)
	if tally.Reached != 3 || len(tally.Hits) != 1 || tally.Hits[0].Holder != v || tally.Hits[0].Hops != 3 || tally.Hits[0].At != 6*equalDelay {
		t.Errorf("%+v", tally)
	}
}

// A node that is gone takes nothing any more. Its neighbours find out after a
// while, and then have one link less.
func TestLeave(t *testing.T) {
	var told [][2]int
	w := New(Options{Graph: line(4), Unlinked: func(v, peer int) { told = append(told, [2]int{v, peer}) }})
	w.Leave(2, time.Minute)
	w.Leave(2, time.Second) // it is gone already
	if w.Alive(2) || !w.Linked(1, 2) || w.Connect(0, 2) {
		t.Error("a node that is gone counts as there, or its neighbours know too early")
	}
	tally := w.Ask(0, testQuery(t, "bird", true, 1), 7)
	if err := w.Run(t.Context(), 59*time.Second); err != nil {
		t.Fatal(err)
	}
	if tally.Reached != 1 || tally.Lost != 1 || !tally.Finished || tally.Sums.Lost != 1 || len(told) != 0 {
		t.Errorf("%+v, told %v", tally, told)
	}
	settle(t, w)
	if want := [][2]int{{1, 2}, {3, 2}}; !slices.Equal(told, want) || w.Linked(1, 2) || w.Links(1) != 1 || w.Links(3) != 0 || w.Peer(1, 0) != 0 {
		t.Errorf("told %v, want %v", told, want)
	}
	if w.Now() != time.Minute {
		t.Errorf("they know after %v", w.Now())
	}
}

// A wave ends at once when a link that it waits for is cut, and what is under way
// on the link is not taken.
func TestCut(t *testing.T) {
	w := New(Options{Graph: line(4), Answer: holders(3)})
	tally := w.Ask(0, testQuery(t, "bird", true, 1), 7)
	w.At(60*time.Millisecond, func() { w.Cut(2, 1); w.Cut(1, 2); w.Cut(0, 3) })
	settle(t, w)
	if tally.Reached != 1 || tally.Copies != 2 || tally.FinishedAt != 110*time.Millisecond || tally.Drops[query.NotALink] != 1 {
		t.Errorf("%+v", tally)
	}
	if !w.Connect(1, 2) || w.Links(1) != 2 || w.Peer(1, 1) != 2 {
		t.Error("they cannot be linked again")
	}
	again := w.Ask(0, testQuery(t, "bird", true, 2), 7)
	settle(t, w)
	if again.Reached != 3 || len(again.Hits) != 1 {
		t.Errorf("%+v", again)
	}
}

// A node may find several reasons at one time to part from another; it does so once.
func TestPartingOnce(t *testing.T) {
	parted := 0
	w := New(Options{
		Graph: line(2), Spam: spam, Liars: map[int]Liar{1: Forger},
		Parted: func(int, int, query.Reason) { parted++ },
	})
	for i := range 3 {
		w.Ask(0, testQuery(t, "bird", false, byte(i)), 1)
	}
	settle(t, w)
	if parted != 1 || w.Stats().Byes[query.Forged] != 1 || w.Linked(0, 1) {
		t.Errorf("parted %d times, %d byes", parted, w.Stats().Byes[query.Forged])
	}
}

func TestSplit(t *testing.T) {
	w := New(Options{Graph: complete(6)})
	ask := func(nonce byte) int {
		tally := w.Ask(0, testQuery(t, "bird", false, nonce), 7)
		settle(t, w)
		return tally.Reached
	}
	if got := ask(1); got != 5 {
		t.Errorf("whole: %d reached", got)
	}
	w.Split(func(v int) int { return v % 2 })
	if got := ask(2); got != 2 || !w.Apart(0, 1) || w.Apart(0, 2) || !w.Linked(0, 1) {
		t.Errorf("split: %d reached", got)
	}
	w.Split(nil)
	if got := ask(3); got != 5 || w.Apart(0, 1) {
		t.Errorf("whole again: %d reached", got)
	}
}

// Messages are lost as often as was said; what is lost is counted, and the asker
// is told even if everything was.
func TestLoss(t *testing.T) {
	w := New(Options{Graph: complete(5), Loss: 1})
	tally := w.Ask(0, testQuery(t, "bird", true, 1), 7)
	settle(t, w)
	if tally.Reached != 0 || tally.Lost != 4 || !tally.Finished || tally.Sums.Lost != 4 {
		t.Errorf("%+v", tally)
	}
	w = New(Options{Graph: complete(40), Loss: 0.25, Router: query.Options{Duplicates: query.DropAll}})
	tally = w.Ask(0, testQuery(t, "bird", false, 1), 7)
	settle(t, w)
	// Every node gets one of its 39 copies, so that 39² + … copies are sent: some 1,500, of which a quarter
	// with a standard deviation of 17 is lost.
	if tally.Reached != 39 || tally.Copies != 39*38+39 || tally.Lost < tally.Copies/4-85 || tally.Lost > tally.Copies/4+85 {
		t.Errorf("%d of %d lost, %d reached", tally.Lost, tally.Copies, tally.Reached)
	}
	if s := w.Stats(); s.Lost != uint64(tally.Lost) || s.Messages != uint64(tally.Copies) {
		t.Errorf("%+v", s)
	}
}

// life is a world in which everything happens that can, all of it drawn from one
// seed: what became of the queries and of the world.
func life(t *testing.T, seed uint64) ([]*Tally, Stats) {
	w := New(Options{
		Graph: random(t, 60, seed), Delay: odd{}, Loss: 0.02, Seed: seed, Answer: holders(1, 20, 40), Spam: spam,
		Liars: map[int]Liar{3: Forger, 4: Spammer, 5: Dropper, 6: Inflator, 7: Mute, 8: Inflator, 9: Inflator},
	})
	var tallies []*Tally
	for i := range 120 {
		w.At(time.Duration(i)*100*time.Millisecond, func() {
			from, other := w.rng.IntN(w.Nodes()), w.rng.IntN(w.Nodes())
			switch {
			case i%9 == 1:
				w.Leave(from, time.Duration(w.rng.IntN(3))*time.Second)
			case i%9 == 2:
				v := w.Join()
				for range 4 {
					w.Connect(v, w.rng.IntN(v))
				}
			case i%9 == 3:
				w.Cut(from, other)
			case i%9 == 4:
				w.Connect(from, other)
			case i%50 == 0:
				w.Split(func(v int) int { return v % 3 })
			case i%50 == 9:
				w.Split(nil)
			case w.Alive(from):
				tallies = append(tallies, w.Ask(from, testQuery(t, "bird", i%2 == 0, byte(i)), uint8(1+i%7)))
			}
		})
	}
	settle(t, w)
	return tallies, w.Stats()
}

func TestOneSeedOneResult(t *testing.T) {
	for seed := range uint64(6) {
		tallies, stats := life(t, seed)
		again, statsAgain := life(t, seed)
		if !reflect.DeepEqual(tallies, again) || stats != statsAgain {
			t.Errorf("seed %d: %+v, then %+v", seed, stats, statsAgain)
		}
		if other, statsOther := life(t, seed+1); reflect.DeepEqual(tallies, other) || stats == statsOther {
			t.Errorf("seeds %d and %d give the same", seed, seed+1)
		}
	}
}

func TestRunsStop(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	w := New(Options{Graph: complete(100), Progress: func() { stop(errors.New("enough")) }})
	for i := range 40 {
		w.At(time.Duration(i)*time.Second, func() { w.Ask(i, testQuery(t, "bird", false, byte(i)), 7) })
	}
	if err := w.Settle(ctx); err == nil || err.Error() != "enough" {
		t.Errorf("got %v", err)
	}
	if events := w.Stats().Events; events > contextEvery {
		t.Errorf("%d events after the context was done", events)
	}
	before := w.Now()
	if err := w.Run(t.Context(), before+5*time.Second); err != nil || w.Now() != before+5*time.Second {
		t.Errorf("stopped at %v, then ran to %v: %v", before, w.Now(), err)
	}
	settled := false
	if err := w.Until(t.Context(), func() bool { settled = w.Now() > 20*time.Second; return settled }); err != nil || !settled {
		t.Errorf("at %v: %v", w.Now(), err)
	}
}
