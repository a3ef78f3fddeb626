package query

import (
	"testing"
	"time"
)

// A node that takes a query and says nothing is counted as lost, and its parents
// give up before the ones that asked them.
func TestSilentNodeIsLostInTime(t *testing.T) {
	w := newWorld(t, 4, Options{})
	w.link(0, 1)
	w.link(1, 2)
	w.link(2, 3)
	w.mute[3] = true
	w.ask(0, testQuery(t, "bird", true, 1), 7)
	w.run()
	if s := w.sums[0]; s.Reached != 2 || s.Lost != 1 || s.Messages() != 3 {
		t.Errorf("sums %+v, want 2 reached and 1 lost", s)
	}
	if len(w.nodes[0].waves)+len(w.nodes[1].waves)+len(w.nodes[2].waves) != 0 {
		t.Error("a wave stayed open")
	}
}

func TestLinkThatGoesDownIsLost(t *testing.T) {
	w := newWorld(t, 3, Options{})
	w.link(0, 1)
	w.link(0, 2)
	w.mute[2] = true
	w.ask(0, testQuery(t, "bird", true, 1), 7)
	w.unlink(0, 2)
	w.run()
	if s := w.sums[0]; s.Reached != 1 || s.Lost != 1 {
		t.Errorf("sums %+v, want 1 reached and 1 lost", s)
	}
	if w.now.Sub(start) > 2*time.Minute {
		t.Error("the search waited for a link that was gone")
	}
}

func TestLostCopyIsAccountedFor(t *testing.T) {
	r := New(Options{})
	r.LinkUp(1)
	q := testQuery(t, "bird", true, 1)
	r.Handle(Self, Message{Kind: KindQuery, TTL: 3, Query: q}, start, nil)
	if out := r.Lost(1, q.GUID, 2, nil); len(out) != 0 {
		t.Errorf("a copy with another TTL was taken for ours: %+v", out)
	}
	out := r.Lost(1, q.GUID, 3, nil)
	if len(out) != 1 || out[0].Kind != Finish || out[0].Message.Echo.Sums.Lost != 1 {
		t.Errorf("got %+v, want a Finish with one lost", out)
	}
}

// Echoes nobody waits for change nothing: a neighbour cannot speak for others,
// nor twice.
func TestEchoOnlyOncePerCopy(t *testing.T) {
	r := New(Options{})
	for l := Link(1); l <= 3; l++ {
		r.LinkUp(l)
	}
	q := testQuery(t, "bird", true, 1)
	r.Handle(1, Message{Kind: KindQuery, TTL: 3, Query: q}, start, nil) // goes to 2 and 3
	lie := Message{Kind: KindEcho, Echo: &Echo{GUID: q.GUID, TTL: 2, Sums: Sums{Reached: 1000}}}
	for _, from := range []Link{1, 2, 2} {
		r.Handle(from, lie, start, nil)
	}
	if got := r.waves[0].sums.Reached; got != 1001 {
		t.Errorf("reached %d, want this node and the 1000 of one echo", got)
	}
	if len(r.waves[0].children) != 1 {
		t.Errorf("still waiting for %v, want link 3 alone", r.waves[0].children)
	}
}

func TestWavesAreCapped(t *testing.T) {
	r := New(Options{WavesMax: 2})
	r.LinkUp(1)
	r.LinkUp(2)
	for i := range byte(5) {
		out := r.Handle(1, Message{Kind: KindQuery, TTL: 3, Query: testQuery(t, "bird", true, i)}, start, nil)
		echoed := false
		for _, e := range out {
			echoed = echoed || e.Kind == Send && e.Message.Kind == KindEcho && e.Message.Echo.Sums.Lost == 1
		}
		if echoed != (i >= 2) {
			t.Errorf("query %d: echoed at once: %v", i, echoed)
		}
	}
	if len(r.waves) != 2 {
		t.Errorf("%d open waves", len(r.waves))
	}
}

func TestSumsCannotOverflow(t *testing.T) {
	var s Sums
	for range 10 {
		const lie = 1<<32 - 1
		s.add(Sums{Reached: lie, Duplicates: lie, Reforwarded: lie, RateLimited: lie, Lost: lie})
	}
	if s.Reached != sumMax || s.Messages() != 5*sumMax {
		t.Errorf("reached %d, %d messages", s.Reached, s.Messages())
	}
}

func TestSumsOfAnUnfinishedSearch(t *testing.T) {
	w := newWorld(t, 3, Options{})
	w.link(0, 1)
	w.link(0, 2)
	w.mute[2] = true
	q := testQuery(t, "bird", true, 1)
	w.ask(0, q, 7)
	for len(w.queue) > 0 { // without letting deadlines pass
		e := w.queue[0]
		w.queue = w.queue[1:]
		if !w.mute[e.to] {
			w.perform(e.to, w.nodes[e.to].Handle(w.back[e.to][e.from], e.message, w.now, nil))
		}
	}
	if s, ok := w.nodes[0].Sums(q.GUID); !ok || s.Reached != 1 {
		t.Errorf("got %+v, %v; want one node reached so far", s, ok)
	}
}

// Two copies of a query may be out on one link at once; each has its own echo.
func TestEchoBelongsToItsCopy(t *testing.T) {
	r := New(Options{})
	for l := Link(1); l <= 3; l++ {
		r.LinkUp(l)
	}
	q := testQuery(t, "bird", true, 1)
	r.Handle(1, Message{Kind: KindQuery, TTL: 3, Query: q}, start, nil) // to 2 and 3 with TTL 2
	r.Handle(2, Message{Kind: KindQuery, TTL: 5, Query: q}, start, nil) // to 1 and 3 with TTL 4
	r.Handle(3, Message{Kind: KindEcho, Echo: &Echo{GUID: q.GUID, TTL: 4, Sums: Sums{Reached: 7}}}, start, nil)
	first, second := r.waves[0], r.waves[1]
	if first.sums.Reached != 1 || len(first.children) != 2 || second.sums.Reached != 7 || len(second.children) != 1 {
		t.Errorf("first wave %+v waits for %v, second %+v for %v", first.sums, first.children, second.sums, second.children)
	}
}
