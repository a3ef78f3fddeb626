package node_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"starling/config"
	"starling/share/wire"
	"starling/simulations/hostile"
	"starling/transfer/pb"
)

// lies are sources that say of a file what it is not. other is a file of the same
// size.
func lies(song, other []byte) map[string]*hostile.Source {
	sized := func(n uint64) *hostile.Source {
		return &hostile.Source{Have: func(h *pb.Have) { h.SizeBytes = n }}
	}
	return map[string]*hostile.Source{
		"a byte more":           sized(songBytes + 1),
		"a byte less":           sized(songBytes - 1),
		"no size":               sized(0),
		"one group":             sized(1 << 18),
		"the largest file":      sized(1 << 50),
		"2^63 bytes":            sized(1 << 63),
		"2^64 - 1 bytes":        sized(1<<64 - 1),
		"a bitmap too long":     {Have: func(h *pb.Have) { h.Whole, h.Groups = false, make([]byte, 4096) }},
		"a bitmap too short":    {Have: func(h *pb.Have) { h.Whole, h.Groups = false, []byte{1} }},
		"bits beyond the end":   {Have: func(h *pb.Have) { h.Whole, h.Groups = false, bytes.Repeat([]byte{0xff}, 2) }},
		"another file":          {Bytes: other},
		"a manifest of nothing": {Manifest: func([]byte) []byte { return nil }},
		"a manifest of noise":   {Manifest: func(cvs []byte) []byte { return noise(len(cvs), 9) }},
		"a manifest too long":   {Manifest: func(cvs []byte) []byte { return append(cvs, cvs...) }},
		"a manifest with one bit": {Manifest: func(cvs []byte) []byte {
			cvs[len(cvs)/2] ^= 1
			return cvs
		}},
	}
}

// junk are sources that do not keep to the protocol. None of them may hold up a
// download that another can serve.
func junk(t *testing.T) map[string]*hostile.Source {
	answering := func(raw []byte) *hostile.Source {
		return &hostile.Source{Raw: func(*pb.Message) []byte { return raw }}
	}
	afterHave := func(raw []byte) *hostile.Source {
		return &hostile.Source{Raw: func(m *pb.Message) []byte {
			if m.GetHello() != nil {
				return nil
			}
			return raw
		}}
	}
	return map[string]*hostile.Source{
		"noise":               answering(protowire.AppendBytes(nil, bytes.Repeat([]byte{0xff}, 100))),
		"another protocol":    answering([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
		"a frame of 1 GiB":    answering(protowire.AppendVarint(nil, 1<<30)),
		"a frame of 2^63":     answering(protowire.AppendVarint(nil, 1<<63)),
		"a bomb of elements":  answering(protowire.AppendBytes(nil, bytes.Repeat([]byte{0x62, 0}, 4000))),
		"our own greeting":    answering(frameOf(t, &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: make([]byte, 32)}}})),
		"gone, rudely":        answering(frameOf(t, &pb.Message{Kind: &pb.Message_Gone{Gone: &pb.Gone{Reason: "\x1b]0;owned\a\x1b[2J" + strings.Repeat("x", 5000)}}})),
		"data unasked":        answering(append(frameOf(t, &pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: 1, Length: 4}}}), 1, 2, 3, 4)),
		"noise later":         afterHave(bytes.Repeat([]byte{0xff}, 1000)),
		"data of no group":    afterHave(frameOf(t, &pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: 1 << 31, Length: 1 << 31}}})),
		"data far off":        afterHave(frameOf(t, &pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Offset: 1 << 63, Length: 1}}})),
		"runs of all":         afterHave(frameOf(t, &pb.Message{Kind: &pb.Message_HaveUpdate{HaveUpdate: &pb.HaveUpdate{Runs: []uint32{0, 1<<32 - 1}}}})),
		"a queue without end": afterHave(frameOf(t, &pb.Message{Kind: &pb.Message_Busy{Busy: &pb.Busy{Position: 1<<32 - 1, EtaMs: 1<<64 - 1}}})),
		"silence":             {Silent: func(*pb.Message) bool { return true }},
		"silence after Have":  {Silent: func(m *pb.Message) bool { return m.GetHello() == nil }},
	}
}

func frameOf(t *testing.T, m *pb.Message) []byte {
	t.Helper()
	b, err := wire.AppendFrame(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJunkHoldsNobodyUp(t *testing.T) {
	song := noise(songBytes, 4)
	honest := holding(t, songName, song, func(c *config.Config) { c.Transfer.UpBytesPerSec = 2 << 20 })
	w := startWhole(t, nil)
	w.connect(honest.status.Addresses[0])
	sources := junk(t)
	for _, s := range sources {
		s.Bytes = song
		w.connect(offering(t, songName, s).Address())
	}
	w.find("song", 1+len(sources))
	d := w.fetch("1", nil)
	w.fetched(d, song)
	if s := sourceOf(d, honest.status.ID); s.Bytes != songBytes {
		t.Errorf("the honest source: %+v", s)
	}
	asked := 0
	for _, s := range sources {
		asked += min(s.Streams(), 1)
	}
	if asked < len(sources)/2 {
		t.Errorf("only %d of %d were asked", asked, len(sources))
	}
	for _, s := range d.Sources {
		if !plain(s.Reason) || len(s.Reason) > 500 {
			t.Errorf("a reason for a screen: %q", s.Reason)
		}
	}
}

// A source may tell of others by their signed records only: nobody is dialled
// for the rest, and a record says nothing about anyone but its signer.
func TestSourcesNameNoThirdParty(t *testing.T) {
	victim, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	dialled := make(chan struct{}, 1)
	go func() {
		if c, err := victim.Accept(); err == nil {
			c.Close()
			dialled <- struct{}{}
		}
	}()
	address := fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", victim.Addr().(*net.TCPAddr).Port)
	song := noise(songBytes, 5)
	honest := holding(t, songName, song, nil)
	told := &pb.Sources{}
	for range 5 {
		told.Records = append(told.Records, hostile.Tampered(hostile.RecordOf(hostile.Key(), "/ip4/127.0.0.1/tcp/1"), func([]byte) []byte {
			return hostile.RecordPayload(address)
		}))
	}
	told.Records = append(told.Records, []byte(address), nil, bytes.Repeat([]byte{0xff}, 2000))
	liar := &hostile.Source{Bytes: song, Raw: func(m *pb.Message) []byte {
		if m.GetHello() == nil {
			return nil
		}
		return append(frameOf(t, &pb.Message{Kind: &pb.Message_Have{Have: &pb.Have{SizeBytes: songBytes, Whole: true}}}),
			frameOf(t, &pb.Message{Kind: &pb.Message_Sources{Sources: told}})...)
	}}
	w := startWhole(t, nil)
	w.connect(honest.status.Addresses[0])
	p := offering(t, songName, liar)
	w.connect(p.Address())
	w.find("song", 2)
	d := w.fetch("1", nil)
	w.fetched(d, song)
	if len(d.Sources) != 2 {
		t.Errorf("sources: %+v", d.Sources)
	}
	if liar.Streams() == 0 {
		t.Error("the liar was not asked")
	}
	select {
	case <-dialled:
		t.Error("the victim was dialled")
	default:
	}
}
