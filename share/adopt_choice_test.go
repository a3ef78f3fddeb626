package share

import (
	"path/filepath"
	"testing"

	"starling/share/content"
)

// TestSetFetchedSearchable: the owner's word is about all that was fetched, collections and their files too, at once, after a look and after a
// restart; what lies in a shared folder is not asked.
func TestSetFetchedSearchable(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"shared wren.txt": "shared"})
	dir := realDir(t)
	whole := s.adoptFrom(filepath.Join(dir, "Album"), map[string]string{"song wren.txt": "wren"})
	s.adoptFile(filepath.Join(dir, "lone wren.txt"), "lone", true)
	s.rescan()
	for _, yes := range []bool{false, true, false} {
		must(t, s.SetFetchedSearchable(yes))
		files, collections := 1, 0
		if yes {
			files, collections = 3, 1
		}
		for _, when := range []string{"at once", "after a look", "after a restart"} {
			switch when {
			case "after a look":
				s.rescan()
			case "after a restart":
				s = s.reopen()
			}
			v := s.For(Anyone())
			if got := filePaths(v.Search(mustParse(t, "wren"), 10)); len(got) != files {
				t.Errorf("%v, %s: found %q", yes, when, got)
			}
			if got := filePaths(v.Search(mustParse(t, "album type:collection"), 10)); len(got) != collections {
				t.Errorf("%v, %s: collections found %q", yes, when, got)
			}
			if list, err := v.Browse("Fetched", "", 10); err != nil || len(list) != 2*collections {
				t.Errorf("%v, %s: listed %+v, %v", yes, when, list, err)
			}
			if !s.opens(Anyone(), whole) || !s.opens(Anyone(), idOf("wren")) {
				t.Errorf("%v, %s: not served by its id", yes, when)
			}
		}
	}
}

// TestKeepFetched: what was fetched before is the owner's alone from the next start on; what lies in a shared folder is shared as before.
func TestKeepFetched(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"shared.txt": "shared wren"})
	dir := realDir(t)
	whole := s.adoptFrom(filepath.Join(dir, "Album"), map[string]string{"song.txt": "song wren"})
	s.adoptFile(filepath.Join(dir, "lone.txt"), "lone wren", true)
	s.adoptFile(filepath.Join(s.dir, "put.txt"), "put wren", true)
	s.rescan()
	for _, keep := range []bool{true, false} {
		s.stop()
		s = runShop(t, Options{Dir: s.state, QuietTime: -1, WatchFolders: -1, KeepFetched: keep}, s.dir)
		s.rescan()
		for _, id := range []content.ID{whole, idOf("song wren"), idOf("lone wren")} {
			if s.opens(Anyone(), id) == keep || !s.opens(Owner(), id) {
				t.Errorf("kept %v: content %s is served: %v", keep, id.Short(), !keep)
			}
		}
		if !s.opens(Anyone(), idOf("shared wren")) || !s.opens(Anyone(), idOf("put wren")) {
			t.Errorf("kept %v: what is shared is not served", keep)
		}
		found := map[bool]int{true: 2, false: 5}[keep] // what is shared, and the fetched with the collection
		if got := s.Stats().Searchable; got != found {
			t.Errorf("kept %v: %d can be found, want %d", keep, got, found)
		}
		list, err := s.For(Anyone()).Browse("Fetched", "", 10)
		if err != nil || (len(list) == 0) != keep {
			t.Errorf("kept %v: listed %+v, %v", keep, list, err)
		}
	}
}
