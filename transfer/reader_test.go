package transfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counted counts what its side of a stream reads.
type counted struct {
	Stream
	total *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Stream.Read(p)
	c.total.Add(int64(n))
	return n, err
}

// count counts all that diallers read from now on.
func (n *network) count() *atomic.Int64 {
	total := new(atomic.Int64)
	n.wrap = func(_, _ Source, s Stream) Stream { return counted{s, total} }
	return total
}

// slowly shares a sample from a node with an upload limit of so many bytes/s.
func slowly(n *network, name Source, s sample, bytesPerSec int64) *node {
	o := n.options(name)
	o.UpBytesPerSec = bytesPerSec
	p := n.start(name, o, nil)
	p.share(s)
	return p
}

func (p *node) open(ctx context.Context, q Request) *Reader {
	p.t.Helper()
	r, err := p.Open(ctx, q)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { r.Close() })
	return r
}

// readAll reads from the current place to the end and compares.
func readAll(t *testing.T, r *Reader, want []byte) {
	t.Helper()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %d bytes (%v), want %d", len(got), err, len(want))
	}
}

// cacheIsEmpty looks into the cache's folders.
func (p *node) cacheIsEmpty() bool {
	files := 0
	_ = filepath.WalkDir(cacheDir(p.o.StateDir), func(_ string, e os.DirEntry, _ error) error {
		if e != nil && !e.IsDir() {
			files++
		}
		return nil
	})
	return files == 0
}

// TestReadWhileItComes: the first bytes come with the first groups, a jump moves
// the play head, nothing is left in the end, and nothing lands anywhere.
func TestReadWhileItComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 80*groupBytes+321, 40)
		slowly(n, "a", s, 1<<20) // 20 s in all
		z := n.start("z", n.options("z"), nil)
		start := time.Now()
		r := z.open(t.Context(), Request{ID: s.id, Sources: []Source{"a"}, Name: "film.mkv"})
		head := make([]byte, 1000)
		if _, err := io.ReadFull(r, head); err != nil || !bytes.Equal(head, s.data[:1000]) {
			t.Fatalf("the head: %v", err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the first bytes came after %v, when %d were here", took, z.Downloads()[0].HaveBytes)
		}
		jump := time.Now()
		if _, err := r.Seek(-5*groupBytes, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		readAll(t, r, s.data[len(s.data)-5*groupBytes:])
		if took := time.Since(jump); took > 6*time.Second {
			t.Errorf("the end came %v after the jump", took)
		}
		if have := z.Downloads()[0]; !have.Cached || have.HaveBytes > 40*groupBytes {
			t.Errorf("read 5 groups of 80, have %+v", have)
		}
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		readAll(t, r, s.data)
		if entries, _ := os.ReadDir(z.dir); len(entries) > 0 || z.cacheIsEmpty() {
			t.Error("a file that is read landed in the download folder, or is not in the cache")
		}
		r.Close()
		time.Sleep(lingerMin + 2*time.Second)
		if len(z.Downloads()) > 0 || !z.cacheIsEmpty() {
			t.Errorf("a file nobody reads is kept: %+v", z.Downloads())
		}
	})
}

// TestReadOfNothingHeld: errors name the reason, and a reader's context and
// patience end its wait.
func TestReadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 10*groupBytes, 41)
		z := n.start("z", n.options("z"), nil)
		var failure *FailError
		if _, err := z.Open(t.Context(), Request{ID: s.id}); !errors.As(err, &failure) || failure.Kind != FailNotFound {
			t.Errorf("without a source: %v", err)
		}
		full := n.options("full")
		full.Slots, full.UpBytesPerSec = 1, limitMinBytes
		full.SlotTurn = time.Hour
		n.start("full", full, nil).share(s)
		other := n.start("other", n.options("other"), nil)
		if _, err := other.Get(Request{ID: s.id, Sources: []Source{"full"}}); err != nil {
			t.Fatal(err)
		}
		other.wait(s.id, func(st Status) bool { return st.State == Running })
		if _, err := z.Open(t.Context(), Request{ID: s.id, Sources: []Source{"full"}, Patience: time.Minute}); !errors.Is(err, ErrPatience) {
			t.Errorf("in a queue: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := z.Open(ctx, Request{ID: s.id, Sources: []Source{"full"}}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a context that ends: %v", err)
		}
	})
}

