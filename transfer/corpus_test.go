package transfer

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"starling/share/wire"
	"starling/transfer/pb"
)

// malformed reads the corpus of malformed messages and stream openings beside the
// module, or skips.
func malformed(t *testing.T) map[string][]byte {
	t.Helper()
	dir := os.Getenv("STARLING_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "hostile", "malformed-protobuf-and-streams.tar.gz"))
	if err != nil {
		t.Skipf("the data folder is not here: %v", err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for archive := tar.NewReader(unzipped); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 400 {
		t.Fatalf("the corpus has %d files", len(files))
	}
	return files
}

// TestMalformedMessages decodes every malformed message as ours and as a value
// inside each kind of ours: no panic, and what is taken makes sense.
func TestMalformedMessages(t *testing.T) {
	for name, b := range malformed(t) {
		for kind := protowire.Number(0); kind <= 13; kind++ {
			wrapped := b
			if kind > 0 {
				wrapped = protowire.AppendBytes(protowire.AppendTag(nil, kind, protowire.BytesType), b)
			}
			var m pb.Message
			if len(wrapped) > frameMaxBytes || wire.Unmarshal(wrapped, &m, frameMaxElements) != nil {
				continue
			}
			if unfolded := proto.Size(&m); unfolded > 2*len(wrapped)+16 {
				t.Errorf("%s as %d: %d bytes unfold to %d", name, kind, len(wrapped), unfolded)
			}
			if m.GetHave() != nil {
				holdingOf(m.GetHave())
			}
			if m.GetHello() != nil {
				helloOf(m.GetHello())
			}
		}
	}
}

// TestMalformedStreams opens a stream with each file of the corpus, towards a
// serving node and from one that is fetched from. Every stream ends.
func TestMalformedStreams(t *testing.T) {
	files := malformed(t)
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 3*groupBytes, 1)
		a := n.start("a", n.options("a"), nil)
		a.share(s)
		ended := make(chan struct{})
		for _, b := range files {
			stream, err := n.dialAs("evil")(context.Background(), "a")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				stream.Write(b)
				io.Copy(io.Discard, stream)
				stream.Reset()
				ended <- struct{}{}
			}()
		}
		for range files {
			<-ended
		}
		z := n.start("z", n.options("z"), nil)
		for name, b := range files {
			n.serve(Source(name), raw(b).serve)
			if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{Source(name)}}); err != nil {
				t.Fatal(err)
			}
		}
		n.serve("late", (&fake{sample: s}).serve)
		if err := z.AddSources(s.id, "late"); err != nil {
			t.Fatal(err)
		}
		z.wait(s.id, func(st Status) bool { return st.State.Final() })
		want(t, s, z.get(Request{ID: s.id, Sources: []Source{"late", "a"}}))
	})
}
