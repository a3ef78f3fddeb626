package share

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"starling/share/content"
)

// What was fetched into a folder that is shared with some, and what others learn of things fetched.

// adoptFile fetches one file, searchable.
func (s *shop) adoptFile(path, data string, searchable bool) {
	s.Helper()
	must(s, os.MkdirAll(filepath.Dir(path), 0o755))
	must(s, os.WriteFile(path, []byte(data), 0o644))
	past(s, path)
	_, m, err := content.Hash(bytes.NewReader([]byte(data)), int64(len(data)))
	must(s, err)
	_, err = s.Adopt(path, m, idOf(data), searchable)
	must(s, err)
}

// hasNone checks that a viewer is not served these contents, finds nothing by any of the words, and is listed nothing below "Fetched".
func (s *shop) hasNone(what string, who Viewer, ids []content.ID, words ...string) {
	s.Helper()
	v := s.For(who)
	for i, id := range ids {
		if s.opens(who, id) {
			s.Errorf("%s: content %d is served", what, i)
		}
		if f := v.Search(mustParse(s, "id:"+id.String()), 10); len(f) > 0 {
			s.Errorf("%s: content %d is found by its id, as %s", what, i, f[0].Path)
		}
	}
	for _, word := range words {
		if f := v.Search(mustParse(s, word), 10); len(f) > 0 {
			s.Errorf("%s: %s finds %s", what, word, f[0].Path)
		}
	}
	if list, err := v.Browse("Fetched", "", 10); err != nil || len(list) > 0 {
		s.Errorf("%s: listed: %+v, %v", what, list, err)
	}
}

// TestFetchedIntoAFolderForSome: all of it is for them alone, wherever it lies on the shelf: files that the folder leaves out, collections
// whose first file it leaves out, and what came through a link.
func TestFetchedIntoAFolderForSome(t *testing.T) {
	t.Parallel()
	for what, leads := range map[string]bool{"straight": false, "through a link": true} {
		for _, when := range []string{"at once", "after a look", "after a restart"} {
			s := newShop(t, map[string]string{"x.txt": "x", ".starlingignore": "lone*\n"})
			s.allow("Music", "ann")
			to := s.dir
			if leads {
				to = filepath.Join(realDir(t), "link")
				must(t, os.Symlink(s.dir, to))
			}
			whole := s.adoptFrom(filepath.Join(to, "Album"), map[string]string{"Thumbs.db": "junk", "song wren.txt": "wren"})
			s.adoptFile(filepath.Join(to, "lone.txt"), "lone", true)
			switch when {
			case "after a look":
				s.rescan()
			case "after a restart":
				s = s.reopen()
			}
			ids := []content.ID{whole, idOf("wren"), idOf("junk"), idOf("lone")}
			s.hasNone(what+", "+when, Anyone(), ids, "wren", "album", "thumbs", "lone")
			s.hasNone(what+", "+when, Node("zoe"), ids, "wren", "album", "thumbs", "lone")
			if !s.opens(Node("ann"), whole) {
				t.Errorf("%s, %s: ann is not served the collection", what, when)
			}
			if s.rescan(); !s.opens(Node("ann"), idOf("wren")) {
				t.Errorf("%s, %s: ann is not served a file of it", what, when)
			}
			s.stop()
		}
	}
}

// TestCollectionAroundAFolderForSome: who may not have the files of a folder has no collection with the folder in it.
func TestCollectionAroundAFolderForSome(t *testing.T) {
	t.Parallel()
	s := openShop(t, t.TempDir(), "")
	dir := filepath.Join(realDir(t), "Album")
	whole := s.adoptFrom(dir, map[string]string{"cd1/a.txt": "a", "cd2/wren.txt": "wren"})
	_, err := s.AddRootAs(t.Context(), filepath.Join(dir, "cd2"), RootOptions{Audience: &Audience{Kind: Named, Nodes: []string{"ann"}}})
	must(t, err)
	for range 2 {
		if s.opens(Anyone(), whole) || s.opens(Anyone(), idOf("wren")) || !s.opens(Node("ann"), whole) {
			t.Error("the collection, or the file, is for others than the folder in it")
		}
		s.rescan()
	}
	if len(s.For(Anyone()).Search(mustParse(t, "id:"+idOf("a").String()), 10)) != 1 {
		t.Error("a file beside the folder is not found")
	}
}

// TestTakingBackDoesNotWiden: what was fetched into a folder for some does not become everyone's when the folder leaves it out, or is taken
// back itself.
func TestTakingBackDoesNotWiden(t *testing.T) {
	t.Parallel()
	for what, take := range map[string]func(s *shop){
		"ignored":        func(s *shop) { s.write(map[string]string{".starlingignore": "*wren*\nAlbum/\n"}) },
		"broken ignores": func(s *shop) { s.write(map[string]string{".starlingignore": "[\n"}) },
		"removed":        func(s *shop) { must(s, s.RemoveRoot(s.dir)) },
	} {
		for _, audience := range []string{"ann", "id"} {
			s := newShop(t, map[string]string{"x.txt": "x"})
			s.allow("Music", audience)
			s.adoptFile(filepath.Join(s.dir, "wren.txt"), "wren", true)
			whole := s.adoptFrom(filepath.Join(s.dir, "Album"), map[string]string{"a/song.txt": "song"})
			s.rescan()
			take(s)
			ids := []content.ID{idOf("wren"), idOf("song"), whole}
			if audience == "id" && what != "removed" {
				ids = nil // that is what the folder is for
			}
			s.hasNone(what+" at once", Anyone(), ids, "album")
			for range 2 {
				s.rescan()
				s.hasNone(what, Anyone(), ids, "wren", "album", "song")
				s = s.reopen()
			}
			s.stop()
		}
	}
}

// TestFetchedIntoAFolderForAll goes on when the folder is shared no more.
func TestFetchedIntoAFolderForAll(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"x.txt": "x"})
	s.adoptFile(filepath.Join(s.dir, "wren.txt"), "wren", false)
	s.rescan()
	must(t, s.RemoveRoot(s.dir))
	waitFor(t, "the look that follows", func() bool { return s.opens(Anyone(), idOf("wren")) })
}

// TestFetchedFoldersAreNotGuessed: of what was fetched and is not to be found, neither the names of folders nor that anything was fetched can
// be tried out.
func TestFetchedFoldersAreNotGuessed(t *testing.T) {
	t.Parallel()
	s := openShop(t, t.TempDir(), "")
	c, m, id := landIn(t, filepath.Join(realDir(t), "Secret"), map[string]string{"sub/wren.txt": "wren"})
	for _, fetched := range []bool{false, true} {
		if fetched {
			_, err := s.AdoptCollection(c, m, id, false)
			must(t, err)
			s.rescan()
		}
		v := s.For(Anyone())
		for path, known := range map[string]bool{"Fetched": true, "Fetched/Secret": false, "Fetched/Secret/sub": false, "Fetched/Other": false} {
			if list, err := v.Browse(path, "", 10); (err == nil) != known || len(list) > 0 {
				t.Errorf("fetched %v: %s: %+v, %v", fetched, path, list, err)
			}
		}
		byID := "id:" + idOf("wren").String()
		for words, want := range map[string]bool{byID: true, byID + " wren": true, byID + " secret": false, byID + " sub": false, byID + " fetched": false} {
			if got := len(v.Search(mustParse(t, words), 10)) > 0; got != (want && fetched) {
				t.Errorf("fetched %v: %s finds something: %v", fetched, words, got)
			}
		}
	}
}
