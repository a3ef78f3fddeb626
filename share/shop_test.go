package share

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lukechampine.com/blake3"

	"starling/share/content"
)

// A shop is a library that runs, and a folder it shares.
type shop struct {
	testing.TB
	*Library
	state, dir string
	stop       func()
}

// openShop runs a library on the state folder until the test ends or close.
func openShop(t testing.TB, state, dir string) *shop {
	t.Helper()
	return runShop(t, Options{Dir: state, RescanEvery: time.Hour, QuietTime: -1, WatchFolders: -1}, dir)
}

func runShop(t testing.TB, o Options, dir string) *shop {
	t.Helper()
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	s := &shop{TB: t, Library: l, state: o.Dir, dir: dir}
	s.stop = func() {
		cancel()
		if err := errors.Join(<-ended, l.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
		s.stop = func() {}
	}
	t.Cleanup(func() { s.stop() })
	waitFor(t, "Run to begin", func() bool { return l.tells.Load() != nil })
	return s
}

// newShop shares a fresh folder called Music with these files in it.
func newShop(t testing.TB, files map[string]string) *shop {
	t.Helper()
	s := openShop(t, t.TempDir(), filepath.Join(realDir(t), "Music"))
	must(t, os.Mkdir(s.dir, 0o755))
	s.write(files)
	if _, err := s.AddRoot(context.Background(), s.dir); err != nil {
		t.Fatal(err)
	}
	s.rescan()
	return s
}

func realDir(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reopen ends the library and starts it again on the same state.
func (s *shop) reopen() *shop {
	s.Helper()
	s.stop()
	again := openShop(s.TB, s.state, s.dir)
	again.rescan()
	return again
}

func (s *shop) rescan() {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	must(s, s.Library.Rescan(ctx))
}

// write makes files with mtimes in the past, so that none has to settle.
func (s *shop) write(files map[string]string) {
	s.Helper()
	for name, data := range files {
		path := filepath.Join(s.dir, name)
		must(s, os.MkdirAll(filepath.Dir(path), 0o755))
		must(s, os.WriteFile(path, []byte(data), 0o644))
		past(s, path)
	}
}

func past(t testing.TB, path string) {
	t.Helper()
	when := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(path, when, when))
}

func (s *shop) paths(query string) []string {
	s.Helper()
	return filePaths(s.Search(mustParse(s, query), 1000))
}

func filePaths(files []File) (paths []string) {
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	slices.Sort(paths)
	return paths
}

func (s *shop) expect(query string, want ...string) {
	s.Helper()
	if got := s.paths(query); !slices.Equal(got, want) {
		s.Errorf("%s finds %q, want %q", query, got, want)
	}
}

func (s *shop) read(id content.ID) string {
	s.Helper()
	h, err := s.Open(id)
	if err != nil {
		s.Errorf("open %s: %v", id.Short(), err)
		return ""
	}
	defer h.Close()
	b, err := io.ReadAll(io.NewSectionReader(h, 0, h.SizeBytes()))
	must(s, err)
	must(s, h.Manifest().Prove(id))
	return string(b)
}

func idOf(data string) content.ID { return content.ID(blake3.Sum256([]byte(data))) }

// waitFor polls a condition that another goroutine brings about.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
