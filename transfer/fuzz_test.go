package transfer

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"starling/share/wire"
	"starling/transfer/pb"
)

// deadStream reads given bytes, then ends; what is written to it is lost.
type deadStream struct{ io.Reader }

func (deadStream) Write(p []byte) (int, error)      { return len(p), nil }
func (deadStream) CloseWrite() error                { return nil }
func (deadStream) Close() error                     { return nil }
func (deadStream) Reset() error                     { return nil }
func (deadStream) SetReadDeadline(time.Time) error  { return nil }
func (deadStream) SetWriteDeadline(time.Time) error { return nil }

// frames joins messages, and raw bytes between them, into a stream.
func frames(f *testing.F, parts ...any) (b []byte) {
	for _, part := range parts {
		switch part := part.(type) {
		case []byte:
			b = append(b, part...)
		case *pb.Message:
			var err error
			if b, err = wire.AppendFrame(b, part); err != nil {
				f.Fatal(err)
			}
		}
	}
	return b
}

// FuzzUpload feeds a stream of bytes to the serving side.
func FuzzUpload(f *testing.F) {
	s := newSample(f, 2*groupBytes+100, 1)
	lib := newLibrary(f)
	path := filepath.Join(f.TempDir(), "file")
	if err := os.WriteFile(path, s.data, 0o600); err != nil {
		f.Fatal(err)
	}
	if _, err := lib.Adopt(path, s.manifest, s.id, true); err != nil {
		f.Fatal(err)
	}
	x, err := newExchange(Options{StateDir: f.TempDir(), Dir: f.TempDir()}, lib, nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { x.Close() })
	hello := &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: s.id[:], Serves: true}}}
	f.Add(frames(f, hello, &pb.Message{Kind: &pb.Message_Range{Range: &pb.Range{Runs: []uint32{0, 3}}}},
		&pb.Message{Kind: &pb.Message_Cancel{Cancel: &pb.Cancel{Runs: []uint32{1, 1}}}}))
	f.Add(frames(f, hello, &pb.Message{Kind: &pb.Message_ManifestRequest{ManifestRequest: &pb.ManifestRequest{}}},
		sourcesMessage(plainDirectory{}, []Source{"a", "b"}), keepAlive()))
	f.Fuzz(func(t *testing.T, b []byte) {
		x.ServeStream(context.Background(), "fuzz", deadStream{bytes.NewReader(b)})
		if ups := x.Uploads(); len(ups) != 0 || len(x.uploads.queue.serving)+len(x.uploads.queue.waiting) != 0 {
			t.Fatalf("uploads are left: %+v", ups)
		}
	})
}

// FuzzSession feeds a stream of bytes to the fetching side, which has asked for
// the manifest and every group.
func FuzzSession(f *testing.F) {
	s := newSample(f, 2*groupBytes+1500, 2)
	have := haveMessage(s.manifest.Layout, fullSet(3))
	data := func(g, off, n int) *pb.Message {
		return &pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: uint32(g), Offset: uint64(off), Length: uint32(n)}}}
	}
	cvs := s.manifest.AppendCVs(nil)
	f.Add(frames(f, have, &pb.Message{Kind: &pb.Message_Manifest{Manifest: &pb.Manifest{Length: uint32(len(cvs))}}}, cvs))
	f.Add(frames(f, have, data(2, 0, 1500), s.group(2)))
	f.Add(frames(f, have, data(2, 0, 1024), s.group(2)[:1024], data(2, 1024, 476), s.group(2)[1024:]))
	f.Add(frames(f, have, &pb.Message{Kind: &pb.Message_Busy{Busy: &pb.Busy{Position: 1}}}, &pb.Message{Kind: &pb.Message_Busy{Busy: &pb.Busy{}}}))
	f.Add(frames(f, have, &pb.Message{Kind: &pb.Message_Gone{Gone: &pb.Gone{Reason: "\x1b"}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		events := make(chan any, 1000)
		room := newMemory(memoryDefault)
		fetch := &fetcher{id: s.id, memory: room, events: events, directory: plainDirectory{}, wholeMax: wholeGroupBytes, lane: unlimited}
		session, _, err := openSession(fetch, deadStream{bytes.NewReader(b)}, 0, true)
		if err != nil {
			return
		}
		if session.layout == s.manifest.Layout {
			session.askManifest()
			session.ask([]int{0, 1, 2}, s.manifest)
		}
		if err := session.run(context.Background()); err == nil {
			t.Fatal("a stream ended without a word")
		}
		close(events)
		for event := range events {
			if e, ok := event.(sizeProven); ok {
				if !bytes.Equal(bytes.Join(e.pieces, nil), s.group(e.group)) {
					t.Fatalf("group %d was taken for proven", e.group)
				}
				room.free(e.blocks, e.reserved)
			}
		}
		if !room.room.TryAcquire(memoryDefault) {
			t.Fatal("memory was not given back")
		}
	})
}
