package overlay_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"google.golang.org/protobuf/encoding/protowire"

	"starling/node/overlay"
	"starling/node/overlay/pb"
	"starling/query"
	"starling/share/wire"
	"starling/simulations/hostile"
)

// A hello must carry its sender's own record and a name of sane length.
func TestHellosThatMakeNoLink(t *testing.T) {
	o := startNode(t, "A", nil)
	p := newPeer(t, hostile.Options{})
	other := newPeer(t, hostile.Options{})
	if _, err := p.Connect(t.Context(), o.Addresses()[0]); err != nil {
		t.Fatal(err)
	}
	hello := func(change func(*pb.Hello)) []byte {
		m := p.Hello()
		change(m.GetHello())
		frame, err := wire.AppendFrame(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		return frame
	}
	for name, b := range map[string][]byte{
		"another's record": hello(func(h *pb.Hello) { h.Record = other.Record() }),
		"a forged record": hello(func(h *pb.Hello) {
			h.Record = hostile.Tampered(h.Record, func(b []byte) []byte { return append(b, 0x10, 1) })
		}),
		"a record for another domain": hello(func(h *pb.Hello) { h.Record = p.Sign(hostile.HitDomain, hostile.NodeCodec, nil) }),
		"no record":                   hello(func(h *pb.Hello) { h.Record = nil }),
		"a long name":                 hello(func(h *pb.Hello) { h.Agent = strings.Repeat("a", 65) }),
	} {
		s, err := p.Open(t.Context(), o.ID(), hostile.ProtocolMesh)
		if err != nil {
			t.Fatal(err)
		}
		if err := drip(s, b, nil); err != nil { // nil writes nothing: the hello stands
			t.Errorf("%s: %v", name, err)
		}
		if o.Handshakes() != 0 || o.Contacts() != 0 {
			t.Errorf("%s: %d links, %d contacts", name, o.Handshakes(), o.Contacts())
		}
		if name != "a long name" {
			if _, err := p.Shake(t.Context(), o.Addresses()[0]); err == nil || !strings.Contains(err.Error(), "410") {
				t.Errorf("%s: a good hello behind it: %v", name, err)
			}
			o.ForgiveAll()
		}
	}
	for name, b := range map[string][]byte{
		"a ping first":       frame(t, &pb.Mesh{Kind: &pb.Mesh_Ping{Ping: &pb.Ping{}}}),
		"an empty frame":     {0},
		"a frame of 1 GiB":   protowire.AppendVarint(nil, 1<<30),
		"a bomb of elements": protowire.AppendBytes(nil, bytes.Repeat([]byte{0x12, 0}, 10_000)),
		"noise":              []byte("GET / HTTP/1.1\r\nHost: starling\r\n\r\n"),
		"nothing":            nil,
	} {
		if out := p.Throw(t.Context(), o.ID(), hostile.ProtocolMesh, b, patience); !out.Ended {
			t.Errorf("%s: the stream stays: %+v", name, out)
		}
		if n := o.Handshakes(); n != 0 {
			t.Errorf("%s: %d links", name, n)
		}
	}
	shake(t, p, o)
}

func frame(t *testing.T, m *pb.Mesh) []byte {
	t.Helper()
	b, err := wire.AppendFrame(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Frames of a link that no node sends end it: broken ones at once, forged records
// at the third, pings by the thousand when they are over the rate.
func TestMeshFramesThatEndALink(t *testing.T) {
	o := startNode(t, "A", nil)
	forged := func() []byte {
		return hostile.Tampered(hostile.RecordOf(hostile.Key(), "/ip4/127.0.0.1/tcp/1"), func(b []byte) []byte {
			return append(b, 0x10, 1)
		})
	}
	pong := func(records ...[]byte) []byte {
		return frame(t, &pb.Mesh{Kind: &pb.Mesh_Pong{Pong: &pb.Pong{Candidates: records}}})
	}
	many := make([][]byte, 1000)
	tests := map[string]struct {
		send func(l *hostile.Link) error
		code uint32
	}{
		"a length of 2^63":         {raw(protowire.AppendVarint(nil, 1<<63)), 400},
		"a frame over 32 KiB":      {raw(protowire.AppendBytes(nil, make([]byte, 32<<10+1))), 400},
		"a bomb of elements":       {raw(protowire.AppendBytes(nil, bytes.Repeat([]byte{0x22, 0}, 16<<10))), 400},
		"noise":                    {raw(protowire.AppendBytes(nil, bytes.Repeat([]byte{0xff}, 64))), 400},
		"a pong of 1,000 records":  {raw(pong(many...)), 400},
		"three forged records":     {raw(pong(forged(), forged(), forged())), 400},
		"three records of nothing": {raw(pong(nil, nil, nil)), 400},
		"pings without end":        {raw(bytes.Repeat(frame(t, &pb.Mesh{Kind: &pb.Mesh_Ping{Ping: &pb.Ping{}}}), 1000)), 429},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := shake(t, newPeer(t, hostile.Options{}), o)
			if err := tt.send(l); err != nil {
				t.Fatal(err)
			}
			parted(t, l, tt.code)
		})
	}
	eventually(t, "no link is left", func() bool { return o.Handshakes() == 0 })
}

func raw(b []byte) func(l *hostile.Link) error {
	return func(l *hostile.Link) error { return l.RawMesh(b) }
}

// Frames of a hit stream that no node sends are strikes, or end the link when
// their length says enough.
func TestHitFramesThatEndALink(t *testing.T) {
	o := startNode(t, "A", nil)
	strike := func(b []byte) []byte { return bytes.Repeat(protowire.AppendBytes(nil, b), 3) }
	for name, b := range map[string][]byte{
		"a frame over 64 KiB": protowire.AppendBytes(nil, make([]byte, 64<<10+1)),
		"a length of 2^63":    protowire.AppendVarint(nil, 1<<63),
		"bombs of hits":       strike(bytes.Repeat([]byte{0x0a, 0}, 32<<10)),
		"bombs of echoes":     strike(bytes.Repeat([]byte{0x12, 0}, 32<<10)),
		"groups":              strike(bytes.Repeat([]byte{0x0b}, 1000)),
		"noise":               strike(bytes.Repeat([]byte{0xff}, 100)),
		"GUIDs of 15 bytes":   strike([]byte{0x0a, 17, 0x0a, 15, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}),
		"echoes of nothing":   strays(t, query.Message{Kind: query.KindEcho, Echo: &query.Echo{TTL: 1}}),
		"hits nobody wanted":  strays(t, hostile.Carry(query.GUID{1}, []byte("hits"))),
	} {
		t.Run(name, func(t *testing.T) {
			l := shake(t, newPeer(t, hostile.Options{}), o)
			l.RawHits(b) // the node may end it before all is written
			if name == "echoes of nothing" || name == "hits nobody wanted" {
				parted(t, l, 429)
			} else {
				parted(t, l, 400)
			}
		})
	}
}

// strays are 20,000 of a message in frames that fit.
func strays(t *testing.T, m query.Message) (out []byte) {
	b, err := query.EncodeFrame(slices.Repeat([]query.Message{m}, 500))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Repeat(b, 40)
}

// Who was parted from for what it did is no neighbour for a while, so that it
// does not come back with fresh budgets.
func TestMisbehaviourIsRemembered(t *testing.T) {
	o := startNode(t, "A", nil)
	p := newPeer(t, hostile.Options{})
	l := shake(t, p, o)
	if err := l.RawMesh([]byte{1, 0xff}); err != nil {
		t.Fatal(err)
	}
	parted(t, l, 400)
	eventually(t, "the link is gone", func() bool { return o.Handshakes() == 0 })
	if _, err := p.Shake(t.Context(), o.Addresses()[0]); !errors.Is(err, hostile.ErrRefused) || !strings.Contains(err.Error(), "410") {
		t.Errorf("back at once: %v", err)
	}
	o.ForgiveAll()
	l = shake(t, p, o)
	if err := l.Mesh(&pb.Mesh{Kind: &pb.Mesh_Bye{Bye: &pb.Bye{Code: 200, Reason: "see you"}}}); err != nil {
		t.Fatal(err)
	}
	<-l.Gone()
	eventually(t, "the link is gone", func() bool { return o.Handshakes() == 0 })
	shake(t, p, o) // leaving is no misbehaviour
}

// A record in a pong makes a contact of its signer, and of nobody else.
func TestPongsNameOnlySigners(t *testing.T) {
	o := startNode(t, "A", nil)
	l := shake(t, newPeer(t, hostile.Options{}), o)
	known := o.Contacts()
	keys := [3]crypto.PrivKey{hostile.Key(), hostile.Key(), hostile.Key()}
	const address = "/ip4/127.0.0.1/tcp/1"
	pong := &pb.Pong{Candidates: [][]byte{
		hostile.Tampered(hostile.RecordOf(keys[0], address), func([]byte) []byte { return hostile.RecordPayload("/ip4/192.0.2.1/tcp/80") }),
		hostile.Sign(keys[1], hostile.HitDomain, hostile.NodeCodec, hostile.RecordPayload(address)),
		hostile.RecordOf(keys[2], address),
	}}
	if err := l.Mesh(&pb.Mesh{Kind: &pb.Mesh_Pong{Pong: pong}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Ping(t.Context()); err != nil { // behind the pong; two strikes are forgiven
		t.Fatal(err)
	}
	for i, key := range keys {
		id, err := peer.IDFromPrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		_, err = o.OpenStream(t.Context(), id.String(), hostile.ProtocolTransfer)
		if signed := i == 2; signed == errors.Is(err, overlay.ErrUnknownNode) || signed != (o.Record(id.String()) != nil) {
			t.Errorf("candidate %d: %v", i, err)
		}
	}
	if n := o.Contacts(); n != known+1 {
		t.Errorf("%d contacts after %d and one signed", n, known)
	}
}

// What neighbours tell makes contacts of those who signed it; however many they
// tell of, the table keeps its cap and whoever worked.
func TestPongsFillNoTable(t *testing.T) {
	o, honest := startNode(t, "A", nil), startNode(t, "B", nil)
	connect(t, honest, o)
	const liars, pongs = 3, 36
	var told []crypto.PrivKey
	for range liars {
		l := shake(t, newPeer(t, hostile.Options{}), o)
		for range pongs {
			pong := &pb.Pong{}
			for range 10 {
				key := hostile.Key()
				told = append(told, key)
				pong.Candidates = append(pong.Candidates, hostile.RecordOf(key, "/ip4/127.0.0.1/tcp/1"))
			}
			if err := l.Mesh(&pb.Mesh{Kind: &pb.Mesh_Pong{Pong: pong}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Ping(t.Context()); err != nil { // behind all pongs
			t.Fatal(err)
		}
	}
	if n := o.Contacts(); n != overlay.ContactsMax {
		t.Errorf("%d contacts after %d were told, want %d", n, len(told), overlay.ContactsMax)
	}
	if o.Record(honest.ID()) == nil {
		t.Error("the neighbour was forgotten for those nobody ever saw")
	}
	last, err := peer.IDFromPrivateKey(told[len(told)-1])
	if err != nil {
		t.Fatal(err)
	}
	if o.Record(last.String()) == nil {
		t.Error("what a node signed itself is not believed")
	}
}

// A stream that sends its hello byte by byte, or a link that pings and is never
// ready, is given up, and nothing of either stays.
func TestSlowHandshakesAreGivenUp(t *testing.T) {
	o := startNode(t, "A", nil)
	shake(t, newPeer(t, hostile.Options{OnQuery: echoing}), o)
	ping := frame(t, &pb.Mesh{Kind: &pb.Mesh_Ping{Ping: &pb.Ping{}}})
	ends := make(chan error)
	const peers = 8
	for range peers {
		p := newPeer(t, hostile.Options{})
		if _, err := p.Connect(t.Context(), o.Addresses()[0]); err != nil {
			t.Fatal(err)
		}
		for _, slow := range [][2][]byte{
			{{0xff}, {1}}, {protowire.AppendVarint(nil, 30_000), {1}}, {frame(t, p.Hello()), ping},
		} {
			s, err := p.Open(t.Context(), o.ID(), hostile.ProtocolMesh)
			if err != nil {
				t.Fatal(err)
			}
			go func() { ends <- drip(s, slow[0], slow[1]) }()
		}
	}
	eventually(t, "all are half in", func() bool { return o.Handshakes() == 1+peers })
	for range 3 * peers {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
	eventually(t, "the half links are gone", func() bool { return o.Handshakes() == 1 })
	if r := search(t, o, query.Spec{}); r.receipt.Stopped != query.Finished {
		t.Errorf("the node's search: %+v", r.receipt)
	}
}

// drip writes first, then next twice a second, until the node ends the stream.
func drip(s network.Stream, first, next []byte) error {
	defer s.Reset()
	done := make(chan struct{})
	defer close(done)
	go func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for b := first; ; b = next {
			if _, err := s.Write(b); err != nil {
				return
			}
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	s.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, s); err != nil && strings.Contains(err.Error(), "deadline") {
		return fmt.Errorf("the node holds a slow stream: %w", err)
	}
	return nil
}
