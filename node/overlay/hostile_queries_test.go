package overlay_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	pspb "github.com/libp2p/go-libp2p-pubsub/pb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"starling/query"
	"starling/query/pb"
	"starling/simulations/hostile"
)

// published is an RPC with one message.
func published(data []byte, change func(*pspb.Message)) *pspb.RPC {
	m := &pspb.Message{Data: data, Topic: proto.String(hostile.Topic)}
	if change != nil {
		change(m)
	}
	return &pspb.RPC{Publish: []*pspb.Message{m}}
}

func encoded(m proto.Message) []byte {
	raw, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return raw
}

// asked is a copy whose body is changed.
func asked(change func(*pb.Query, *pb.Body)) []byte {
	q, b := &pb.Query{Ttl: 3}, &pb.Body{Nonce: make([]byte, 16), Expression: "bird"}
	change(q, b)
	if q.Body == nil {
		q.Body = encoded(b)
	}
	return encoded(q)
}

// malformed are RPCs that no node sends. Each is one strike, at least.
var malformed = map[string]*pspb.RPC{
	"no data":                 published(nil, nil),
	"noise":                   published([]byte("GNUTELLA CONNECT/0.6\r\n\r\n"), nil),
	"TTL 0":                   published(asked(func(q *pb.Query, _ *pb.Body) { q.Ttl = 0 }), nil),
	"TTL 256":                 published(asked(func(q *pb.Query, _ *pb.Body) { q.Ttl = 256 }), nil),
	"hops 256":                published(asked(func(q *pb.Query, _ *pb.Body) { q.Hops = 256 }), nil),
	"a body that is none":     published(asked(func(q *pb.Query, _ *pb.Body) { q.Body = []byte{0xff} }), nil),
	"no nonce":                published(asked(func(_ *pb.Query, b *pb.Body) { b.Nonce = nil }), nil),
	"a nonce of 15 bytes":     published(asked(func(_ *pb.Query, b *pb.Body) { b.Nonce = b.Nonce[1:] }), nil),
	"no expression":           published(asked(func(_ *pb.Query, b *pb.Body) { b.Expression = "" }), nil),
	"only exclusions":         published(asked(func(_ *pb.Query, b *pb.Body) { b.Expression = "-bird" }), nil),
	"a long expression":       published(asked(func(_ *pb.Query, b *pb.Body) { b.Expression = strings.Repeat("b", 257) }), nil),
	"513 bytes":               published(asked(func(q *pb.Query, _ *pb.Body) { q.Body = make([]byte, 513) }), nil),
	"a group":                 published([]byte{0x0b, 0x0c}, nil),
	"a bomb of elements":      published(bytes.Repeat([]byte{0x1a, 0}, 250), nil),
	"another topic":           published(asked(func(*pb.Query, *pb.Body) {}), func(m *pspb.Message) { m.Topic = proto.String("news") }),
	"no topic":                published(asked(func(*pb.Query, *pb.Body) {}), func(m *pspb.Message) { m.Topic = nil }),
	"an author":               published(asked(func(*pb.Query, *pb.Body) {}), func(m *pspb.Message) { m.From = []byte("someone") }),
	"a sequence number":       published(asked(func(*pb.Query, *pb.Body) {}), func(m *pspb.Message) { m.Seqno = []byte{1} }),
	"a key":                   published(asked(func(*pb.Query, *pb.Body) {}), func(m *pspb.Message) { m.Key = []byte("key") }),
	"a signature":             published(asked(func(*pb.Query, *pb.Body) {}), func(m *pspb.Message) { m.Signature = []byte("signed") }),
	"nine messages in an RPC": {Publish: slices.Repeat(published(asked(func(_ *pb.Query, b *pb.Body) { b.Expression = "nine" }), nil).Publish, 9)},
}

// Two malformed messages are forgiven, the third ends the link, and none of them
// goes any further.
func TestThreeMalformedQueriesPartUs(t *testing.T) {
	o := startNode(t, "A", nil)
	watcher := newPeer(t, hostile.Options{OnQuery: echoing})
	watching := shake(t, watcher, o)
	for name, rpc := range malformed {
		before := o.Drops()["malformed"]
		l := shake(t, newPeer(t, hostile.Options{}), o)
		for strike := 1; strike <= 3; strike++ {
			if err := l.RPC(rpc); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			eventually(t, name+" is counted", func() bool { return o.Drops()["malformed"] >= before+strike })
			if strike == 2 {
				if err := l.Ping(t.Context()); err != nil {
					t.Errorf("%s: parted after two: %v", name, err)
				}
			}
		}
		parted(t, l, 400)
	}
	if r := search(t, o, query.Spec{}); r.receipt.Stopped != query.Finished {
		t.Errorf("the node's own search: %+v", r.receipt)
	}
	for _, c := range watching.Received().Queries() {
		if c.Hops > 0 && c.Query.Expr.String() != "nine" {
			t.Errorf("%q was forwarded", c.Query.Expr)
		}
	}
}

// flooding makes distinct queries for "flood".
func flooding(t *testing.T) func(i int) *pspb.RPC {
	return func(i int) *pspb.RPC {
		data, err := query.EncodeQuery(ask(t, "flood", false, i), 7, 0)
		if err != nil {
			t.Error(err)
		}
		return published(data, nil)
	}
}

