package transfer

import (
	"errors"
	"sync"
	"time"

	"starling/share/content"
	"starling/transfer/pb"
)

// fake is a hand-made source. Without hooks it is an honest one that serves at
// once whatever it is asked for.
type fake struct {
	sample
	have     func(*pb.Have)                         // changes what it claims
	cvs      func([]byte) []byte                    // changes the manifest
	group    func(g int, data []byte) []byte        // changes a group's bytes
	data     func(*pb.Data)                         // changes a data message
	instead  func(c *conn, m *pb.Message) (ok bool) // does something else
	pieceMax int                                    // of raw bytes; 0: a block

	mu     sync.Mutex
	served map[int]int // groups sent
	hellos int
}

// serve is put on a network.
func (f *fake) serve(_ Source, s Stream) {
	defer s.Close()
	c := newConn(s)
	var m pb.Message
	for c.read(&m) == nil {
		if f.instead != nil && f.instead(c, &m) {
			continue
		}
		if f.answer(c, &m) != nil {
			return
		}
	}
}

func (f *fake) answer(c *conn, m *pb.Message) error {
	switch {
	case m.GetHello() != nil:
		f.mu.Lock()
		f.hellos++
		f.mu.Unlock()
		have := &pb.Have{SizeBytes: uint64(len(f.sample.data)), Whole: true}
		if f.have != nil {
			f.have(have)
		}
		return c.write(&pb.Message{Kind: &pb.Message_Have{Have: have}})
	case m.GetManifestRequest() != nil:
		cvs := f.manifest.AppendCVs(nil)
		if f.cvs != nil {
			cvs = f.cvs(cvs)
		}
		return errors.Join(c.write(&pb.Message{Kind: &pb.Message_Manifest{Manifest: &pb.Manifest{Length: uint32(len(cvs))}}}), c.writeRaw(cvs))
	case m.GetRange() != nil:
		groups, _ := groupsOf(m.GetRange().GetRuns(), content.LayoutOf(content.MaxSizeBytes))
		for _, g := range groups {
			if err := f.send(c, g); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fake) send(c *conn, g int) error {
	b := make([]byte, groupBytes)
	if g < f.manifest.Groups() {
		b = append([]byte(nil), f.sample.group(g)...)
	}
	if f.group != nil {
		b = f.group(g, b)
	}
	f.mu.Lock()
	if f.served == nil {
		f.served = make(map[int]int)
	}
	f.served[g]++
	f.mu.Unlock()
	piece := f.pieceMax
	if piece == 0 {
		piece = blockBytes
	}
	for off := 0; off == 0 || off < len(b); off += piece {
		d := &pb.Data{Group: uint32(g), Offset: uint64(off), Length: uint32(min(piece, len(b)-off))}
		n := d.GetLength()
		if f.data != nil {
			f.data(d)
		}
		if err := errors.Join(c.write(&pb.Message{Kind: &pb.Message_Data{Data: d}}), c.writeRaw(b[off:off+int(n)])); err != nil {
			return err
		}
	}
	return nil
}

// sent counts the groups it has sent, doubles included.
func (f *fake) sent() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, times := range f.served {
		n += times
	}
	return n
}

func (f *fake) times(g int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.served[g]
}

func (f *fake) greeted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hellos
}

// flip spoils one byte of a group.
func flip(g int, data []byte) []byte {
	if len(data) > 0 {
		data[len(data)/2] ^= 1
	}
	return data
}

// silence keeps the stream open and says nothing until the other side hangs up.
func silence(c *conn) {
	c.stream.SetReadDeadline(time.Time{})
	for {
		if _, err := c.in.ReadByte(); err != nil {
			return
		}
	}
}

// chatter keeps the stream alive without ever sending what was asked for.
func chatter(c *conn) {
	for c.write(keepAlive()) == nil {
		<-time.After(keepAliveEvery)
	}
}

// haveOnly makes a fake claim some groups only.
func haveOnly(s sample, groups content.Bitset) func(*conn, *pb.Message) bool {
	return func(c *conn, m *pb.Message) bool {
		if m.GetHello() == nil {
			return false
		}
		return c.write(haveMessage(s.manifest.Layout, groups)) == nil
	}
}

// onRange makes a fake do something else than send the first groups it is asked
// for, and nothing after that.
func onRange(do func(c *conn)) func(*conn, *pb.Message) bool {
	return func(c *conn, m *pb.Message) bool {
		if m.GetRange() == nil {
			return false
		}
		do(c)
		return true
	}
}

// trickle sends a byte of group g every so many milliseconds.
func trickle(c *conn, g int, everyMS int) {
	c.write(&pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: uint32(g), Length: groupBytes}}})
	for c.writeRaw([]byte{1}) == nil {
		<-time.After(time.Duration(everyMS) * time.Millisecond)
	}
}
