//go:build unix

package share

import (
	"os"
	"path/filepath"
	"testing"
)

const giantBytes = 1 << 40

// A sparse file of a tebibyte takes minutes to read. Meanwhile what comes is
// shared, what is there is served, and what is taken back is left alone at once.
func TestGiantFileBlocksNobody(t *testing.T) {
	s := newShop(t, map[string]string{"first.txt": "first"})
	giant := filepath.Join(s.dir, "giant.img")
	must(t, os.WriteFile(giant, nil, 0o644))
	if err := os.Truncate(giant, giantBytes); err != nil {
		t.Skipf("this disk holds no file of a tebibyte: %v", err)
	}
	past(t, giant)
	s.wakeUp()
	waitFor(t, "the giant is being read", func() bool { return s.Stats().HashedBytes > 100<<20 })
	s.write(map[string]string{"second.txt": "second"})
	waitFor(t, "what came later is shared", func() bool { s.wakeUp(); return len(s.paths("second")) == 1 })
	s.expect("txt", "Music/first.txt", "Music/second.txt")
	if s.read(idOf("first")) != "first" || s.read(idOf("second")) != "second" {
		t.Error("other bytes are served")
	}
	if h := s.Stats().Hashing; h != 1 {
		t.Errorf("%d files are being hashed, not the giant", h)
	}
	must(t, s.RemoveRoot("Music"))
	waitFor(t, "the giant is left alone", func() bool { return s.Stats().Hashing == 0 })
	if s.Stats().Files != 0 {
		t.Errorf("%+v", s.Stats())
	}
}
