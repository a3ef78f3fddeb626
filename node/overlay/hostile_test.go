package overlay_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	pspb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"starling/node/overlay"
	"starling/query"
	"starling/share/content"
	"starling/share/words"
	"starling/simulations/hostile"
)

// patience bounds every wait of these tests. Nothing takes near as long.
const patience = 30 * time.Second

// startNode runs a node of a static mesh that holds one file, "bird NAME.txt".
func startNode(t *testing.T, name string, change func(*overlay.Options)) *overlay.Overlay {
	t.Helper()
	opts := overlay.Options{
		Listen: []string{"/ip4/127.0.0.1/tcp/0"}, StaticMesh: true, Degree: 50, DegreeMax: 100,
		Answer: func(e words.Expr, _ int) []query.Entry { return matching(e, "bird "+name+".txt") },
	}
	if change != nil {
		change(&opts)
	}
	id, err := overlay.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	o, err := overlay.New(opts, id)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("node %s stopped with %v", name, err)
		}
	})
	return o
}

func matching(e words.Expr, name string) []query.Entry {
	if entry := file(name); e.Match(words.Doc{Path: name, SizeBytes: entry.SizeBytes, ID: entry.ID}) {
		return []query.Entry{entry}
	}
	return nil
}

func file(name string) query.Entry {
	return query.Entry{Name: name, SizeBytes: int64(len(name)), ID: content.Sum([]byte(name)), HeldGroups: 1, Groups: 1}
}

func newPeer(t *testing.T, opts hostile.Options) *hostile.Peer {
	t.Helper()
	p, err := hostile.New(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func shake(t *testing.T, p *hostile.Peer, o *overlay.Overlay) *hostile.Link {
	t.Helper()
	l, err := p.Shake(t.Context(), o.Addresses()[0])
	if err != nil {
		t.Fatalf("handshake: %v", err)
	}
	return l
}

func connect(t *testing.T, a, b *overlay.Overlay) {
	t.Helper()
	if _, err := a.Connect(t.Context(), b.Addresses()[0]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both ends have the link", func() bool { return linked(b, a.ID()) })
}

func linked(o *overlay.Overlay, id string) bool {
	return slices.ContainsFunc(o.Neighbours(), func(n overlay.Neighbour) bool { return n.ID == id })
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", patience, what)
		}
	}
}

// parted waits until the node ends the link and checks the code of its bye.
func parted(t *testing.T, l *hostile.Link, want uint32) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code, err := l.Parted(ctx)
	if err != nil || code != want {
		t.Errorf("parted with %d (%q), %v; want %d", code, l.Bye().GetReason(), err, want)
	}
}

