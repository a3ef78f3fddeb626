package overlay_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"starling/node/overlay"
	"starling/query"
	"starling/share/content"
	"starling/share/words"
	"starling/simulations/hostile"
)

// TestReservedForANeighbour: what a node reserves for one neighbour reaches that neighbour alone, whoever brings its query first, and with
// whatever hops; the receiver has it before the echo that ends its search.
func TestReservedForANeighbour(t *testing.T) {
	t.Parallel()
	named, other := newPeer(t, hostile.Options{}), newPeer(t, hostile.Options{})
	o := startNode(t, "open", func(o *overlay.Options) {
		o.Reserved = func(node string, e words.Expr, _ int) []query.Entry {
			if node == named.ID() {
				return matching(e, "bird reserved.txt")
			}
			return nil
		}
	})
	links := map[*hostile.Peer]*hostile.Link{named: shake(t, named, o), other: shake(t, other, o)}
	type sent struct {
		by   *hostile.Peer
		hops uint8
	}
	for i, c := range []struct {
		what   string
		copies []sent
		want   []string // what the last sender is told before its echo
	}{
		{"its own query", []sent{{named, 0}}, []string{"bird reserved.txt", "bird open.txt"}},
		{"passed on by it", []sent{{named, 1}}, []string{"bird open.txt"}},
		{"another's own", []sent{{other, 0}}, []string{"bird open.txt"}},
		{"after another passed it on", []sent{{other, 1}, {named, 0}}, []string{"bird reserved.txt"}},
		{"after another forged its hops", []sent{{other, 0}, {named, 0}}, []string{"bird reserved.txt"}},
		{"another's forged copy after it", []sent{{named, 0}, {other, 0}}, nil},
	} {
		expr, err := words.Parse("bird")
		if err != nil {
			t.Fatal(err)
		}
		q, err := query.NewQuery(expr, 0, true, [16]byte{byte(i + 1)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range c.copies {
			if err := links[s.by].Query(q, 1, s.hops); err != nil {
				t.Fatal(err)
			}
			got = toldBeforeTheEcho(t, links[s.by], q.GUID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: told %q, want %q", c.what, got, c.want)
		}
	}
	for _, name := range namesIn(t, links[other].Received().Messages()) {
		if name == "bird reserved.txt" {
			t.Error("the other neighbour was told of what is not for it")
		}
	}
}

// toldBeforeTheEcho waits for the echo of a query's copy and returns the names that came before it.
func toldBeforeTheEcho(t *testing.T, l *hostile.Link, guid query.GUID) (names []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := l.Received().Wait(ctx, func(b *hostile.Inbox) bool {
		var before []query.Message
		for _, m := range b.Messages() {
			switch {
			case m.Kind == query.KindHits && m.Hits.GUID == guid:
				before = append(before, m)
			case m.Kind == query.KindEcho && m.Echo.GUID == guid:
				names = namesIn(t, before)
				return true
			}
		}
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func namesIn(t *testing.T, messages []query.Message) (names []string) {
	t.Helper()
	all := []string{"bird reserved.txt", "bird open.txt"}
	for _, m := range messages {
		if m.Kind != query.KindHits {
			continue
		}
		for _, name := range all {
			if id := content.Sum([]byte(name)); bytes.Contains(m.Hits.Envelope, id[:]) {
				names = append(names, name)
			}
		}
	}
	return names
}
