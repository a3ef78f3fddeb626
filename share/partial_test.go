package share

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"starling/share/content"
)

// sample is a file that tests move: bytes from a seed, their id and manifest.
type sample struct {
	data     []byte
	id       content.ID
	manifest *content.Manifest
}

func newSample(t testing.TB, sizeBytes int, seed byte) sample {
	t.Helper()
	data := make([]byte, sizeBytes)
	rand.NewChaCha8([32]byte{seed}).Read(data)
	id, m, err := content.Hash(bytes.NewReader(data), int64(sizeBytes))
	if err != nil {
		t.Fatal(err)
	}
	return sample{data, id, m}
}

func (s sample) group(g int) []byte {
	off, n := s.manifest.Span(g)
	return s.data[off : off+n]
}

func (s sample) options(t testing.TB) PartialOptions {
	dir := t.TempDir()
	return PartialOptions{Dir: dir, Name: "file.bin", ID: s.id, StateDir: filepath.Join(dir, "state")}
}

func openPartial(t testing.TB, o PartialOptions) *Partial {
	t.Helper()
	p, err := OpenPartial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func begin(t testing.TB, s sample, o PartialOptions) *Partial {
	t.Helper()
	p := openPartial(t, o)
	if err := p.SetManifest(context.Background(), s.manifest); err != nil {
		t.Fatal(err)
	}
	return p
}

func writeGroups(t testing.TB, p *Partial, s sample, groups ...int) {
	t.Helper()
	for _, g := range groups {
		if err := p.WriteGroup(g, s.group(g)); err != nil {
			t.Fatal(err)
		}
	}
}

func wantHave(t testing.TB, p *Partial, want ...int) {
	t.Helper()
	set := content.NewBitset(p.Have().Len())
	for _, g := range want {
		set.Set(g)
	}
	if have := p.Have(); !have.Equal(set) {
		t.Fatalf("holds %d groups of %d, want %v", have.Count(), have.Len(), want)
	}
}

func finish(t testing.TB, p *Partial, s sample, name string, onExists OnExists) string {
	t.Helper()
	path, err := p.Finish(context.Background(), name, onExists)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, s.data) {
		t.Fatalf("%s is not the file (%v)", path, err)
	}
	must(t, p.Forget())
	return path
}

const groupBytes = 256 << 10

func TestPartialWritesVerifiesAndFinishes(t *testing.T) {
	s := newSample(t, 3*groupBytes+1000, 1)
	o := s.options(t)
	p := begin(t, s, o)
	info, err := os.Stat(p.Path())
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != int64(len(s.data)) {
		t.Fatalf("the .part is %v, %v", info, err)
	}
	writeGroups(t, p, s, 3, 0)
	if err := p.WriteGroup(1, s.group(2)); !errors.Is(err, content.ErrBadGroup) {
		t.Fatalf("wrong bytes gave %v", err)
	}
	wantHave(t, p, 0, 3)
	if p.HaveBytes() != groupBytes+1000 {
		t.Fatalf("holds %d bytes", p.HaveBytes())
	}
	if _, err := p.Finish(context.Background(), "file.bin", ExistsRename); !errors.Is(err, ErrIncomplete) {
		t.Fatalf("finishing early gave %v", err)
	}
	g := s.group(1)
	if err := p.WriteGroup(1, g[:100], g[100:70_000], g[70_000:]); err != nil {
		t.Fatal(err)
	}
	writeGroups(t, p, s, 2, 2)
	path := finish(t, p, s, "file.bin", ExistsRename)
	if path != filepath.Join(o.Dir, "file.bin") || p.Path() != path {
		t.Fatalf("landed at %s", path)
	}
	wantOnly(t, o.Dir, "file.bin", "state")
	wantOnly(t, o.StateDir)
}

func wantOnly(t testing.TB, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, "|") != strings.Join(names, "|") {
		t.Fatalf("%s holds %q, want %q", dir, got, names)
	}
}

func TestPartialSmallestFiles(t *testing.T) {
	for _, size := range []int{0, 1, 1024, groupBytes, groupBytes + 1} {
		s := newSample(t, size, 2)
		p := begin(t, s, s.options(t))
		for g := range s.manifest.Groups() {
			writeGroups(t, p, s, g)
		}
		finish(t, p, s, "f", ExistsRename)
	}
}

func TestPartialReadAtGivesOnlyHeldBytes(t *testing.T) {
	s := newSample(t, 3*groupBytes, 3)
	p := begin(t, s, s.options(t))
	writeGroups(t, p, s, 1)
	buf := make([]byte, 1000)
	if _, err := p.ReadAt(buf, groupBytes+5); err != nil || !bytes.Equal(buf, s.data[groupBytes+5:][:1000]) {
		t.Fatalf("reading a held group: %v", err)
	}
	for _, off := range []int64{0, groupBytes - 1, 2*groupBytes - 999, 3*groupBytes - 500, -1, 1 << 62} {
		if _, err := p.ReadAt(buf, off); !errors.Is(err, ErrNotHeld) {
			t.Errorf("reading at %d gave %v", off, err)
		}
	}
}

