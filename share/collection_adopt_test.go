package share

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"starling/share/content"
)

// landIn puts files into a folder as a finished download of the collection.
func landIn(t testing.TB, dir string, files map[string]string) (c *Landed, m *content.Manifest, id content.ID) {
	t.Helper()
	data, id := wholeOf(t, files)
	_, m, err := content.Hash(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	n, _ := content.CollectionIndexBytes(data)
	col, err := content.ParseCollection(data[:n], int64(len(data)))
	must(t, err)
	c = &Landed{Path: dir, Collection: col, raws: diskNames(col, false), manifests: make(map[int]*content.Manifest)}
	for i, f := range col.Files() {
		path := filepath.Join(dir, filepath.FromSlash(c.raws[i]))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(files[f.Path]), 0o644))
		past(t, path)
		info, err := os.Lstat(path)
		must(t, err)
		c.stats = append(c.stats, statOf(info, path))
		_, c.manifests[i], err = content.Hash(strings.NewReader(files[f.Path]), f.SizeBytes)
		must(t, err)
	}
	return c, m, id
}

func TestAdoptedCollection(t *testing.T) {
	for _, searchable := range []bool{false, true} {
		t.Run(fmt.Sprint("searchable ", searchable), func(t *testing.T) {
			s := openShop(t, t.TempDir(), "")
			files := map[string]string{"na?me": "odd", "na*me": "odd too", "b/c": "c", "b/large": strings.Repeat("l", 600<<10)}
			dir := filepath.Join(realDir(t), "Album")
			c, m, id := landIn(t, dir, files)
			want, _ := wholeOf(t, files)
			f, err := s.AdoptCollection(c, m, id, searchable)
			if err != nil || f.ID != id || f.Name != "Album" || f.Files != len(files) {
				t.Fatalf("%+v, %v", f, err)
			}
			for round := range 4 {
				if b, err := s.readWhole(id); err != nil || !bytes.Equal(b, want) {
					t.Fatalf("round %d: %v", round, err)
				}
				if s.read(idOf("odd")) != "odd" || s.read(idOf(files["b/large"])) == "" || s.Stats().HashedBytes > 0 {
					t.Fatalf("round %d: its files are not served, or were read", round)
				}
				found := s.paths("album")
				if searchable && !slices.Equal(found, []string{"Fetched/Album", "Fetched/Album/b/c", "Fetched/Album/b/large", "Fetched/Album/na_me", "Fetched/Album/na_me (2)"}) ||
					!searchable && len(found) > 0 {
					t.Errorf("round %d: found %q", round, found)
				}
				if round == 1 {
					s.rescan()
				} else {
					s = s.reopen()
				}
			}
			must(t, s.Forget(id))
			if _, err := s.Open(id); !errors.Is(err, ErrNotShared) || s.Stats().Files > 0 {
				t.Errorf("forgotten and still served: %v", err)
			}
			if _, err := os.Stat(s.indexPath(id)); !os.IsNotExist(err) {
				t.Errorf("its index stays: %v", err)
			}
		})
	}
}

func TestAdoptedCollectionThatChanges(t *testing.T) {
	files := map[string]string{"a": "a", "b": "b"}
	for name, change := range map[string]func(dir string) error{
		"a file is another":  func(dir string) error { return os.WriteFile(filepath.Join(dir, "a"), []byte("other"), 0o644) },
		"a file is gone":     func(dir string) error { return os.Remove(filepath.Join(dir, "a")) },
		"the folder is gone": func(dir string) error { return os.RemoveAll(dir) },
	} {
		s := openShop(t, t.TempDir(), "")
		dir := filepath.Join(realDir(t), "Album")
		c, m, id := landIn(t, dir, files)
		_, err := s.AdoptCollection(c, m, id, true)
		must(t, err)
		must(t, change(dir))
		s.rescan()
		if _, err := s.Open(id); err == nil {
			t.Errorf("%s: still served", name)
		}
		if _, err := s.Open(idOf("b")); name != "the folder is gone" && err != nil {
			t.Errorf("%s: the other file is not served: %v", name, err)
		}
		s.stop()
	}
}

