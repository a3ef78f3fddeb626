package overlay_test

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"starling/node/overlay"
	"starling/query"
	"starling/query/pb"
	"starling/share/words"
	"starling/simulations/hostile"
)

// corpus returns the malformed messages of the test data, every fifth of them
// under the race detector.
func corpus(t *testing.T) []hostile.Sample {
	t.Helper()
	samples, err := hostile.Corpus(hostile.DataFolder("../.."))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no malformed messages to throw: %v; set STARLING_DATA to the folder of test data", err)
	}
	if err != nil || len(samples) < 400 {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	var some []hostile.Sample
	for i := 0; i < len(samples); i += everySample {
		some = append(some, samples[i])
	}
	return some
}

// Every malformed message there is, thrown at every protocol of the overlay by a
// stranger and by a neighbour: the node lives, answers its honest neighbour, and keeps nothing.
func TestMalformedMessagesLeaveNothing(t *testing.T) {
	samples := corpus(t)
	o, honest := startNode(t, "A", nil), startNode(t, "B", nil)
	connect(t, honest, o)
	search(t, honest, query.Spec{}) // opens what honest neighbours open
	goroutines, before := runtime.NumGoroutine(), heap()
	attack(t, o, samples)
	if r := search(t, honest, query.Spec{}); len(r.names[o.ID()]) != 1 || r.receipt.Stopped != query.Finished {
		t.Errorf("the honest neighbour's search: %v, %+v", r.names, r.receipt)
	}
	if !linked(o, honest.ID()) || o.Handshakes() != 1 {
		t.Errorf("%d links, with the honest neighbour: %v", o.Handshakes(), linked(o, honest.ID()))
	}
	eventually(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= goroutines })
	if grown := int(heap()) - int(before); grown > 32<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	t.Logf("drops %v", o.Drops())
}

func attack(t *testing.T, o *overlay.Overlay, samples []hostile.Sample) {
	p := briefPeer(t)
	defer func() { p.Close() }()
	for _, s := range samples {
		throwAsStranger(t, p, o, hostile.ProtocolHits, s.Bytes)
		for _, protocol := range []string{hostile.ProtocolMesh, hostile.ProtocolQuery} {
			throwAsStranger(t, p, o, protocol, s.Bytes)
			throwAsStranger(t, p, o, protocol, protowire.AppendBytes(nil, s.Bytes))
		}
	}
	l := shake(t, p, o)
	for _, send := range linkSends {
		for _, s := range samples {
			if send.desyncs && !strings.HasPrefix(s.Name, "stream_malformed/") {
				continue // a message without a frame is a broken frame, of which there are enough
			}
			send.bytes(l, s.Bytes) // the node may end it
			if send.desyncs || l.Ping(t.Context()) != nil {
				p.Close()
				eventually(t, "the link is gone", func() bool { return o.Handshakes() == 1 })
				p = briefPeer(t)
				l = shake(t, p, o)
			}
		}
	}
}

// briefPeer is a hostile peer that the caller closes.
func briefPeer(t *testing.T) *hostile.Peer {
	t.Helper()
	p, err := hostile.New(context.Background(), hostile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// linkSends are the ways to send a sample over a link. One that desyncs leaves
// the mesh stream in the middle of a frame, where a ping would be part of it.
var linkSends = []struct {
	desyncs bool
	bytes   func(l *hostile.Link, b []byte) error
}{
	{true, (*hostile.Link).RawMesh},
	{false, func(l *hostile.Link, b []byte) error { return l.RawMesh(protowire.AppendBytes(nil, b)) }},
	{false, (*hostile.Link).RawHits},
	{false, func(l *hostile.Link, b []byte) error { return l.RawHits(protowire.AppendBytes(nil, b)) }},
	{false, (*hostile.Link).Raw},
	{false, func(l *hostile.Link, b []byte) error { return l.Raw(protowire.AppendBytes(nil, b)) }},
	{false, func(l *hostile.Link, b []byte) error { return l.Data(b[:min(len(b), 4000)]) }},
	{false, func(l *hostile.Link, b []byte) error {
		return l.Data(asked(func(q *pb.Query, _ *pb.Body) { q.Body = b[:min(len(b), 500)] }))
	}},
}

// throwAsStranger throws bytes over a connection that is no link, which the node
// may have ended for the last ones.
func throwAsStranger(t *testing.T, p *hostile.Peer, o *overlay.Overlay, protocol string, b []byte) {
	t.Helper()
	for range 3 {
		if _, err := p.Connect(t.Context(), o.Addresses()[0]); err != nil {
			t.Fatal(err)
		}
		if p.Throw(t.Context(), o.ID(), protocol, b, patience).Ended {
			return
		}
	}
	t.Errorf("%s: a stream of %d bytes is neither taken nor ended", protocol, len(b))
}

// A liar's echo is worth one copy: it ends no search that others still answer,
// and the total stays a number.
func TestLyingEchoes(t *testing.T) {
	const lie = 1<<32 - 1
	release := make(chan struct{})
	slow := startNode(t, "slow", func(opts *overlay.Options) {
		answer := opts.Answer
		opts.Answer = func(e words.Expr, limit int) []query.Entry {
			<-release
			return answer(e, limit)
		}
	})
	o := startNode(t, "A", func(opts *overlay.Options) { opts.Query.EchoPerHop = patience })
	connect(t, o, slow)
	lies := query.Sums{Reached: lie, Hits: lie, Holders: lie, Duplicates: lie, Reforwarded: lie, Pruned: lie, RateLimited: lie, Lost: lie}
	p := newPeer(t, hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
		wrong, another := c, c
		wrong.TTL++
		another.Query = ask(t, "another", true, 1)
		for _, echoed := range []hostile.Copy{wrong, another, c, c, c} {
			l.Echo(echoed, lies)
		}
	}})
	shake(t, p, o)
	done := make(chan found, 1)
	go func() { done <- search(t, o, query.Spec{}) }()
	// Four of the five fit no copy. When they are counted, so is the one that does.
	eventually(t, "the liar's echoes are weighed", func() bool { return o.Drops()["no-path"] == 4 })
	select {
	case r := <-done:
		t.Fatalf("the liar ended the search: %+v", r.receipt)
	case <-time.After(10 * time.Millisecond): // a chance to be wrong, not a wait for anything
	}
	close(release)
	r := <-done
	if r.receipt.Stopped != query.Finished || len(r.names[slow.ID()]) != 1 || r.receipt.Answered != 1 {
		t.Errorf("shown %v, receipt %+v", r.names, r.receipt)
	}
	const most = 1 << 28
	want := query.Sums{Reached: most, Hits: most, Holders: most, Duplicates: most, Reforwarded: most, Pruned: most, RateLimited: most, Lost: most}
	if s := r.receipt.Reported; s != want || s.Messages() != 5*most {
		t.Errorf("sums %+v, %d messages", s, s.Messages())
	}
}
