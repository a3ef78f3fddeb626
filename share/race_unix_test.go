//go:build unix

package share

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
)

// swaps is how often a folder is swapped for a link and back; STARLING_TEST_SWAPS
// asks for more.
func swaps(t *testing.T) int64 {
	s := os.Getenv("STARLING_TEST_SWAPS")
	if s == "" {
		return 3000
	}
	n, err := strconv.ParseInt(s, 10, 64)
	must(t, err)
	return n
}

// swapped swaps dir for a link to another folder and back, over and over, while do
// is called over and over. In the end dir is itself again.
func swapped(t *testing.T, dir, link string, do func(i int)) {
	t.Helper()
	away, wanted := filepath.Join(filepath.Dir(dir), ".away"), swaps(t)
	var done atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for done.Add(1) <= wanted {
			_ = os.Rename(dir, away)
			_ = os.Symlink(link, dir)
			_ = os.Remove(dir)
			_ = os.Rename(away, dir)
		}
	}()
	for i := 0; done.Load() <= wanted && !t.Failed(); i++ {
		do(i)
	}
	done.Store(wanted) // a failed test need not go on
	<-ended
}

// While a folder is swapped for a link to another one and back, only what was
// shared is served.
func TestFolderSwappedForALinkInARace(t *testing.T) {
	s := newShop(t, map[string]string{"dir/file.txt": "shared"})
	outside := realDir(t)
	must(t, os.WriteFile(filepath.Join(outside, "file.txt"), []byte("secret"), 0o644))
	past(t, filepath.Join(outside, "file.txt"))
	served, opened := 0, 0
	swapped(t, filepath.Join(s.dir, "dir"), outside, func(i int) {
		h, err := s.Open(idOf("shared"))
		if opened++; err == nil {
			b := make([]byte, 6)
			if _, err := h.ReadAt(b, 0); err == nil && string(b) != "shared" {
				t.Errorf("served %q", b)
			}
			served++
			h.Close()
		}
		if i%100 == 0 {
			s.rescan()
		}
		if _, ok := s.ByID(idOf("secret")); ok {
			t.Error("the file outside is shared")
		}
	})
	s.rescan()
	s.expect("file", "Music/dir/file.txt")
	t.Logf("served %d times of %d", served, opened)
}

// While a folder of a download is swapped for a link to another one and back, not
// a byte is written there, nor believed that is read there.
func TestFolderSwappedForALinkWhileWriting(t *testing.T) {
	s := newFolderSample(t, map[string]string{"dir/small": "inside", "dir/deep/large": string(make([]byte, 2*groupBytes)), "z": "last"})
	p := begin(t, s.sample, s.options(t))
	writeGroups(t, p, s.sample, 0)
	outside := realDir(t)
	must(t, os.Mkdir(filepath.Join(outside, "deep"), 0o755))
	must(t, os.WriteFile(filepath.Join(outside, "small"), []byte("secret"), 0o644))
	dir := filepath.Join(p.folder().dir, "dir")
	wrote := 0
	swapped(t, dir, outside, func(i int) {
		g := i % s.manifest.Groups()
		off, n := s.manifest.Span(g)
		if _, err := p.folder().WriteAt(s.group(g), off); err == nil {
			wrote++
		}
		b := make([]byte, n)
		if _, err := p.folder().ReadAt(b, off); err == nil && string(b) != string(s.group(g)) {
			t.Errorf("group %d is read from elsewhere", g)
		}
	})
	wantNames(t, outside, "deep", "small")
	wantNames(t, filepath.Join(outside, "deep"))
	if b, err := os.ReadFile(filepath.Join(outside, "small")); err != nil || string(b) != "secret" {
		t.Errorf("outside now holds %q, %v", b, err)
	}
	for g := range s.manifest.Groups() {
		writeGroups(t, p, s.sample, g)
	}
	path, err := p.Finish(context.Background(), "Album.2024", ExistsRename)
	must(t, err)
	s.wantTree(t, path)
	t.Logf("written %d times", wrote)
}