// A neighbour that floods gets its budget, a bye and, when it goes on, the end of
// its connection; the searches of others are not touched.
func TestFloodingNeighbourIsCut(t *testing.T) {
	o, honest := startNode(t, "A", nil), startNode(t, "B", nil)
	connect(t, honest, o)
	watching := shake(t, newPeer(t, hostile.Options{OnQuery: echoing}), o)
	flooder := newPeer(t, hostile.Options{})
	l := shake(t, flooder, o)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	started := time.Now()
	type outcome struct {
		sent int
		err  error
	}
	flood := make(chan outcome, 1)
	go func() {
		n, err := l.Flood(ctx, 0, flooding(t))
		flood <- outcome{n, err}
	}()
	for i := range 5 {
		if r := search(t, honest, query.Spec{}); len(r.names[o.ID()]) != 1 || r.receipt.Stopped != query.Finished {
			t.Errorf("search %d beside the flood: %v, %+v", i, r.names, r.receipt)
		}
	}
	parted(t, l, 429)
	end := <-flood
	if end.err == nil || flooder.Connected(o.ID()) {
		t.Errorf("%d queries sent and still connected", end.sent)
	}
	forwarded := 0
	for _, c := range watching.Received().Queries() {
		if c.Query.Expr.String() == "flood" {
			forwarded++
		}
	}
	// A burst, what three links left unused of theirs, and what the time earned.
	if most := 40 + 3*40 + int(3*20*time.Since(started).Seconds()) + 1; forwarded > most || forwarded < 40 {
		t.Errorf("%d of %d queries forwarded, at most %d may be", forwarded, end.sent, most)
	}
	if d := o.Drops(); d["rate-limited"] < 400 {
		t.Errorf("drops %v", d)
	}
	t.Logf("%d sent, %d forwarded, drops %v, %v", end.sent, forwarded, o.Drops(), time.Since(started))
}

// Queries over a connection that is no link go nowhere.
func TestStrangersQueriesAreDropped(t *testing.T) {
	o := startNode(t, "A", nil)
	watching := shake(t, newPeer(t, hostile.Options{OnQuery: echoing}), o)
	stranger := newPeer(t, hostile.Options{})
	if _, err := stranger.Connect(t.Context(), o.Addresses()[0]); err != nil {
		t.Fatal(err)
	}
	var b []byte
	for i := range 5 {
		b = protowire.AppendBytes(b, encoded(flooding(t)(i)))
	}
	if out := stranger.Throw(t.Context(), o.ID(), hostile.ProtocolQuery, b, patience); out.Wrote != len(b) || !out.Ended {
		t.Fatalf("%+v", out)
	}
	eventually(t, "all five are counted", func() bool { return o.Drops()["not-a-link"] == 5 })
	search(t, o, query.Spec{}) // arrives after anything forwarded before it
	if got := watching.Received().Queries(); len(got) != 1 || got[0].Hops != 0 {
		t.Errorf("%d queries came through", len(got)-1)
	}
	if len(stranger.Received(o.ID()).Queries()) != 0 {
		t.Error("a stranger was asked")
	}
}

// An RPC longer than 4 KiB costs the sender its stream before it is read, a
// broken one as soon as it is.
func TestOversizedAndBrokenRPCs(t *testing.T) {
	o := startNode(t, "A", nil)
	p := newPeer(t, hostile.Options{OnQuery: echoing})
	l := shake(t, p, o)
	for name, b := range map[string][]byte{
		"just over 4 KiB":     protowire.AppendBytes(nil, encoded(published(make([]byte, 4<<10), nil))),
		"a length of 2^62":    protowire.AppendVarint(nil, 1<<62),
		"a length of 4 GiB":   protowire.AppendVarint(nil, 1<<32),
		"an endless length":   bytes.Repeat([]byte{0xff}, 20),
		"noise":               protowire.AppendBytes(nil, bytes.Repeat([]byte{0xff}, 100)),
		"nested groups":       protowire.AppendBytes(nil, bytes.Repeat([]byte{0x0b}, 4000)),
		"a field of 4 GiB":    protowire.AppendBytes(nil, []byte{0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 1}),
		"messages of nothing": protowire.AppendBytes(nil, bytes.Repeat([]byte{0x12, 0}, 2048)),
	} {
		s, err := p.Open(t.Context(), o.ID(), hostile.ProtocolQuery)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write(b); err != nil {
			t.Fatal(err)
		}
		if name == "messages of nothing" { // small enough to be read: strikes
			parted(t, l, 400)
			s.Reset()
			continue
		}
		s.SetReadDeadline(time.Now().Add(patience))
		if _, err := s.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "deadline") {
			t.Errorf("%s: the stream stays: %v", name, err)
		}
		s.Reset()
	}
	if !p.Connected(o.ID()) {
		t.Error("the connection is gone") // it may carry a transfer
	}
	shake(t, newPeer(t, hostile.Options{OnQuery: echoing}), o)
	if r := search(t, o, query.Spec{}); r.receipt.Stopped != query.Finished {
		t.Errorf("the node's search afterwards: %+v", r.receipt)
	}
}

// A neighbour that offers 270,000 topics leaves nothing behind.
func TestTopicsCostNoMemory(t *testing.T) {
	o := startNode(t, "A", nil)
	for _, perRPC := range []int{1, 4, 200} {
		p := newPeer(t, hostile.Options{OnQuery: echoing})
		l := shake(t, p, o)
		before := heap()
		err := l.Subscribe(270_000, perRPC)
		grown := int(heap()) - int(before)
		if grown > 2<<20 {
			t.Errorf("%d in an RPC: the heap grew by %d bytes", perRPC, grown)
		}
		eventually(t, fmt.Sprintf("the connection is cut, %d in an RPC", perRPC), func() bool { return !p.Connected(o.ID()) })
		t.Logf("%d in an RPC: the heap grew by %d bytes, %v", perRPC, grown, err)
	}
	shake(t, newPeer(t, hostile.Options{OnQuery: echoing}), o)
	if r := search(t, o, query.Spec{}); r.receipt.Stopped != query.Finished {
		t.Errorf("the node's search afterwards: %+v", r.receipt)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
