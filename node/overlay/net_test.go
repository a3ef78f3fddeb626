package overlay

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"starling/query"
	"starling/share/content"
	"starling/share/words"
)

// testNet is a set of whole nodes on loopback.
type testNet struct {
	t     testing.TB
	nodes []*Overlay
	stops []func()
}

const loopback = "/ip4/127.0.0.1/tcp/0"

// newNet starts n nodes of a static mesh without links. Node i holds one file
// called "bird i".
func newNet(t testing.TB, n int, change func(i int, o *Options)) *testNet {
	t.Helper()
	net := &testNet{t: t}
	for i := range n {
		opts := Options{
			Listen: []string{loopback}, StaticMesh: true, Degree: 50, DegreeMax: 100,
			Answer: func(e words.Expr, limit int) []query.Entry { return match(e, fmt.Sprintf("bird %d.txt", i)) },
		}
		if os.Getenv("STARLING_TEST_LOG") != "" {
			opts.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("me", i)
		}
		if change != nil {
			change(i, &opts)
		}
		net.add(opts)
	}
	return net
}

func (net *testNet) add(opts Options) *Overlay {
	net.t.Helper()
	id, err := NewIdentity()
	if err != nil {
		net.t.Fatal(err)
	}
	o, err := New(opts, id)
	if err != nil {
		net.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			net.t.Errorf("node stopped with %v", err)
		}
	}
	net.nodes, net.stops = append(net.nodes, o), append(net.stops, stop)
	net.t.Cleanup(stop)
	return o
}

func match(e words.Expr, name string) []query.Entry {
	entry := query.Entry{Name: name, SizeBytes: int64(len(name)), ID: content.Sum([]byte(name)), HeldGroups: 1, Groups: 1}
	if !e.Match(words.Doc{Path: name, SizeBytes: entry.SizeBytes, ID: entry.ID}) {
		return nil
	}
	return []query.Entry{entry}
}

// link makes node a connect to node b, and waits until both have the link.
func (net *testNet) link(a, b int) {
	net.t.Helper()
	if _, err := net.nodes[a].Connect(net.t.Context(), net.nodes[b].Addresses()[0]); err != nil {
		net.t.Errorf("link %d–%d: %v", a, b, err)
		return
	}
	net.eventually(fmt.Sprintf("node %d sees node %d", b, a), func() bool {
		for _, n := range net.nodes[b].Neighbours() {
			if n.ID == net.nodes[a].ID() {
				return true
			}
		}
		return false
	})
}

// eventually waits for a condition that the network brings about by itself.
func (net *testNet) eventually(what string, holds func() bool) {
	net.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			net.t.Errorf("not after 30 s: %s", what)
			return
		}
		<-tick.C
	}
}

// result is what a search brought.
type result struct {
	hits    map[string]Hit // by holder
	receipt query.Receipt
}

func (net *testNet) search(node int, text string, spec query.Spec) result {
	net.t.Helper()
	expr, err := words.Parse(text)
	if err != nil {
		net.t.Fatal(err)
	}
	spec.Expr = expr
	events, err := net.nodes[node].Search(net.t.Context(), spec)
	if err != nil {
		net.t.Fatal(err)
	}
	r := result{hits: map[string]Hit{}}
	for e := range events {
		if e.Hit != nil {
			r.hits[e.Hit.Node] = *e.Hit
		} else {
			r.receipt = *e.Receipt
		}
	}
	return r
}

// sent counts the query copies all nodes have put on the wire.
func (net *testNet) sent() (n int) {
	for _, o := range net.nodes {
		n += int(o.core.sent.Load())
	}
	return n
}

// counts adds up what all routers say they did.
func (net *testNet) counts() (sum query.Counts) {
	for _, o := range net.nodes {
		o.core.mu.Lock()
		c := o.core.router.Counts()
		o.core.mu.Unlock()
		sum.Copies += c.Copies
		sum.Reforwards += c.Reforwards
		sum.ReforwardCopies += c.ReforwardCopies
	}
	return sum
}