// A lost catalog costs hashing, a lost or damaged index the collection alone.
func TestAdoptedCollectionSurvivesDamage(t *testing.T) {
	files := map[string]string{"a": "a", "b": strings.Repeat("b", 300<<10)}
	s := openShop(t, t.TempDir(), "")
	c, m, id := landIn(t, filepath.Join(realDir(t), "Album"), files)
	_, err := s.AdoptCollection(c, m, id, true)
	must(t, err)
	s.stop()
	must(t, os.Remove(filepath.Join(s.state, "catalog.db")))
	s = openShop(t, s.state, "")
	s.rescan()
	if _, err := s.readWhole(id); err != nil {
		t.Errorf("without the catalog: %v", err)
	}
	s.stop()
	index, err := os.ReadFile(s.indexPath(id))
	must(t, err)
	index[len(index)-1] ^= 1
	must(t, os.WriteFile(s.indexPath(id), index, 0o600))
	s = openShop(t, s.state, "")
	s.rescan()
	if _, err := s.Open(id); err == nil || len(s.Notices()) != 1 {
		t.Errorf("a damaged index is believed: %v, %q", err, s.Notices())
	}
}

// In a shared folder the files are listed once, as the folder's own.
func TestAdoptedCollectionInASharedFolder(t *testing.T) {
	s := newShop(t, map[string]string{"a": "a"})
	c, m, id := landIn(t, filepath.Join(s.dir, "Album"), map[string]string{"x": "xx", "y": "yy"})
	_, err := s.AdoptCollection(c, m, id, false)
	must(t, err)
	s.rescan()
	if got := s.paths("album"); !slices.Equal(got, []string{"Music/Album/x", "Music/Album/y"}) || s.Stats().Files != 3 {
		t.Errorf("found %q, %+v", got, s.Stats())
	}
	if _, err := s.readWhole(id); err != nil {
		t.Error(err)
	}
}

// Of a folder that was fetched twice each serves without the other, also after
// a start; the list of its files goes with the last.
func TestCollectionAdoptedTwice(t *testing.T) {
	files := map[string]string{"a": "a", "b/c": "c"}
	s := openShop(t, t.TempDir(), "")
	first := filepath.Join(realDir(t), "Album")
	id := s.adoptFrom(first, files)
	s.adoptFrom(first+" (2)", files)
	must(t, os.RemoveAll(first))
	s.rescan()
	s = s.reopen()
	if _, err := s.readWhole(id); err != nil {
		t.Errorf("the second one is not served: %v, %q", err, s.Notices())
	}
	must(t, s.Forget(id))
	if _, err := os.Stat(s.indexPath(id)); !os.IsNotExist(err) {
		t.Errorf("its index stays: %v", err)
	}
}

func (s *shop) adoptFrom(dir string, files map[string]string) content.ID {
	s.Helper()
	c, m, id := landIn(s, dir, files)
	_, err := s.AdoptCollection(c, m, id, true)
	must(s, err)
	return id
}

// Forgetting a folder while the same is adopted elsewhere leaves that one its
// list of files.
func TestAdoptedWhileItsTwinIsForgotten(t *testing.T) {
	s := openShop(t, t.TempDir(), "")
	dir := filepath.Join(realDir(t), "Album")
	c, m, id := landIn(t, dir, map[string]string{"a": "a"})
	twin, _, _ := landIn(t, dir+" (2)", map[string]string{"a": "a"})
	for range 20 {
		_, err := s.AdoptCollection(twin, m, id, true)
		must(t, err)
		before, err := os.Stat(s.indexPath(id))
		must(t, err)
		adopted := make(chan error)
		go func() {
			_, err := s.AdoptCollection(c, m, id, true)
			adopted <- err
		}()
		for now := before; os.SameFile(before, now); now, _ = os.Stat(s.indexPath(id)) {
			runtime.Gosched()
		}
		s.choosing.Lock()
		err = s.forgetLocked(diskPath(twin.Path), s.kept[diskPath(twin.Path)].choice)
		s.choosing.Unlock()
		must(t, errors.Join(err, <-adopted))
		if _, err := os.Stat(s.indexPath(id)); err != nil {
			t.Fatal(err)
		}
		must(t, s.Forget(id))
	}
}
