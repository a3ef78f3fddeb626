package share

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing"
)

func TestBrowse(t *testing.T) {
	s := newShop(t, map[string]string{
		"a.txt": "1", "a/x.txt": "2", "a/y/z.txt": "3", "a-b.txt": "4", "b/1.txt": "5", "b/2.txt": "6", "é.txt": "7", "empty.d/.hidden": "8",
	})
	entries, err := s.Browse("", "", 10)
	must(t, err)
	if len(entries) != 1 || entries[0].Name != "Music" || !entries[0].IsDir || entries[0].Files != 7 {
		t.Errorf("Browse of everything: %+v", entries)
	}
	want := map[string][]string{
		"Music": {"a-b.txt", "a.txt", "a/2", "b/2", "é.txt"}, "Music/a": {"x.txt", "y/1"}, "/Music/a/y/": {"z.txt"},
	}
	for _, dir := range slices.Sorted(maps.Keys(want)) {
		for limit := 1; limit < 7; limit++ {
			if got := s.browseAll(dir, limit); !slices.Equal(got, want[dir]) {
				t.Errorf("Browse(%s) by %d: %q, want %q", dir, limit, got, want[dir])
			}
		}
	}
	for _, dir := range []string{"Music/nothing", "Music/a.txt", "Music/a/y/z", "../Music", "Music/../Music", "Music/empty.d"} {
		if _, err := s.Browse(dir, "", 10); !errors.Is(err, ErrNotShared) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Browse(%s): %v", dir, err)
		}
	}
	if page, err := s.Browse("Music", "a.zzz", 1); err != nil || len(page) != 1 || page[0].Name != "a" {
		t.Errorf("a page behind a name that is gone: %+v, %v", page, err)
	}
}

// browseAll reads page by page and writes folders as name/files.
func (s *shop) browseAll(dir string, limit int) (names []string) {
	s.Helper()
	after := ""
	for {
		page, err := s.Browse(dir, after, limit)
		must(s, err)
		for _, e := range page {
			after = e.Name
			if e.IsDir {
				names = append(names, fmt.Sprintf("%s/%d", e.Name, e.Files))
			} else {
				names = append(names, e.Name)
			}
		}
		if len(page) < limit {
			return names
		}
	}
}
