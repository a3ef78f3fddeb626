package share

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"starling/share/ignore"
)

func TestPatternsLeaveFilesOut(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a", "b.tmp": "b", "Thumbs.db": "thumbs", "drafts/c.txt": "c", "sub/d.txt": "d", "sub/e.txt": "e", "sub/deep/f.txt": "f"})
	s.expect("size:>=0", "Music/a.txt", "Music/drafts/c.txt", "Music/sub/d.txt", "Music/sub/deep/f.txt", "Music/sub/e.txt")

	// A file of patterns takes off what is shared already, in its folder alone.
	s.write(map[string]string{"sub/.starlingignore": "# mine\r\n*.txt\r\n!e.txt\r\n/drafts/\r\n"})
	s.rescan()
	s.expect("size:>=0", "Music/a.txt", "Music/drafts/c.txt", "Music/sub/e.txt")
	if _, err := s.Open(idOf("d")); !errors.Is(err, ErrNotShared) {
		t.Errorf("an ignored file is served: %v", err)
	}

	// The owner's patterns overrule it, and the common ones, in both directions.
	_, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Ignore: []string{"e.txt", "drafts/", "!*.tmp", "!d.txt"}})
	must(t, err)
	s.rescan()
	s.expect("size:>=0", "Music/a.txt", "Music/b.tmp", "Music/sub/d.txt")

	// They outlive the process, and adding the folder again leaves them.
	s = s.reopen()
	_, err = s.AddRoot(context.Background(), s.dir)
	must(t, err)
	s.rescan()
	s.expect("size:>=0", "Music/a.txt", "Music/b.tmp", "Music/sub/d.txt")
	if got := s.Roots()[0].Ignore; !slices.Equal(got, []string{"e.txt", "drafts/", "!*.tmp", "!d.txt"}) {
		t.Errorf("Ignore = %q", got)
	}

	// An empty list takes them back.
	_, err = s.AddRootAs(context.Background(), s.dir, RootOptions{Ignore: []string{}})
	must(t, err)
	must(t, os.Remove(filepath.Join(s.dir, "sub", ignoreName)))
	s.rescan()
	s.expect("size:>=0", "Music/a.txt", "Music/drafts/c.txt", "Music/sub/d.txt", "Music/sub/deep/f.txt", "Music/sub/e.txt")
}

func TestPatternsThatCannotBeUsed(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	for _, o := range []RootOptions{{Ignore: []string{"ok", "a["}}, {Ignore: []string{""}}} {
		if _, err := s.AddRootAs(context.Background(), s.dir, o); !errors.Is(err, ErrPattern) {
			t.Errorf("AddRootAs: %v", err)
		}
		if _, err := s.Preview(context.Background(), s.dir, o, nil); !errors.Is(err, ErrPattern) {
			t.Errorf("Preview: %v", err)
		}
		if _, err := Open(Options{Dir: t.TempDir(), Ignore: o.Ignore}); !errors.Is(err, ErrPattern) {
			t.Errorf("Open: %v", err)
		}
	}
	// Those of a later version, which we cannot read, leave out everything.
	s.shelf.folders()[0].ignoring.Store(newIgnoring([]string{"[[:future:]]"}))
	s.rescan()
	s.expect("size:>=0")
	if p := s.Roots()[0].Problem; !strings.Contains(p, "[[:future:]]") {
		t.Errorf("Problem = %q", p)
	}
}

// Patterns that cannot be followed close their folder, and that is told once.
func TestBrokenPatternsCloseTheirFolder(t *testing.T) {
	broken := map[string]func(path string) error{
		"too long":      func(path string) error { return os.WriteFile(path, make([]byte, ignore.MaxTextBytes+1), 0o644) },
		"a bad pattern": func(path string) error { return os.WriteFile(path, []byte("ok\n[a-\n"), 0o644) },
		"too many": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("a\n", ignore.MaxPatterns+1)), 0o644)
		},
		"not text":          func(path string) error { return os.WriteFile(path, []byte("a\x00\n\x00"), 0o644) },
		"a folder":          func(path string) error { return os.Mkdir(path, 0o755) },
		"a link":            func(path string) error { return os.Symlink(filepath.Join(filepath.Dir(path), "a.txt"), path) },
		"a link to nowhere": func(path string) error { return os.Symlink("nowhere", path) },
	}
	addOdd(broken)
	for what, breakIt := range broken {
		t.Run(what, func(t *testing.T) {
			s := newShop(t, map[string]string{"a.txt": "a", "sub/b.txt": "b", "sub/deep/c.txt": "c"})
			file := filepath.Join(s.dir, "sub", ignoreName)
			must(t, breakIt(file))
			s.rescan()
			s.expect("size:>=0", "Music/a.txt")
			if p := s.Roots()[0].Problem; !strings.Contains(p, "sub/.starlingignore cannot be followed") || !strings.Contains(p, "until that is mended") {
				t.Errorf("Problem = %q", p)
			}
			s.rescan()
			if n := s.Notices(); len(n) != 0 {
				t.Errorf("what can be mended is told for ever: %q", n)
			}
			p, err := s.Preview(context.Background(), s.dir, RootOptions{}, nil)
			if must(t, err); p.Files != 1 || p.Unread != 1 || !strings.Contains(p.Problem, ignoreName) {
				t.Errorf("Preview = %+v", p)
			}
			must(t, os.RemoveAll(file))
			s.rescan()
			s.expect("size:>=0", "Music/a.txt", "Music/sub/b.txt", "Music/sub/deep/c.txt")
			if p := s.Roots()[0].Problem; p != "" {
				t.Errorf("Problem = %q", p)
			}
		})
	}
}