func expression(t *testing.T, text string) words.Expr {
	t.Helper()
	e, err := words.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ask makes a query with a nonce of its own.
func ask(t *testing.T, text string, echo bool, nonce int) *query.Query {
	t.Helper()
	q, err := query.NewQuery(expression(t, text), 0, echo, [16]byte{byte(nonce), byte(nonce >> 8), byte(nonce >> 16), 1})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// found is what a search showed: names by holder, and the receipt.
type found struct {
	names   map[string][]string
	receipt query.Receipt
}

func search(t *testing.T, o *overlay.Overlay, spec query.Spec) found {
	t.Helper()
	if spec.Expr.String() == "" {
		spec.Expr = expression(t, "bird")
	}
	if spec.Wait == 0 {
		spec.Wait = patience
	}
	events, err := o.Search(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	f := found{names: map[string][]string{}}
	for e := range events {
		if e.Receipt != nil {
			f.receipt = *e.Receipt
			continue
		}
		for _, entry := range e.Hit.Entries {
			f.names[e.Hit.Node] = append(f.names[e.Hit.Node], entry.Name)
		}
	}
	return f
}

// echoing answers each copy as a node without files and other neighbours does.
func echoing(l *hostile.Link, c hostile.Copy) {
	if c.Query.Echo {
		l.Echo(c, query.Sums{Reached: 1})
	}
}

// fieldsOf returns the fields of an encoded message, in the order they stand.
func fieldsOf(t *testing.T, b []byte) (numbers []int, values map[int][]byte) {
	t.Helper()
	values = map[int][]byte{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatalf("no tag: %x", b)
		}
		b = b[n:]
		if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
			t.Fatalf("no value: %x", b)
		}
		numbers = append(numbers, int(num))
		if values[int(num)] = b[:n]; typ == protowire.BytesType {
			values[int(num)], _ = protowire.ConsumeBytes(b)
		}
		b = b[n:]
	}
	return numbers, values
}

// tells lists what an RPC that carries one query says beyond what it must.
func tells(t *testing.T, rpc []byte, asker *overlay.Overlay) (out []string) {
	t.Helper()
	check := func(what string, b []byte, allowed ...int) map[int][]byte {
		numbers, values := fieldsOf(t, b)
		for _, n := range numbers {
			if !slices.Contains(allowed, n) {
				out = append(out, fmt.Sprintf("%s has field %d", what, n))
			}
		}
		return values
	}
	outside := check("the RPC", rpc, 2, 3) // one message; control, which must be empty
	if numbers, _ := fieldsOf(t, rpc); numbers[0] != 2 || slices.Contains(numbers[1:], 2) {
		out = append(out, "the RPC has other messages")
	}
	if len(outside[3]) > 0 {
		out = append(out, "the RPC has control messages")
	}
	message := check("the pubsub message", outside[2], 2, 4) // data, topic
	copied := check("the query", message[2], 1, 2, 3)        // ttl, hops, body
	body := check("the body", copied[3], 1, 2, 3, 4)         // nonce, expression, wanted, echo
	if len(body[1]) != 16 {
		out = append(out, "a nonce of another size")
	}
	for what, secret := range identifying(t, asker) {
		if bytes.Contains(rpc, secret) {
			out = append(out, "the asker's "+what)
		}
	}
	return out
}

// identifying are the bytes by which a node could be known.
func identifying(t *testing.T, o *overlay.Overlay) map[string][]byte {
	t.Helper()
	id, err := peer.Decode(o.ID())
	if err != nil {
		t.Fatal(err)
	}
	key, err := id.ExtractPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := key.Raw()
	if err != nil {
		t.Fatal(err)
	}
	a, err := ma.NewMultiaddr(o.Addresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	port, err := a.ValueForProtocol(ma.P_TCP)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"node id": []byte(o.ID()), "node id in binary": []byte(id), "public key": raw,
		"IP address": []byte("127.0.0.1"), "IP address in binary": {127, 0, 0, 1}, "port": []byte(port),
		"address in binary": a.Bytes()[:8],
	}
}

// searched returns the RPCs with queries that the node sent the peer, once there
// are n.
func searched(t *testing.T, in *hostile.Inbox, n int) (out [][]byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := in.Wait(ctx, func(b *hostile.Inbox) bool {
		out = nil
		for _, rpc := range b.RPCs() {
			if m := new(pspb.RPC); proto.Unmarshal(rpc, m) == nil && len(m.Publish) > 0 {
				out = append(out, rpc)
			}
		}
		return len(out) >= n
	})
	if err != nil {
		t.Fatalf("%d of %d queries: %v", len(out), n, err)
	}
	return out
}

// On the wire a query says what is looked for and how far it may go. Two askers
// of the same thing cannot be told apart but by the nonce.
func TestQueryNamesNoAsker(t *testing.T) {
	p := newPeer(t, hostile.Options{OnQuery: echoing})
	var blank [][]byte
	for _, name := range []string{"A", "B"} {
		o := startNode(t, name, nil)
		l := shake(t, p, o)
		search(t, o, query.Spec{})
		search(t, o, query.Spec{})
		rpcs := searched(t, l.Received(), 2)
		copies := l.Received().Queries()
		for i, c := range copies {
			if said := tells(t, rpcs[i], o); said != nil {
				t.Errorf("a query of %s tells: %v", name, said)
			}
			if c.Hops != 0 || c.TTL != 7 {
				t.Errorf("a query of %s has TTL %d and hops %d", name, c.TTL, c.Hops)
			}
			_, body := fieldsOf(t, c.Query.Raw)
			blank = append(blank, bytes.Replace(rpcs[i], body[1], make([]byte, 16), 1))
		}
		if len(copies) != 2 || copies[0].Query.GUID == copies[1].Query.GUID {
			t.Errorf("%d copies of two equal searches, GUIDs %v and %v", len(copies), copies[0].Query.GUID, copies[1].Query.GUID)
		}
	}
	for _, b := range blank[1:] {
		if !bytes.Equal(b, blank[0]) {
			t.Errorf("equal searches differ by more than the nonce:\n%x\n%x", b, blank[0])
		}
	}
}

// The one who forwards adds a hop, takes a TTL, and leaves the body alone.
func TestForwardedQueryKeepsItsBody(t *testing.T) {
	p := newPeer(t, hostile.Options{OnQuery: echoing})
	a, b := startNode(t, "A", nil), startNode(t, "B", nil)
	connect(t, a, b)
	fromA, fromB := shake(t, p, a), shake(t, p, b)
	if r := search(t, a, query.Spec{TTL: 3}); r.receipt.Stopped != query.Finished {
		t.Fatalf("receipt %+v", r.receipt)
	}
	rpcs := searched(t, fromB.Received(), 1)
	for _, asker := range []*overlay.Overlay{a, b} {
		if said := tells(t, rpcs[0], asker); said != nil {
			t.Errorf("a forwarded query tells: %v", said)
		}
	}
	first, second := fromA.Received().Queries()[0], fromB.Received().Queries()[0]
	if second.TTL != first.TTL-1 || second.Hops != 1 || !bytes.Equal(first.Query.Raw, second.Query.Raw) {
		t.Errorf("TTL %d hops %d after TTL %d; bodies\n%x\n%x", second.TTL, second.Hops, first.TTL, first.Query.Raw, second.Query.Raw)
	}
}

// The check above sees what it is there for.
func TestTellsSeesAnAuthor(t *testing.T) {
	o := startNode(t, "A", nil)
	id, err := peer.Decode(o.ID())
	if err != nil {
		t.Fatal(err)
	}
	data, err := query.EncodeQuery(ask(t, "bird", false, 1), 7, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*pspb.RPC{
		"author":       {Publish: []*pspb.Message{{Data: data, From: []byte(id)}}},
		"number":       {Publish: []*pspb.Message{{Data: data, Seqno: []byte("1")}}},
		"subscription": {Subscriptions: []*pspb.RPC_SubOpts{{}}, Publish: []*pspb.Message{{Data: data}}},
		"two messages": {Publish: []*pspb.Message{{Data: data}, {Data: data}}},
		"extra field":  {Publish: []*pspb.Message{{Data: protowire.AppendVarint(protowire.AppendTag(slices.Clone(data), 9, protowire.VarintType), 1)}}},
	} {
		rpc, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if tells(t, rpc, o) == nil {
			t.Errorf("%s passes", name)
		}
	}
}
