package query

import (
	"testing"
	"time"
)

func admitted(r *Router, l Link, n int, now time.Time) (ok int) {
	for range n {
		if v, _ := r.Admit(l, now, nil); v == Admitted {
			ok++
		}
	}
	return ok
}

func TestQueryBudget(t *testing.T) {
	r := New(Options{})
	r.LinkUp(1)
	if got := admitted(r, 1, 100, start); got != 40 {
		t.Errorf("a burst of %d, want 40", got)
	}
	if got := admitted(r, 1, 100, start.Add(500*time.Millisecond)); got != 10 {
		t.Errorf("%d after half a second, want 10", got)
	}
	if got := admitted(r, 1, 100, start.Add(-time.Hour)); got != 0 {
		t.Errorf("%d after the clock went back, want none", got)
	}
	if got := admitted(r, 1, 100, start.Add(-time.Hour+time.Second)); got != 20 {
		t.Errorf("%d a second after that, want 20", got)
	}
}

// What one neighbour leaves unused another may have, but never from the burst
// the first still holds.
func TestUnusedBudgetIsLent(t *testing.T) {
	r := New(Options{})
	r.LinkUp(1)
	r.LinkUp(2)
	admitted(r, 1, 1, start)
	admitted(r, 2, 1, start)
	later := start.Add(time.Second) // each earned 20, 19 of which did not fit
	if got := admitted(r, 1, 1000, later); got != 40+19+19 {
		t.Errorf("%d admitted, want 78", got)
	}
	if got := admitted(r, 2, 1000, later); got != 40 {
		t.Errorf("the other has %d left, want its burst of 40", got)
	}
}

func TestRefusalsAreEchoedThenIgnoredThenGoodbye(t *testing.T) {
	r := New(Options{})
	r.LinkUp(1)
	admitted(r, 1, 40, start)
	var verdicts [3]int
	byes := 0
	for range 500 {
		v, out := r.Admit(1, start, nil)
		verdicts[v]++
		for _, e := range out {
			if e.Kind == Bye && e.Reason == OverRate {
				byes++
			}
		}
	}
	if verdicts != [3]int{0, 40, 460} {
		t.Errorf("admitted, refused, ignored: %v", verdicts)
	}
	if byes != 100 {
		t.Errorf("%d byes, want one for each message past 400", byes)
	}
	q := testQuery(t, "bird", true, 1)
	out := r.Refuse(1, Message{Kind: KindQuery, TTL: 5, Query: q}, nil)
	if len(out) != 2 || out[1].Message.Echo.Sums.RateLimited != 1 || out[1].Message.Echo.TTL != 5 {
		t.Errorf("a refused copy was answered with %+v", out)
	}
}

func TestStrangersHaveNoBudget(t *testing.T) {
	r := New(Options{})
	if v, out := r.Admit(7, start, nil); v != Ignored || len(out) != 1 || out[0].Reason != NotALink {
		t.Errorf("got %v, %+v", v, out)
	}
}

func TestThreeMalformedMessages(t *testing.T) {
	r := New(Options{})
	r.LinkUp(1)
	for i := 1; i <= 3; i++ {
		out := r.Misbehaved(1, nil)
		if bye := len(out) == 2 && out[1].Kind == Bye; bye != (i == 3) {
			t.Errorf("message %d: %+v", i, out)
		}
	}
}

// A neighbour that floods fills its own share of the table, not the others'.
func TestPathsOfOthersSurviveAFlood(t *testing.T) {
	r := New(Options{PathsMax: 10})
	r.LinkUp(1)
	r.LinkUp(2)
	quiet := testQuery(t, "quiet", false, 200)
	r.Handle(1, Message{Kind: KindQuery, TTL: 3, Query: quiet}, start, nil)
	for i := range byte(100) {
		r.Handle(2, Message{Kind: KindQuery, TTL: 3, Query: testQuery(t, "flood", false, i)}, start, nil)
	}
	if r.Paths() != 10 {
		t.Errorf("%d paths, want the cap of 10", r.Paths())
	}
	if !r.Known(quiet.GUID, 1, 0) {
		t.Error("the flood pushed out another neighbour's path")
	}
	if r.Known(testQuery(t, "flood", false, 0).GUID, 1, 0) {
		t.Error("the flooder's oldest path is still there")
	}
}

func TestPathsExpire(t *testing.T) {
	r := New(Options{PathLifetime: time.Minute})
	r.LinkUp(1)
	for i := range byte(3) {
		r.Handle(1, Message{Kind: KindQuery, TTL: 3, Query: testQuery(t, "bird", false, i)}, start.Add(time.Duration(i)*time.Second), nil)
	}
	r.Tick(start.Add(61*time.Second), nil)
	if r.Paths() != 1 {
		t.Errorf("%d paths left, want the youngest", r.Paths())
	}
	r.Tick(start.Add(time.Hour), nil)
	if r.Paths() != 0 || len(r.paths.queues) != 0 {
		t.Errorf("%d paths and %d queues left", r.Paths(), len(r.paths.queues))
	}
}

// Deadline is when Tick has a wave to end, and no wave waits without one.
func TestDeadline(t *testing.T) {
	r := New(Options{EchoPerHop: time.Second})
	r.LinkUp(1, 2)
	if at, ok := r.Deadline(); ok {
		t.Errorf("an idle router waits until %v", at)
	}
	r.Handle(1, Message{Kind: KindQuery, TTL: 3, Query: testQuery(t, "bird", false, 1)}, start, nil)
	if at, ok := r.Deadline(); ok {
		t.Errorf("a query without echoes waits until %v", at)
	}
	r.Handle(1, Message{Kind: KindQuery, TTL: 3, Query: testQuery(t, "song", true, 2)}, start, nil)
	at, ok := r.Deadline()
	if !ok || !at.Equal(start.Add(3*time.Second)) {
		t.Errorf("with a wave of TTL 2: %v %v", at, ok)
	}
	if out := r.Tick(at, nil); len(out) != 1 || out[0].Message.Kind != KindEcho {
		t.Errorf("at the deadline: %+v", out)
	}
	if at, ok := r.Deadline(); ok {
		t.Errorf("an ended wave waits until %v", at)
	}
}

// However many queries come and go, each is found until it expires, and from few
// to many and back none is lost.
func TestPathsFewAndMany(t *testing.T) {
	r := New(Options{PathLifetime: time.Minute})
	r.LinkUp(1, 2, 3)
	var queries []*Query
	for i := range 3 * fewMax {
		q := testQuery(t, "bird", false, byte(i))
		queries = append(queries, q)
		r.Handle(Link(1+i%3), Message{Kind: KindQuery, TTL: 2, Query: q}, start.Add(time.Duration(i)*time.Second), nil)
		if r.Paths() != len(queries) {
			t.Fatalf("%d paths after %d queries", r.Paths(), len(queries))
		}
		for k, q := range queries {
			if !r.Known(q.GUID, 2, 0) {
				t.Fatalf("query %d of %d is forgotten", k, len(queries))
			}
		}
	}
	for i, q := range queries {
		r.Tick(start.Add(time.Minute+time.Duration(i)*time.Second), nil)
		if r.Known(q.GUID, 2, 0) || r.Paths() != len(queries)-1-i {
			t.Fatalf("query %d: %d paths left", i, r.Paths())
		}
	}
}
