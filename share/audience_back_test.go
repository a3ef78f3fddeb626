package share

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"starling/share/content"
)

// Taking back: what ends, and from which moment on.

// waysBack are the ways to take back "grey wren.txt" of a shop.
var waysBack = map[string]func(s *shop){
	"ignored": func(s *shop) { s.write(map[string]string{".starlingignore": "*.txt\n"}) },
	"patterns": func(s *shop) {
		_, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Ignore: []string{"*.txt"}})
		must(s, err)
	},
	"dot": func(s *shop) {
		must(s, os.Rename(filepath.Join(s.dir, "grey wren.txt"), filepath.Join(s.dir, ".wren")))
	},
	"moved out": func(s *shop) {
		must(s, os.Rename(filepath.Join(s.dir, "grey wren.txt"), filepath.Join(filepath.Dir(s.dir), "wren")))
	},
	"deleted": func(s *shop) { must(s, os.Remove(filepath.Join(s.dir, "grey wren.txt"))) },
}

// ends tells whether a handle has lapsed and reads nothing.
func ends(h *Handle) bool {
	_, err := h.ReadAt(make([]byte, 4), h.SizeBytes()-4)
	return h.Lapsed() && errors.Is(err, ErrNotShared)
}

func (s *shop) handle(id content.ID) *Handle {
	s.Helper()
	h, err := s.For(Anyone()).Open(id)
	must(s, err)
	s.Cleanup(func() { h.Close() })
	return h
}

// TestTakenBackEndsHandles: who reads a file, or the collection it is in, reads nothing more of either when the file was taken back.
func TestTakenBackEndsHandles(t *testing.T) {
	t.Parallel()
	for what, take := range waysBack {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := wrenShop(t)
			s.write(map[string]string{"other.md": "other"})
			s.rescan()
			ids := map[string]content.ID{"the file": idOf("wren"), "the collection": s.Roots()[0].ID}
			handles := make(map[string]*Handle)
			for name, id := range ids {
				handles[name] = s.handle(id)
			}
			take(s)
			s.rescan()
			for name, id := range ids {
				if s.opens(Anyone(), id) {
					t.Errorf("%s is opened anew", name)
				}
				if !ends(handles[name]) {
					t.Errorf("%s is read on", name)
				}
			}
		})
	}
}

// TestRemovedCollectionEndsHandles: its files are still read, one by one.
func TestRemovedCollectionEndsHandles(t *testing.T) {
	t.Parallel()
	s := wrenShop(t)
	whole, file := s.handle(s.Roots()[0].ID), s.handle(idOf("wren"))
	must(t, s.RemoveCollection(s.dir))
	if !ends(whole) || ends(file) {
		t.Errorf("the collection has ended: %v, its file: %v", whole.Lapsed(), file.Lapsed())
	}
}

// TestHandlesOutliveGrowth: a file that comes to a collection, or one that says more of itself than before, takes nothing back; who reads the
// collection as it was reads to its end.
func TestHandlesOutliveGrowth(t *testing.T) {
	t.Parallel()
	s := wrenShop(t)
	before := s.Roots()[0].ID
	h := s.handle(before)
	s.write(map[string]string{"new.txt": "new"})
	s.rescan()
	old := s.shelf.listing(s.shelf.folders()[0])[0]
	again := &record{path: old.path, raw: old.raw, id: old.id, stat: old.stat, typ: old.typ, tags: "says more", looked: true, searchable: true, root: old.root}
	s.shelf.change(old.root, []*record{again}, nil)
	if s.Roots()[0].ID == before || !old.off.Load() {
		t.Fatal("nothing has changed")
	}
	if ends(h) || h.Lapsed() {
		t.Error("the collection as it was is not read to its end")
	}
}

// TestBackWhileHashing: what is left out is named and served by no collection from the next look on, however long other files are being hashed.
func TestBackWhileHashing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(realDir(t), "Music")
	must(t, os.Mkdir(dir, 0o755))
	o := Options{Dir: t.TempDir(), RescanEvery: 20 * time.Millisecond, QuietTime: -1, WatchFolders: -1, HashBytesPerSec: 64 << 10, HashReaders: 1}
	s := runShop(t, o, dir)
	s.write(map[string]string{"a": "a", "grey wren.txt": "wren"})
	_, err := s.AddRootAs(t.Context(), s.dir, RootOptions{Collection: true})
	must(t, err)
	s.rescan()
	id := s.Roots()[0].ID
	films := &shop{TB: t, Library: s.Library, dir: filepath.Join(realDir(t), "Films")}
	films.write(map[string]string{"large": string(make([]byte, 16<<20))}) // minutes at that rate
	_, err = s.AddRoot(t.Context(), films.dir)
	must(t, err)
	waitFor(t, "hashing", func() bool { return s.Stats().Hashing > 0 })
	waysBack["ignored"](s)
	waitFor(t, "the file to go", func() bool { return !s.opens(Anyone(), idOf("wren")) })
	waitFor(t, "its collection to go", func() bool {
		return !s.opens(Anyone(), id) && len(s.For(Anyone()).Search(mustParse(t, "music type:collection"), 10)) == 0
	})
	if s.Stats().Hashing == 0 {
		t.Error("all was hashed meanwhile")
	}
}

// TestCollectionHashedTooLate: one that was taken back, or whose file was, does not come on the shelf when it has been read.
func TestCollectionHashedTooLate(t *testing.T) {
	t.Parallel()
	for what, take := range map[string]func(l *Library, r *root){
		"collection removed": func(l *Library, r *root) { must(t, l.RemoveCollection(r.dir)) },
		"root removed":       func(l *Library, r *root) { must(t, l.RemoveRoot(r.dir)) },
		"file left out":      func(l *Library, r *root) { l.shelf.change(r, nil, l.shelf.listing(r)[:1]) },
	} {
		s := wrenShop(t)
		s.stop() // or Run would take it off again
		l := s.Library
		rec := l.shelf.listing(l.packs)[0]
		l.shelf.change(l.packs, nil, []*record{rec}) // as if it were being read still
		r := rec.pack.owner.root
		if l.shelf.change(l.packs, []*record{rec}, nil); len(l.shelf.listing(l.packs)) != 1 {
			t.Fatalf("%s: not on the shelf before", what)
		}
		l.shelf.change(l.packs, nil, []*record{rec})
		take(l, r)
		if l.shelf.change(l.packs, []*record{rec}, nil); len(l.shelf.listing(l.packs)) != 0 {
			t.Errorf("%s: it comes on the shelf", what)
		}
	}
}
