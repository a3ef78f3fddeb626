package transfer

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"starling/share/content"
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
	s := seats("a", "b", "a", "c")
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
	if q.position(s[1]) != 1 || q.position(s[2]) != 2 {
		t.Fatal("a node's second upload stands before another node's first")
	}
	q.enter(s[3], over.Add(-1))
	q.Leave(s[0], over)
	q.enter(s[0], over)
	if !s[1].serving || q.position(s[3]) != 1 || q.position(s[2]) != 2 || q.position(s[0]) != 3 {
		t.Fatal("a node that had a turn is not at the end")
	}
}

// TestQueueCredit: who gave us something comes before who has waited a little
// longer, every fourth slot goes to who has waited longest, and after ten turns'
// wait nobody passes.
func TestQueueCredit(t *testing.T) {
	q := newQueue(1, 30, time.Minute)
	serving := seats("first")[0]
	q.enter(serving, testEpoch)
	strangers, friends := seats("s0", "s1", "s2", "s3"), seats("f0", "f1", "f2", "f3")
	for i, s := range strangers {
		q.Visit(s, Visit{Enter: true}, testEpoch.Add(time.Duration(i)*time.Second))
	}
	later := testEpoch.Add(5 * time.Minute)
	for i, f := range friends {
		q.Visit(f, Visit{Enter: true, Credit: 0.6 + 0.1*float64(i)}, later)
	}
	var order []Source
	for now := later; len(q.waiting) > 0; now = now.Add(time.Minute) {
		next := q.line("")[0]
		if got := q.Leave(serving, now); !slices.Equal(got, []*Seat{next}) {
			t.Fatal("the one told to be next is not")
		}
		serving = next
		order = append(order, next.node)
	}
	if want := []Source{"f3", "f2", "s0", "f1", "f0", "s1", "s2", "s3"}; !slices.Equal(order, want) {
		t.Errorf("served in the order %v, not %v", order, want)
	}
	q = newQueue(1, 10, time.Minute)
	q.enter(seats("first")[0], testEpoch)
	stranger, friend := seats("s")[0], seats("f")[0]
	q.enter(stranger, testEpoch)
	q.Visit(friend, Visit{Enter: true, Credit: 1}, testEpoch.Add(creditTurns*time.Minute+1))
	if q.position(stranger) != 1 {
		t.Error("full credit is worth more than ten turns")
	}
}

// TestQueueNobodyStarves: whatever credit those have who keep coming, a stranger
// who is the n-th to have waited longest is served within 4 n slots.
func TestQueueNobodyStarves(t *testing.T) {
	q := newQueue(2, 100, time.Minute)
	now := testEpoch
	friend := 0
	for range 40 {
		q.Visit(seats(Source(fmt.Sprint("f", friend)))[0], Visit{Enter: true, Credit: 1}, now)
		friend++
	}
	stranger := seats("stranger")[0]
	q.enter(stranger, now)
	before := slices.Index(q.waiting, stranger)
	slots := 0
	for !stranger.serving {
		now = now.Add(time.Second)
		slots += len(q.Leave(q.serving[0], now))
		q.Visit(seats(Source(fmt.Sprint("f", friend)))[0], Visit{Enter: true, Credit: 1}, now)
		friend++
		if slots > strangersEvery*(before+1) {
			t.Fatalf("%d slots were given, %d were before it, and it waits", slots, before)
		}
	}
}

// TestQueueKeepsPlaces: a stream that breaks finds its place and the rest of its
// turn again, for a minute; nobody gets a longer turn by breaking it.
func TestQueueKeepsPlaces(t *testing.T) {
	q := newQueue(1, 10, time.Minute)
	s := seats("a", "b", "c", "d")
	for i, seat := range s {
		q.enter(seat, testEpoch.Add(time.Duration(i)*time.Second))
	}
	at := testEpoch.Add(20 * time.Second)
	q.Break(s[0], at) // served for 20 s
	q.Break(s[2], at)
	back := seats("a", "c", "x")
	at = at.Add(30 * time.Second)
	for _, seat := range []*Seat{back[2], back[1], back[0]} {
		q.enter(seat, at)
	}
	if got := []int{q.position(back[0]), q.position(back[1]), q.position(s[3]), q.position(back[2])}; !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Fatalf("positions %v", got)
	}
	q.Leave(s[1], at)
	if !back[0].serving || q.yields(back[0], at.Add(39*time.Second)) || !q.yields(back[0], at.Add(40*time.Second)) {
		t.Error("its turn is not the rest of the one it had")
	}
	q.Break(back[0], at.Add(50*time.Second))
	again := seats("a")[0]
	q.enter(again, at.Add(51*time.Second))
	if q.position(again) != 3 {
		t.Errorf("after a whole turn it stands at %d", q.position(again))
	}
	q.Break(s[3], at.Add(52*time.Second))
	late := seats("d")[0]
	q.enter(late, at.Add(52*time.Second+awayTime+1))
	if q.position(late) != 3 {
		t.Errorf("after too long it stands at %d", q.position(late))
	}
}

