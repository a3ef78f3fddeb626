package hostile_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"starling/query"
	"starling/share/content"
	"starling/share/words"
	"starling/simulations/hostile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newPeer(t *testing.T, opts hostile.Options) *hostile.Peer {
	t.Helper()
	p, err := hostile.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// Two hostile peers play by the rules with each other: what one sends is what
// the other's inbox holds.
func TestPeersTalk(t *testing.T) {
	b := newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
		name := "bird.txt"
		l.Hits(l.Peer().Found(c.Query.GUID, query.Entry{Name: name, SizeBytes: 1, ID: content.Sum([]byte(name)), HeldGroups: 1, Groups: 1}))
		l.Echo(c, query.Sums{Reached: 1})
	}})
	a := newPeer(t, hostile.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	l, err := a.Shake(ctx, b.Address())
	if err != nil {
		t.Fatal(err)
	}
	expr, err := words.Parse("bird")
	if err != nil {
		t.Fatal(err)
	}
	q, err := query.NewQuery(expr, 0, true, [16]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Query(q, 3, 0); err != nil {
		t.Fatal(err)
	}
	if err := l.Received().Wait(ctx, func(in *hostile.Inbox) bool { return len(in.Messages()) == 2 }); err != nil {
		t.Fatal(err)
	}
	hits, echo := l.Received().Messages()[0], l.Received().Messages()[1]
	if signer, err := hostile.SignerOf(hits.Hits.Envelope); err != nil || signer != b.ID() || hits.Hits.GUID != q.GUID {
		t.Errorf("hits of %s for %v: %v", signer, hits.Hits.GUID, err)
	}
	if echo.Kind != query.KindEcho || echo.Echo.TTL != 3 || echo.Echo.Sums.Reached != 1 {
		t.Errorf("echo %+v", echo.Echo)
	}
	if got := b.Received(a.ID()).Queries(); len(got) != 1 || got[0].Query.GUID != q.GUID {
		t.Errorf("%d queries arrived", len(got))
	}
}