func TestPartialRefusesWrongManifest(t *testing.T) {
	s, other := newSample(t, 2*groupBytes, 4), newSample(t, 2*groupBytes, 5)
	o := s.options(t)
	p := openPartial(t, o)
	if err := p.SetManifest(context.Background(), other.manifest); !errors.Is(err, content.ErrBadManifest) {
		t.Fatalf("another file's manifest gave %v", err)
	}
	if info, _ := os.Stat(p.Path()); info.Size() != 0 {
		t.Fatalf("the .part has %d bytes before the size is proven", info.Size())
	}
	if err := p.WriteGroup(0, s.group(0)); !errors.Is(err, ErrNoManifest) {
		t.Fatalf("writing without a manifest gave %v", err)
	}
}

func TestPartialKeepsWhatTheJournalMarks(t *testing.T) {
	s := newSample(t, 5*groupBytes, 6)
	o := s.options(t)
	p := begin(t, s, o)
	writeGroups(t, p, s, 4, 1)
	p.Close()
	if infos := Partials(o.StateDir); len(infos) != 1 || infos[0] != (PartialInfo{s.id, o.Dir, o.Name, int64(len(s.data))}) {
		t.Fatalf("journals tell of %+v", infos)
	}
	p = openPartial(t, o)
	wantHave(t, p, 1, 4)
	writeGroups(t, p, s, 0, 2, 3)
	finish(t, p, s, "file.bin", ExistsRename)
}

func TestPartialLocked(t *testing.T) {
	s := newSample(t, 2*groupBytes, 7)
	o := s.options(t)
	begin(t, s, o)
	second := o
	second.StateDir = t.TempDir()
	if _, err := OpenPartial(context.Background(), second); !errors.Is(err, ErrPartialLocked) {
		t.Fatalf("a second owner gave %v", err)
	}
}

func TestPartialDiscard(t *testing.T) {
	s := newSample(t, 2*groupBytes, 8)
	o := s.options(t)
	p := begin(t, s, o)
	writeGroups(t, p, s, 0)
	if err := p.Discard(); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, o.Dir, "state")
	wantOnly(t, o.StateDir)
	if err := p.WriteGroup(1, s.group(1)); !errors.Is(err, os.ErrClosed) {
		t.Fatalf("writing after the end gave %v", err)
	}
}

func TestFinishNeverReplacesUnlessTold(t *testing.T) {
	s := newSample(t, 1000, 9)
	dir, state := t.TempDir(), t.TempDir()
	ready := func() *Partial {
		p := begin(t, s, PartialOptions{Dir: dir, Name: "a.txt", ID: s.id, StateDir: state})
		writeGroups(t, p, s, 0)
		return p
	}
	theirs := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(theirs, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := ready()
	if path, err := p.Finish(context.Background(), "a.txt", ExistsSkip); !errors.Is(err, ErrExists) || path != theirs {
		t.Fatalf("skip gave %s, %v", path, err)
	}
	if path := finish(t, p, s, "a.txt", ExistsRename); filepath.Base(path) != "a (2).txt" {
		t.Fatalf("landed at %s", path)
	}
	if path := finish(t, ready(), s, "a.txt", ExistsRename); filepath.Base(path) != "a (3).txt" {
		t.Fatalf("landed at %s", path)
	}
	if b, _ := os.ReadFile(theirs); string(b) != "theirs" {
		t.Fatal("their file was replaced")
	}
	if path := finish(t, ready(), s, "a.txt", ExistsOverwrite); path != theirs {
		t.Fatalf("landed at %s", path)
	}
	if _, err := ready().Finish(context.Background(), "../a.txt", ExistsRename); err == nil {
		t.Fatal("a path was taken for a name")
	}
}

func TestGroupWriter(t *testing.T) {
	s := newSample(t, 3*groupBytes, 10)
	p := begin(t, s, s.options(t))
	w, err := p.Group(1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Group(1); !errors.Is(err, ErrGroupBusy) {
		t.Fatalf("a second writer of the group gave %v", err)
	}
	if err := p.WriteGroup(1, s.group(1)); !errors.Is(err, ErrGroupBusy) {
		t.Fatalf("writing beside a writer gave %v", err)
	}
	if _, err := io.Copy(w, bytes.NewReader(s.group(1))); err != nil {
		t.Fatal(err)
	}
	wantHave(t, p)
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	wantHave(t, p, 1)
	if w, err := p.Group(1); w != nil || err != nil {
		t.Fatalf("a held group gave %v, %v", w, err)
	}
	bad, err := p.Group(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Write(s.group(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Write([]byte{1}); !errors.Is(err, content.ErrBadGroup) {
		t.Fatalf("a byte too many gave %v", err)
	}
	if err := bad.Commit(); !errors.Is(err, content.ErrBadGroup) {
		t.Fatalf("wrong bytes gave %v", err)
	}
	wantHave(t, p, 1)
	writeGroups(t, p, s, 0, 2)
	finish(t, p, s, "f", ExistsRename)
}

// TestWritingAllocatesNothing holds the cost of a group to hashing and writing.
func TestWritingAllocatesNothing(t *testing.T) {
	s := newSample(t, 12*groupBytes, 11)
	p := begin(t, s, s.options(t))
	g := 0
	if n := testing.AllocsPerRun(10, func() { writeGroups(t, p, s, g); g++ }); n != 0 {
		t.Errorf("a group costs %v allocations", n)
	}
}