// TestReadWhatVanishes: the only source goes away in the middle; the reader hears
// of it, in minutes.
func TestReadWhatVanishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 40*groupBytes, 42)
		a := slowly(n, "a", s, 1<<20)
		z := n.start("z", n.options("z"), nil)
		r := z.open(t.Context(), Request{ID: s.id, Sources: []Source{"a"}})
		if _, err := io.ReadFull(r, make([]byte, groupBytes)); err != nil {
			t.Fatal(err)
		}
		a.stop()
		start := time.Now()
		_, err := io.ReadAll(r)
		var failure *FailError
		if !errors.As(err, &failure) || time.Since(start) > 5*time.Minute {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

// TestReadersOfOneFile: two readers at two places both go on; a get of the same
// file takes over what is there, and they read on from it.
func TestReadersOfOneFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		total := n.count()
		s := newSample(t, 60*groupBytes+5, 43)
		a := slowly(n, "a", s, 2<<20)
		z := n.start("z", n.options("z"), nil)
		q := Request{ID: s.id, Sources: []Source{"a"}, Name: "f"}
		first, second := z.open(t.Context(), q), z.open(t.Context(), q)
		if _, err := second.Seek(30*groupBytes, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 4*groupBytes)
		for at := range 2 {
			for _, r := range []*Reader{first, second} {
				if _, err := io.ReadFull(r, buffer); err != nil {
					t.Fatalf("part %d: %v", at, err)
				}
			}
		}
		if have := z.Downloads()[0].HaveBytes; have > 40*groupBytes {
			t.Errorf("16 groups are read, %d bytes are here", have)
		}
		q.Dir = filepath.Join(t.TempDir(), "kept")
		if _, err := z.Get(q); err != nil {
			t.Fatal(err)
		}
		readAll(t, first, s.data[8*groupBytes:])
		readAll(t, second, s.data[38*groupBytes:])
		got := z.wait(s.id, func(st Status) bool { return st.State.Final() })
		want(t, s, got)
		if filepath.Dir(got.Path) != q.Dir || got.Cached || !z.cacheIsEmpty() {
			t.Errorf("taken over: %+v, cache empty: %v", got, z.cacheIsEmpty())
		}
		if sent := total.Load(); sent > int64(len(s.data))+8*groupBytes {
			t.Errorf("the source sent %d bytes of %d", sent, len(s.data))
		}
		// What is finished is read from the disk.
		a.stop()
		readAll(t, z.open(t.Context(), Request{ID: s.id}), s.data)
	})
}

// TestReadOfADownload: a reader moves the order of an ordinary download, which
// stays when the reader goes, and can be read when its owner seeds nothing.
func TestReadOfADownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 40*groupBytes+5, 44)
		a := slowly(n, "a", s, 1<<20)
		o := n.options("z")
		o.NoSeed, o.ActiveMax = true, 1
		z := n.start("z", o, nil)
		busy := newSample(t, 40*groupBytes, 45)
		slowly(n, "b", busy, 1<<20)
		for _, q := range []Request{{ID: busy.id, Name: "b", Sources: []Source{"b"}}, {ID: s.id, Name: "f", Sources: []Source{"a"}}} {
			if _, err := z.Get(q); err != nil {
				t.Fatal(err)
			}
		}
		r := z.open(t.Context(), Request{ID: s.id}) // does not wait for its turn
		if _, err := r.Seek(30*groupBytes, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, groupBytes)); err != nil {
			t.Fatal(err)
		}
		if other := z.Downloads()[0]; other.State != Running {
			t.Errorf("the reader waited until the other download was %s", other.State)
		}
		if have := z.Downloads()[1]; have.HaveBytes > 12*groupBytes || have.Cached {
			t.Errorf("read one group of %d, have %+v", s.manifest.Groups(), have)
		}
		r.Close()
		got := z.wait(s.id, func(st Status) bool { return st.State.Final() })
		want(t, s, got)
		a.stop()
		finished := time.Now() // in this world, where the disk's clock is another
		if err := os.Chtimes(got.Path, finished, finished); err != nil {
			t.Fatal(err)
		}
		readAll(t, z.open(t.Context(), Request{ID: s.id}), s.data)
		if err := os.Chtimes(got.Path, finished, finished.Add(time.Hour)); err != nil { // somebody has written to it
			t.Fatal(err)
		}
		if _, err := z.Open(t.Context(), Request{ID: s.id}); err == nil {
			t.Error("read a file that was changed")
		}
	})
}

// TestIdleCacheRests: without a reader a cached download stops soon, goes on for
// the next one within its linger, and fetches nothing twice.
func TestIdleCacheRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		total := n.count()
		s := newSample(t, 80*groupBytes, 46)
		slowly(n, "a", s, 1<<20)
		z := n.start("z", n.options("z"), nil)
		q := Request{ID: s.id, Sources: []Source{"a"}, Linger: time.Hour}
		r := z.open(t.Context(), q)
		if _, err := io.ReadFull(r, make([]byte, groupBytes)); err != nil {
			t.Fatal(err)
		}
		r.Close()
		time.Sleep(30 * time.Minute)
		rest := z.Downloads()[0]
		if rest.State != Paused || rest.HaveBytes > 30*groupBytes {
			t.Errorf("nobody reads it: %+v", rest)
		}
		again := z.open(t.Context(), q)
		readAll(t, again, s.data)
		if sent := total.Load(); sent > int64(len(s.data))+8*groupBytes {
			t.Errorf("the source sent %d bytes of %d", sent, len(s.data))
		}
		again.Close()
		z.stop()
		if z = n.start("z", z.o, nil); !z.cacheIsEmpty() || len(z.Downloads()) > 0 {
			t.Error("the cache outlived its process")
		}
	})
}
