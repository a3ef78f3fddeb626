package query

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A reserving world is one whose node 0 has something for its neighbour 1 alone. The performer is slow, as a library is: answers are handed
// back when the test says so.
type reserving struct {
	*world
	links map[Link]int // of node 0
	asked []Effect     // AnswerReserved, and Answer of a neighbour's own query
}

const namedNode = 1

// reserve takes the effects of node 0 and hands back its answers.
func (r *reserving) take(effects []Effect) {
	for _, e := range effects {
		if e.Kind == AnswerReserved || e.Kind == Answer && e.Message.Hops == 0 {
			r.asked = append(r.asked, e)
		}
	}
}

// answer hands back what is reserved for the neighbour behind the link, as node.Overlay does.
func (r *reserving) answer(e Effect) (out []Effect) {
	q := e.Message.Query
	only := Self
	if e.Kind == AnswerReserved {
		only = e.Link
	}
	if r.links[e.Link] == namedNode {
		hits := r.sign(0, q.GUID, []Entry{entry("reserved")})
		out = r.nodes[0].Handle(Self, Message{Kind: KindHits, Hits: hits, Only: e.Link}, r.now, out)
	}
	return r.nodes[0].Handle(Self, Message{Kind: KindAnswered, Query: q, Only: only}, r.now, out)
}

func newReserving(t *testing.T, rule Rule) *reserving {
	w := newWorld(t, 1, Options{Duplicates: rule, Reserved: true})
	r := &reserving{world: w, links: map[Link]int{1: namedNode, 2: 2, 3: 3}}
	w.nodes[0].LinkUp(1, 2, 3)
	return r
}

func (r *reserving) copy(from Link, q *Query, ttl, hops uint8) []Effect {
	out := r.nodes[0].Handle(from, Message{Kind: KindQuery, TTL: ttl, Hops: hops, Query: q}, r.now, nil)
	r.take(out)
	return out
}

// toward lists the hits and echoes among effects, as "hits→link" and "echo→link".
func toward(effects []Effect) (out []string) {
	for _, e := range effects {
		switch {
		case e.Kind == Send && e.Message.Kind == KindHits:
			out = append(out, fmt.Sprint("hits→", e.Link))
		case e.Kind == Send && e.Message.Kind == KindEcho:
			out = append(out, fmt.Sprint("echo→", e.Link))
		case e.Kind == Drop && e.Reason == PathGone:
			out = append(out, "gone")
		}
	}
	return out
}

// copyOf is one copy of the query as it reaches node 0.
type copyOf struct {
	link      Link
	ttl, hops uint8
}

// Whatever way a query comes, what is reserved for a neighbour goes to that neighbour, over its own link, once, before the echo it waits
// for; and only when the neighbour's own copy has come.
func TestReservedAnswersTakeTheirOwnLink(t *testing.T) {
	for _, c := range []struct {
		name   string
		copies []copyOf
		want   []string // once everything is answered
		asked  []string
	}{
		{"its own query", []copyOf{{1, 1, 0}}, []string{"hits→1", "echo→1"}, []string{"all 1"}},
		{"passed on by it", []copyOf{{1, 1, 1}}, []string{"echo→1"}, nil},
		{"passed on by it after another", []copyOf{{2, 1, 1}, {1, 1, 1}}, []string{"echo→1", "echo→2"}, nil},
		{"another's own", []copyOf{{2, 1, 0}}, []string{"echo→2"}, []string{"all 2"}},
		{"brought first by another, a duplicate then", []copyOf{{2, 1, 1}, {1, 1, 0}}, []string{"echo→2", "hits→1", "echo→1"}, []string{"reserved 1"}},
		{"brought first by another, with a larger TTL then", []copyOf{{2, 1, 1}, {1, 2, 0}}, []string{"echo→2", "hits→1"}, []string{"reserved 1"}},
		{"first by one that says it is its own", []copyOf{{2, 1, 0}, {1, 1, 0}}, []string{"echo→2", "hits→1", "echo→1"}, []string{"all 2", "reserved 1"}},
		{"told once", []copyOf{{2, 1, 1}, {1, 1, 0}, {1, 1, 0}, {1, 1, 0}}, []string{"echo→1", "echo→1", "echo→2", "hits→1", "echo→1"}, []string{"reserved 1"}},
		{"another's copy after its own", []copyOf{{1, 1, 0}, {2, 1, 0}}, []string{"hits→1", "echo→1", "echo→2"}, []string{"all 1", "reserved 2"}},
	} {
		for _, rule := range []Rule{LargerTTL, DropAll} {
			r := newReserving(t, rule)
			q := testQuery(t, "bird", true, 1)
			var out []Effect
			var answers []Effect
			for _, m := range c.copies {
				effects := r.copy(m.link, q, m.ttl, m.hops)
				out = append(out, effects...)
				for _, e := range effects {
					if e.Kind == Answer || e.Kind == AnswerReserved {
						answers = append(answers, e)
					}
				}
			}
			for _, e := range answers {
				if e.Kind == Answer && e.Message.Hops > 0 {
					out = r.nodes[0].Handle(Self, Message{Kind: KindAnswered, Query: q}, r.now, out)
				} else {
					out = append(out, r.answer(e)...)
				}
			}
			want := slices.Clone(c.want)
			if rule == DropAll && c.copies[len(c.copies)-1].ttl == 2 {
				want = append(want, "echo→1") // it is not sent on
			}
			if got := toward(out); !slices.Equal(got, want) {
				t.Errorf("%s, rule %d: %q, want %q", c.name, rule, got, want)
			}
			var asked []string
			for _, e := range r.asked {
				kind := "all"
				if e.Kind == AnswerReserved {
					kind = "reserved"
				}
				asked = append(asked, fmt.Sprint(kind, " ", e.Link))
			}
			if !slices.Equal(asked, c.asked) {
				t.Errorf("%s, rule %d: asked for %q, want %q", c.name, rule, asked, c.asked)
			}
		}
	}
}

// When the neighbour's link goes while the library looks, what is for it takes no other way: not that of whoever sent the same query with
// forged hops, and not that of whoever sends it again after it was forgotten.
func TestReservedAnswersTakeNoOtherWay(t *testing.T) {
	q := testQuery(t, "bird", true, 1)
	r := newReserving(t, LargerTTL)
	r.copy(1, q, 3, 0)
	r.copy(2, q, 3, 0) // link 2 is a way back now
	r.nodes[0].LinkDown(1, nil)
	if got := toward(r.answer(r.asked[0])); !slices.Equal(got, []string{"gone"}) {
		t.Errorf("the link has gone: %q", got)
	}

	r = newReserving(t, LargerTTL)
	r.copy(1, q, 3, 0)
	r.now = r.now.Add(time.Hour)
	r.nodes[0].Tick(r.now, nil)
	r.copy(2, q, 3, 0)
	if got := toward(r.answer(r.asked[0])); slices.Contains(got, "hits→2") {
		t.Errorf("the query was forgotten and came again: %q", got)
	}
}

// Simulated nodes reserve nothing, and are not asked.
func TestNothingReserved(t *testing.T) {
	r := newReserving(t, LargerTTL)
	r.nodes[0] = New(Options{})
	r.nodes[0].LinkUp(1, 2)
	q := testQuery(t, "bird", true, 1)
	r.copy(2, q, 1, 1)
	if got := toward(r.copy(1, q, 1, 0)); !slices.Equal(got, []string{"echo→1"}) || len(r.asked) > 0 {
		t.Errorf("%q, asked %v", got, r.asked)
	}
}
