package share

import (
	"path/filepath"
	"testing"
)

// TestFetchedNamesStayApart: a collection that was fetched into a folder for some is in the folder's index, found by them as neighbours, and
// takes nobody's place among the rows of a search; and so from each change of the folder on.
func TestFetchedNamesStayApart(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"x.txt": "x"})
	s.adoptFrom(filepath.Join(s.dir, "wren"), map[string]string{"song.txt": "wren"})
	s.rescan()
	// For everyone there are x.txt, song.txt and the collection.
	check := func(what string, common, reserved int) {
		t.Helper()
		if got := s.shelf.index.len(); got != common {
			t.Errorf("%s: %d entries in the common index, want %d", what, got, common)
		}
		if got := len(s.For(Node("ann")).Reserved(mustParse(t, "wren type:collection"), 10)); got != reserved {
			t.Errorf("%s: %d collections are reserved, want %d", what, got, reserved)
		}
		if got := len(s.For(Anyone()).Search(mustParse(t, "wren type:collection"), 1)); got != 1-reserved && common > 0 {
			t.Errorf("%s: anyone finds %d collections", what, got)
		}
	}
	check("for everyone", 3, 0)
	s.allow("Music", "ann")
	check("for ann", 0, 1)
	s.rescan()
	check("for ann, after a look", 0, 1)
	s = s.reopen()
	check("for ann, after a restart", 0, 1)
	s.allow("Music", "everyone")
	check("for everyone again", 3, 0)
	must(t, s.RemoveRoot(s.dir))
	s.rescan()
	check("in no shared folder", 2, 0)
	_, err := s.AddRootAs(t.Context(), s.dir, RootOptions{Audience: &Audience{Kind: Named, Nodes: []string{"ann"}}})
	must(t, err)
	check("shared anew", 0, 1)
	must(t, s.RemoveRoot(s.dir))
	check("forgotten", 0, 0)
}