func TestBrokenPatternsOfTheTopCloseTheRoot(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	s.write(map[string]string{ignoreName: "["})
	s.rescan()
	s.expect("size:>=0")
	if p := s.Roots()[0].Problem; !strings.Contains(p, ".starlingignore cannot be followed") {
		t.Errorf("Problem = %q", p)
	}
	if _, err := s.Preview(context.Background(), s.dir, RootOptions{}, nil); err == nil || !strings.Contains(err.Error(), ignoreName) {
		t.Errorf("Preview: %v", err)
	}
}

// A name is the same in either of its Unicode forms.
func TestPatternsOfTheOtherUnicodeForm(t *testing.T) {
	composed, apart := "Entw\u00fcrfe", "Entwu\u0308rfe"
	s := newShop(t, map[string]string{apart + "/a.txt": "a", "x/" + composed + "/b.txt": "b", "c.txt": "c"})
	s.write(map[string]string{ignoreName: "/" + composed + "/\n", "x/" + ignoreName: apart + "/\n", "y/" + apart + "/" + ignoreName: "/d.txt\n", "y/" + apart + "/d.txt": "d"})
	s.rescan()
	s.expect("size:>=0", "Music/c.txt")
}

// What was hashed while a pattern came in is not shared any more.
func TestHashedTooLate(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	r := s.shelf.folders()[0]
	late := hashed{job: job{root: r, raw: "a.txt", asOf: r.looks.Load()}, catalogued: catalogued{id: idOf("a")}}
	r.ignoring.Store(newIgnoring([]string{"a.txt"}))
	if h := s.stillShared(late); h.err != nil {
		t.Errorf("no newer look has begun, yet: %v", h.err)
	}
	r.looks.Add(1)
	if h := s.stillShared(late); !errors.Is(h.err, os.ErrNotExist) {
		t.Errorf("an ignored file is kept: %v", h.err)
	}
	late.raw = "b.txt"
	if h := s.stillShared(late); h.err != nil {
		t.Errorf("a file that is not ignored: %v", h.err)
	}
}

// The readers ask, too: a file that comes up outside a look is judged by itself.
func TestDoubtfulFileThatIsIgnored(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	r := s.shelf.folders()[0]
	s.write(map[string]string{"b.txt": "b", "c.txt": "c"})
	r.ignoring.Store(newIgnoring([]string{"b.txt"}))
	for _, raw := range []string{"b.txt", "c.txt"} {
		s.doubt(&record{root: r, raw: raw, path: "Music/" + raw, searchable: true})
	}
	waitFor(t, "the other file", func() bool { return len(s.paths("c")) == 1 && s.Stats().Hashing == 0 })
	s.expect("size:>=0", "Music/a.txt", "Music/c.txt")
}

// A finished download in a shared folder that leaves it out is served as any
// other fetched file, by its id alone.
func TestAdoptedFileThatIsIgnored(t *testing.T) {
	s := newShop(t, map[string]string{".starlingignore": "private/\n", "open/a.txt": "a", "private/b.txt": "b", "Bitcoin/c.txt": "c"})
	for name, root := range map[string]string{"open/a.txt": "Music", "private/b.txt": adoptedName, "Bitcoin/c.txt": adoptedName} {
		if rec := s.place(filepath.Join(s.dir, filepath.FromSlash(name)), false); rec.root.name != root {
			t.Errorf("%s is placed in %s", name, rec.root.name)
		}
	}
}

func TestRootsAreMarkedByTheirLooks(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	r := s.shelf.folders()[0]
	before := r.looks.Load()
	s.rescan()
	if r.looks.Load() <= before {
		t.Error("a look is not counted")
	}
	s.write(map[string]string{"b.txt": "b"})
	found, err := s.scan(context.Background(), r, walk{})
	if must(t, err); len(found.jobs) != 1 || found.jobs[0].asOf != r.looks.Load() {
		t.Errorf("jobs %+v of look %d at %v", found.jobs, r.looks.Load(), time.Now())
	}
}

// Names and patterns say nothing about what was fetched: its content is known.
func TestFetchedCollectionWithNamesOfAllKinds(t *testing.T) {
	s := openShop(t, t.TempDir(), "")
	files := map[string]string{"a.txt": "a", "Bitcoin/b.txt": "b", "passwords.txt": "p", "x.tmp": "x"}
	c, m, id := landIn(t, filepath.Join(realDir(t), "Album"), files)
	_, err := s.AdoptCollection(c, m, id, true)
	must(t, err)
	s.rescan()
	if b, err := s.readWhole(id); err != nil || len(b) == 0 {
		t.Errorf("the collection is not served after a look: %v", err)
	}
	for _, data := range files {
		s.read(idOf(data))
	}
}