// TestQueueOverARestart: the places are those of before, whatever the clock says
// now, for those who come within ten minutes; and nonsense has none.
func TestQueueOverARestart(t *testing.T) {
	q := newQueue(1, 5, time.Minute)
	for i, seat := range seats("a", "b", "c") {
		q.enter(seat, testEpoch.Add(time.Duration(i)*time.Second))
	}
	q.Break(q.waiting[0], testEpoch.Add(30*time.Second))
	places := q.places(testEpoch.Add(40 * time.Second))
	places = append(places, standingPlace{Node: "bad", WaitedMS: -1}, standingPlace{Node: "bad", UsedMS: 1 << 60}, standingPlace{})
	next := newQueue(1, 5, time.Minute)
	start := testEpoch.AddDate(-10, 0, 0)
	next.restore(places, start)
	if len(next.away) != 3 {
		t.Fatalf("%d places", len(next.away))
	}
	now := start.Add(restartGrace)
	s := seats("x", "c", "y", "b", "a")
	for _, seat := range s {
		next.enter(seat, now)
	}
	if got := []int{next.position(s[4]), next.position(s[3]), next.position(s[1]), next.position(s[2])}; !s[0].serving || !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Errorf("positions %v", got)
	}
	many := make([]standingPlace, 1000)
	for i := range many {
		many[i].Node = Source(fmt.Sprint(i))
	}
	next.restore(many, now)
	if len(next.away) > 6 {
		t.Errorf("%d places are kept", len(next.away))
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
		if got := q.eta(q.position(s[2+i]), now); got != want {
			t.Errorf("position %d is served in %v, want %v", i+1, got, want)
		}
	}
	if got := q.eta(1, now.Add(35*time.Second)); got != 5*time.Second {
		t.Errorf("beyond the typical time the next is served in %v", got)
	}
	if q.eta(q.position(s[0]), now) != 0 {
		t.Error("who serves waits")
	}
}

func TestQueueProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue(rapid.IntRange(1, 4).Draw(t, "slots"), 8, time.Minute)
		var all []*Seat
		for i := range 16 {
			all = append(all, &Seat{node: Source(fmt.Sprint(i % 11)), file: content.ID{byte(i)}})
		}
		now := testEpoch
		some := rapid.SampledFrom(all)
		leave := func(t *rapid.T, leave func(*Seat, time.Time) []*Seat) {
			s := some.Draw(t, "seat")
			serving, line := s.serving, q.line("")
			promoted := leave(s, now)
			free := slices.IndexFunc(line, func(w *Seat) bool { return w.node == s.node || w.serving || !q.serves(w.node) })
			switch {
			case serving && free >= 0 && !slices.Equal(promoted, line[free:free+1]):
				t.Fatal("the one told to be next was not")
			case !serving && len(promoted) > 0:
				t.Fatal("a slot for nothing")
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"visit": func(t *rapid.T) {
				for _, s := range rapid.SliceOfN(some, 1, 12).Draw(t, "seats") {
					v := Visit{Enter: true, Yield: rapid.Bool().Draw(t, "yield"), Idle: rapid.IntRange(0, 9).Draw(t, "idle") == 0}
					v.Credit = rapid.Float64Range(-1, 2).Draw(t, "credit")
					room := q.maxWait
					if slices.ContainsFunc(append(q.waiting, q.serving...), func(w *Seat) bool { return w.node == s.node }) {
						room /= 2
					}
					held := s.serving || slices.Contains(q.waiting, s)
					if p, _ := q.Visit(s, v, now); p.Serving != s.serving || p.Position != q.position(s) || p.Refused && (held || len(q.waiting) < room) {
						t.Fatalf("told %+v, room is for %d", p, room)
					}
				}
			},
			"leave": func(t *rapid.T) { leave(t, q.Leave) },
			"break": func(t *rapid.T) { leave(t, q.Break) },
			"evict": func(t *rapid.T) { q.Evict(some.Draw(t, "seat"), now) },
			"wait":  func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "s")) * time.Second) },
			"restart": func(t *rapid.T) {
				places := q.places(now)
				for _, s := range all {
					*s = Seat{node: s.node, file: s.file}
				}
				q = newQueue(q.slots, q.maxWait, q.turn)
				q.restore(places, now)
			},
			"": func(t *rapid.T) { checkQueue(t, q, now) },
		})
	})
}

func checkQueue(t *rapid.T, q *Queue, now time.Time) {
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
		if eta := q.eta(q.position(s), now); eta < 0 || eta > time.Hour {
			t.Fatalf("ETA %v", eta)
		}
	}
	if len(q.serving) > q.slots || len(q.waiting) > q.maxWait+1 || len(q.away) > q.slots+q.maxWait {
		t.Fatalf("%d serving, %d waiting, %d away", len(q.serving), len(q.waiting), len(q.away))
	}
	checkLine(t, q, nodes)
}

// checkLine: everybody is in the line once, nobody starves, and whoever is not
// next for having waited longest is next for credit.
func checkLine(t *rapid.T, q *Queue, served map[Source]bool) {
	line := q.line("")
	if len(line) != len(q.waiting) {
		t.Fatal("the line is not who waits")
	}
	var firsts []*Seat
	for _, w := range q.waiting {
		if !served[w.node] {
			served[w.node] = true
			firsts = append(firsts, w)
		}
	}
	for rank, w := range firsts {
		at := slices.Index(line, w)
		if at < 0 || at >= len(firsts) || at >= strangersEvery*(rank+1) {
			t.Fatalf("who has waited longest but %d stands at %d", rank, at+1)
		}
		for _, later := range firsts {
			if before := slices.Index(line, later); before > at && q.lead(later, w) > 0 && (q.turns+at+1)%strangersEvery != 0 {
				t.Fatal("one with less credit is served first")
			}
		}
	}
}
