package hostile

import (
	"bufio"
	"bytes"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"starling/query"
	"starling/share/content"
	"starling/share/wire"
	"starling/transfer/pb"
)

// blockBytes is the most raw bytes that follow one Data message.
const blockBytes = 256 << 10

// Source is content that a peer offers to those who fetch, and the lies it tells
// about it. The zero lies make it an honest source of Bytes.
type Source struct {
	// Bytes is the content.
	Bytes []byte
	// ID is what it is offered as. Zero: what Bytes really are.
	ID content.ID

	// Have changes the answer to a hello: sizes, groups held.
	Have func(*pb.Have)
	// Manifest changes the chaining values.
	Manifest func(cvs []byte) []byte
	// Group changes the bytes of a group before they are sent.
	Group func(g int, data []byte) []byte
	// Data changes the message in front of a group's bytes.
	Data func(*pb.Data)
	// Raw, if not nil, is written in place of the answer to a message, as it is;
	// if it returns nil the answer is the usual one.
	Raw func(m *pb.Message) []byte
	// Silent reports whether to stop answering for good, from this message on.
	Silent func(m *pb.Message) bool

	mu     sync.Mutex // guards all below
	manif  *content.Manifest
	asked  []int
	opened int
}

// Entry returns the entry of a hit for the content as it is offered.
func (s *Source) Entry(name string) query.Entry {
	layout := content.LayoutOf(int64(len(s.Bytes)))
	return query.Entry{Name: name, SizeBytes: layout.SizeBytes, ID: s.ID, HeldGroups: layout.Groups(), Groups: layout.Groups()}
}

// Asked returns the groups that were asked for, in order.
func (s *Source) Asked() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int(nil), s.asked...)
}

// Streams returns how many streams asked for the content.
func (s *Source) Streams() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Serve offers content from now on. Do not change s afterwards.
func (p *Peer) Serve(s *Source) error {
	id, manifest, err := content.Hash(bytes.NewReader(s.Bytes), int64(len(s.Bytes)))
	if err != nil {
		return err
	}
	if s.ID.IsZero() {
		s.ID = id
	}
	s.manif = manifest
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sources[s.ID.String()] = s
	return nil
}

// serving is one stream of one who fetches.
type serving struct {
	*Source
	stream network.Stream
}

// serve answers one transfer stream.
func (p *Peer) serve(stream network.Stream) {
	defer stream.Close()
	r := bufio.NewReader(stream)
	var s *serving
	for {
		frame, err := wire.ReadFrame(r, nil, frameMax)
		if err != nil {
			return
		}
		m := new(pb.Message)
		if wire.Unmarshal(frame, m, 1<<20) != nil {
			return
		}
		if hello := m.GetHello(); hello != nil && s == nil {
			if s = p.sourceOf(hello, stream); s == nil {
				_ = wire.WriteFrame(stream, &pb.Message{Kind: &pb.Message_Gone{Gone: &pb.Gone{Reason: "not here"}}})
				return
			}
		}
		if s == nil || !s.answer(m) {
			return
		}
	}
}

func (p *Peer) sourceOf(hello *pb.Hello, stream network.Stream) *serving {
	if len(hello.Id) != len(content.ID{}) {
		return nil
	}
	p.mu.Lock()
	s := p.sources[content.ID(hello.Id).String()]
	p.mu.Unlock()
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	return &serving{Source: s, stream: stream}
}

// answer does what one message asks; false ends the stream.
func (s *serving) answer(m *pb.Message) bool {
	if s.Silent != nil && s.Silent(m) {
		return s.wait()
	}
	if s.Raw != nil {
		if raw := s.Raw(m); raw != nil {
			return s.write(raw)
		}
	}
	switch {
	case m.GetHello() != nil:
		return s.send(&pb.Message{Kind: &pb.Message_Have{Have: s.have()}})
	case m.GetManifestRequest() != nil:
		return s.sendManifest()
	case m.GetRange() != nil:
		return s.sendRuns(m.GetRange().Runs)
	}
	return true
}

// wait says nothing more and returns when the other side gives up.
func (s *serving) wait() bool {
	s.stream.SetReadDeadline(time.Time{})
	for buf := make([]byte, 1<<10); ; {
		if _, err := s.stream.Read(buf); err != nil {
			return false
		}
	}
}

func (s *serving) have() *pb.Have {
	h := &pb.Have{SizeBytes: uint64(len(s.Bytes)), Whole: true}
	if s.Have != nil {
		s.Have(h)
	}
	return h
}

func (s *serving) sendManifest() bool {
	cvs := s.manif.AppendCVs(nil)
	if s.Manifest != nil {
		cvs = s.Manifest(cvs)
	}
	return s.send(&pb.Message{Kind: &pb.Message_Manifest{Manifest: &pb.Manifest{Length: uint32(len(cvs))}}}) && s.write(cvs)
}

// sendRuns sends the groups of pairs of first group and number.
func (s *serving) sendRuns(runs []uint32) bool {
	for i := 0; i+1 < len(runs); i += 2 {
		for g := int(runs[i]); g < int(runs[i]+runs[i+1]); g++ {
			if !s.sendGroup(g) {
				return false
			}
		}
	}
	return true
}

func (s *serving) sendGroup(g int) bool {
	s.mu.Lock()
	s.asked = append(s.asked, g)
	s.mu.Unlock()
	var data []byte
	if g < s.manif.Groups() {
		off, n := s.manif.Span(g)
		data = bytes.Clone(s.Bytes[off : off+n])
	}
	if s.Group != nil {
		data = s.Group(g, data)
	}
	for off := 0; off == 0 || off < len(data); off += blockBytes {
		piece := data[off:min(off+blockBytes, len(data))]
		header := &pb.Data{Group: uint32(g), Offset: uint64(off), Length: uint32(len(piece))}
		if s.Data != nil {
			s.Data(header)
		}
		if !s.send(&pb.Message{Kind: &pb.Message_Data{Data: header}}) || !s.write(piece) {
			return false
		}
	}
	return true
}

func (s *serving) send(m *pb.Message) bool {
	frame, err := wire.AppendFrame(nil, m)
	return err == nil && s.write(frame)
}

func (s *serving) write(b []byte) bool { return write(s.stream, b) == nil }
