package share

import (
	"path/filepath"
	"testing"
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
