package share

import (
	"os"
	"path/filepath"
	"testing"
)

// What is on its way into a shared folder is for those it is shared with, through links too, and elsewhere for everyone.
func TestServesAt(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a.txt": "a"})
	link := filepath.Join(realDir(t), "link")
	must(t, os.Symlink(s.dir, link))
	inside := []string{filepath.Join(s.dir, "new.bin"), filepath.Join(s.dir, "not yet", "new.bin"), filepath.Join(link, "new.bin"), s.dir}
	outside := []string{filepath.Join(filepath.Dir(s.dir), "new.bin"), s.dir + "2"}
	for _, c := range []struct {
		audience    string
		anyone, ann bool
	}{{"everyone", true, true}, {"id", true, true}, {"ann", false, true}, {"bob", false, false}} {
		s.allow("Music", c.audience)
		for _, path := range inside {
			if got := s.For(Anyone()).ServesAt(path, true)(); got != c.anyone {
				t.Errorf("%s, %s: anyone may: %v", c.audience, path, got)
			}
			if got := s.For(Node("ann")).ServesAt(path, true)(); got != c.ann {
				t.Errorf("%s, %s: ann may: %v", c.audience, path, got)
			}
			if !s.For(Owner()).ServesAt(path, false)() {
				t.Errorf("%s, %s: the owner may not", c.audience, path)
			}
		}
		for _, path := range outside {
			for _, elsewhere := range []bool{true, false} {
				if s.For(Anyone()).ServesAt(path, elsewhere)() != elsewhere {
					t.Errorf("%s, %s: not as the caller says", c.audience, path)
				}
			}
		}
	}
}
