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

// small is a budget that is easy to count with.
var small = Options{QueriesPerSec: 20, QueryBurst: 40}

func TestQueryBudget(t *testing.T) {
	r := New(small)
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
	r := New(small)
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
	r := New(small)
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

// A neighbour's own queries have a budget of their own, for known ones as well; what it
// passes on does not.
func TestOwnQueriesHaveASmallerBudget(t *testing.T) {
	r := New(Options{OwnQueriesPerSec: 5, OwnQueryBurst: 10})
	r.LinkUp(1, 2)
	asked := func(hops uint8, n int, now time.Time) (taken, echoed, byes int) {
		for i := range n {
			q := testQuery(t, "bird", true, byte(i))
			q.GUID[0], q.GUID[1] = byte(now.Second()), hops
			for _, e := range r.Handle(1, Message{Kind: KindQuery, TTL: 1, Hops: hops, Query: q}, now, nil) {
				switch {
				case e.Kind == Answer:
					taken++
				case e.Kind == Bye && e.Reason == OverRate:
					byes++
				case e.Kind == Send && e.Message.Kind == KindEcho && e.Message.Echo.Sums.RateLimited == 1:
					echoed++
				}
			}
		}
		return taken, echoed, byes
	}
	if taken, echoed, byes := asked(0, 30, start); taken != 10 || echoed != 20 || byes != 0 {
		t.Errorf("at once: %d taken, %d refused, %d byes", taken, echoed, byes)
	}
	if taken, echoed, _ := asked(0, 30, start.Add(time.Second)); taken != 5 || echoed != 25 {
		t.Errorf("a second later: %d taken, %d refused", taken, echoed)
	}
	if taken, echoed, byes := asked(1, 30, start.Add(time.Second)); taken != 30 || echoed != 0 || byes != 0 {
		t.Errorf("of others: %d taken, %d refused, %d byes", taken, echoed, byes)
	}
	if _, _, byes := asked(0, 120, start.Add(2*time.Second)); byes == 0 {
		t.Error("whoever goes on asking is not parted from")
	}
}

// What a node sends on is never more than its neighbour takes, and what comes from
// near is sent on while the rest is shed.
func TestCopiesAreShedNotRefused(t *testing.T) {
	sender, taker := New(Options{}), New(Options{})
	sender.LinkUp(1, 2)
	taker.LinkUp(1)
	sent := map[uint8]int{}
	now := start
	for i := range 2000 {
		now = now.Add(2 * time.Millisecond)
		hops := uint8(i % 6)
		q := testQuery(t, "bird", true, byte(i))
		q.GUID[0], q.GUID[1] = byte(i>>8), byte(i)
		copies, shed := 0, 0
		for _, e := range sender.Handle(1, Message{Kind: KindQuery, TTL: 3, Hops: hops, Query: q}, now, nil) {
			switch {
			case e.Kind == Send && e.Message.Kind == KindQuery:
				copies++
				if v, out := taker.Admit(1, now, nil); v != Admitted || len(out) > 0 {
					t.Fatalf("copy %d is not taken: %+v", i, out)
				}
			case e.Kind == Drop && e.Reason == Shed && e.Link == 2:
				shed++
			}
		}
		if hops > 0 && copies+shed != 1 {
			t.Fatalf("copy %d was sent %d times and shed %d times", i, copies, shed)
		}
		sent[hops] += copies
	}
	if near, far := sent[1], sent[5]; near < 3*far || near == 0 {
		t.Errorf("of 333 each, %d copies from near were sent on and %d from far: %v", near, far, sent)
	}
	if s := sent[1] + sent[2] + sent[3] + sent[4] + sent[5] + sent[0]; s < 4*50 || s > 4*50+100 {
		t.Errorf("%d sent in 4 s", s)
	}
}

// A copy that was shed is a copy lost, so that nobody waits for it.
func TestShedCopiesAreEchoedAsLost(t *testing.T) {
	r := New(Options{QueryBurst: 1, QueriesPerSec: 1})
	r.LinkUp(1, 2)
	q := testQuery(t, "bird", true, 1)
	r.Handle(1, Message{Kind: KindQuery, TTL: 3, Hops: 4, Query: q}, start, nil)
	out := r.Handle(Self, Message{Kind: KindAnswered, Query: q}, start, nil)
	if len(out) != 1 || out[0].Message.Kind != KindEcho || out[0].Message.Echo.Sums != (Sums{Reached: 1, Lost: 1}) {
		t.Errorf("%+v", out)
	}
}

// What is charged to a link stays with it when another one goes.
func TestLedgersFollowTheirLinks(t *testing.T) {
	r := New(Options{})
	r.LinkUp(1, 2, 3)
	r.Misbehaved(2, nil)
	r.Misbehaved(2, nil)
	r.LinkDown(1, nil)
	r.LinkUp(4)
	for l, want := range map[Link]int{2: 2, 3: 1, 4: 1} {
		if out := r.Misbehaved(l, nil); len(out) != want {
			t.Errorf("link %d: %+v", l, out)
		}
	}
}

// Its own queries a node always has something left for.
func TestOwnSearchesGoOutUnderLoad(t *testing.T) {
	r := New(Options{})
	r.LinkUp(1, 2)
	for i := range 1000 {
		q := testQuery(t, "bird", false, byte(i))
		q.GUID[0], q.GUID[1] = byte(i>>8), byte(i)
		r.Handle(1, Message{Kind: KindQuery, TTL: 3, Hops: 3, Query: q}, start, nil)
	}
	copies := 0
	for _, e := range r.Handle(Self, Message{Kind: KindQuery, TTL: 3, Query: testQuery(t, "own", false, 1)}, start, nil) {
		if e.Kind == Send {
			copies++
		}
	}
	if copies != 2 {
		t.Errorf("our own search went to %d of 2 neighbours", copies)
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
		r.Handle(2, Message{Kind: KindQuery, TTL: 3, Hops: 1, Query: testQuery(t, "flood", false, i)}, start, nil)
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
	r.Handle(1, Message{Kind: KindQuery, TTL: 1, Query: testQuery(t, "tune", true, 3)}, start, nil)
	if at, _ := r.Deadline(); !at.Equal(start.Add(time.Second)) {
		t.Errorf("with a wave that has nobody to wait for but the library: %v", at)
	}
	r.Tick(start.Add(time.Second), nil)
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
