package share

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// The looks of these libraries are an hour apart: what they find, they were told.

const testQuiet = 50 * time.Millisecond

func watchOptions(state string) Options {
	return Options{Dir: state, RescanEvery: time.Hour, QuietTime: testQuiet}
}

// newWatchShop shares a fresh folder that is watched.
func newWatchShop(t *testing.T, files map[string]string) *shop {
	t.Helper()
	return watchShop(t, t.TempDir(), filepath.Join(realDir(t), "Music"), watchOptions, files)
}

func watchShop(t *testing.T, state, dir string, options func(string) Options, files map[string]string) *shop {
	t.Helper()
	s := runShop(t, options(state), dir)
	must(t, os.MkdirAll(s.dir, 0o755))
	s.write(files)
	if _, err := s.AddRoot(context.Background(), s.dir); err != nil {
		t.Fatal(err)
	}
	s.rescan()
	return s
}

// found waits until a query finds exactly these.
func (s *shop) found(query string, want ...string) {
	s.Helper()
	waitFor(s, fmt.Sprintf("%s to find %q", query, want), func() bool { return fmt.Sprint(s.paths(query)) == fmt.Sprint(want) })
}

func (s *shop) disk(name string) string { return filepath.Join(s.dir, name) }

func TestWatchFindsNewChangedAndRemovedFiles(t *testing.T) {
	s := newWatchShop(t, map[string]string{"old.txt": "old", "in/deep/old.txt": "deep"})
	must(t, os.WriteFile(s.disk("new.txt"), []byte("new"), 0o644))
	must(t, os.WriteFile(s.disk("in/deep/new.txt"), []byte("new and deep"), 0o644))
	s.found("new", "Music/in/deep/new.txt", "Music/new.txt")
	must(t, os.WriteFile(s.disk("old.txt"), []byte("changed"), 0o644))
	s.found("id:"+idOf("changed").String(), "Music/old.txt")
	s.expect("id:" + idOf("old").String())
	must(t, os.Remove(s.disk("in/deep/old.txt")))
	s.found("old", "Music/old.txt")
	hashed := s.Stats().HashedBytes
	must(t, os.Rename(s.disk("new.txt"), s.disk("in/renamed.txt")))
	s.found("renamed", "Music/in/renamed.txt")
	s.found("new", "Music/in/deep/new.txt")
	past(t, s.disk("in/renamed.txt")) // its mtime alone
	stat, err := s.folder().look("in/renamed.txt")
	must(t, err)
	waitFor(t, "the file in its new state", func() bool {
		rec := s.shelf.byName(s.folder(), "Music/in/renamed.txt", "in/renamed.txt")
		return rec != nil && rec.stat == stat
	})
	if n := s.Stats().HashedBytes - hashed; n != int64(len("new")) {
		t.Errorf("%d bytes were read: a new name must cost none, another mtime the file's", n)
	}
}

func (s *shop) folder() *root { return s.shelf.folders()[0] }

// Folders that appear at once with all they hold are there before anybody can
// watch them.
func TestWatchFindsWhatComesWithFolders(t *testing.T) {
	s := newWatchShop(t, nil)
	var want []string
	for i := range 20 {
		dir := s.disk(fmt.Sprintf("%02d/b/c/d", i))
		must(t, os.MkdirAll(dir, 0o755))
		for _, in := range []string{dir, filepath.Dir(dir)} {
			must(t, os.WriteFile(filepath.Join(in, "file.txt"), []byte(dir), 0o644))
		}
		want = append(want, fmt.Sprintf("Music/%02d/b/c/d/file.txt", i), fmt.Sprintf("Music/%02d/b/c/file.txt", i))
	}
	s.found("file", want...)
	must(t, os.WriteFile(s.disk("07/b/c/d/later.txt"), nil, 0o644))
	s.found("later", "Music/07/b/c/d/later.txt")
}

func TestWatchFollowsFoldersThatMove(t *testing.T) {
	s := newWatchShop(t, map[string]string{"a/b/one.txt": "one", "a/two.txt": "two", "stays/three.txt": "three"})
	hashed := s.Stats().HashedBytes
	must(t, os.Rename(s.disk("a"), s.disk("stays/z")))
	s.found("txt", "Music/stays/three.txt", "Music/stays/z/b/one.txt", "Music/stays/z/two.txt")
	if n := s.Stats().HashedBytes - hashed; n != 0 {
		t.Errorf("%d bytes were read again", n)
	}
	must(t, os.WriteFile(s.disk("stays/z/b/new.txt"), nil, 0o644)) // where the watch had another name
	s.found("new", "Music/stays/z/b/new.txt")
	must(t, os.Rename(s.disk("stays/z"), s.disk("a"))) // seen where it is before it is missed where it was
	s.found("new", "Music/a/b/new.txt")
	must(t, os.WriteFile(s.disk("a/b/up.txt"), nil, 0o644))
	s.found("up", "Music/a/b/up.txt")
	must(t, os.Remove(s.disk("a/b/up.txt")))
	must(t, os.Rename(s.disk("a"), s.disk("stays/z")))
	s.found("two", "Music/stays/z/two.txt")
	away := filepath.Join(filepath.Dir(s.dir), "away")
	must(t, os.Rename(s.disk("stays/z"), away))
	s.found("txt", "Music/stays/three.txt")
	waitFor(t, "the watches of what is gone to end", func() bool { return s.watching() == 2 })
	must(t, os.WriteFile(filepath.Join(away, "b/other.txt"), nil, 0o644))
	must(t, os.Rename(away, s.disk("back")))
	s.found("txt", "Music/back/b/new.txt", "Music/back/b/one.txt", "Music/back/b/other.txt", "Music/back/two.txt", "Music/stays/three.txt")
}

// One folder takes the name of another, and those in it of those in the other.
func TestWatchOfFoldersThatSwap(t *testing.T) {
	s := newWatchShop(t, map[string]string{"a/in/one.txt": "one", "b/in/two.txt": "two"})
	must(t, os.Rename(s.disk("a"), filepath.Join(filepath.Dir(s.dir), "away")))
	must(t, os.Rename(s.disk("b"), s.disk("a")))
	s.found("txt", "Music/a/in/two.txt")
	must(t, os.WriteFile(s.disk("a/in/last.txt"), nil, 0o644))
	s.found("last", "Music/a/in/last.txt")
	waitFor(t, "three folders to be watched", func() bool { return s.watching() == 3 })
}

// What comes into a new folder between being seen and being watched is not lost.
func TestWatchBeginsBeforeTheLook(t *testing.T) {
	s := newWatchShop(t, nil)
	w := s.tells.Load()
	w.mu.Lock() // nobody adds a watch meanwhile
	add := w.add
	w.add = func(path string) error {
		if err := os.WriteFile(filepath.Join(path, "slipped.txt"), nil, 0o644); err != nil {
			return err
		}
		return add(path)
	}
	w.mu.Unlock()
	must(t, os.Mkdir(s.disk("new"), 0o755))
	s.found("slipped", "Music/new/slipped.txt")
}

// watching counts the watches of the library that runs.
func (s *shop) watching() int {
	count, _, _ := s.tells.Load().unwatched()
	return count
}

func TestWatchOfARootThatIsMadeAnew(t *testing.T) {
	s := newWatchShop(t, map[string]string{"a.txt": "a", "in/b.txt": "b"})
	must(t, os.RemoveAll(s.dir))
	s.found("txt")
	waitFor(t, "the problem", func() bool { return strings.Contains(s.Roots()[0].Problem, "is not there") })
	s.write(map[string]string{"in/again.txt": "b"})
	s.found("txt", "Music/in/again.txt")
	must(t, os.WriteFile(s.disk("in/more.txt"), nil, 0o644))
	s.found("more", "Music/in/more.txt")
	if p := s.Roots()[0].Problem; p != "" {
		t.Errorf("Problem = %q", p)
	}
}

// A root that comes, goes or is swapped while nobody is told of it stirs once.
func TestRootsArePolled(t *testing.T) {
	s := openShop(t, t.TempDir(), "")
	w, err := newWatcher(10)
	must(t, err)
	defer w.sys.Close()
	k := &keeper{Library: s.Library, watcher: w}
	r := newRoot("Music", filepath.Join(realDir(t), "Music"), time.Now())
	s.shelf.addRoot(r)
	polled := make(map[*root]folderIdent)
	stirs := func() bool {
		tending := stirring{folders: make(map[fileName]stir)}
		k.pollRoots(polled, &tending, time.Now())
		return tending.folders[fileName{r, "."}].deep
	}
	look := func() { must(t, k.lookAtRoot(t.Context(), r)) }
	k.found = make(chan scanned, 10)
	look()
	step := func(what string, want bool) {
		t.Helper()
		if got := stirs(); got != want {
			t.Errorf("%s: stirs %v", what, got)
		}
		if again := stirs(); again {
			t.Errorf("%s: stirs again before it was looked at", what)
		}
		look()
	}
	step("never there", false)
	must(t, os.Mkdir(r.dir, 0o755))
	step("made", true)
	step("as it was", false)
	must(t, os.Mkdir(r.dir+"2", 0o755))
	must(t, os.Rename(r.dir, r.dir+"3"))
	must(t, os.Rename(r.dir+"2", r.dir))
	step("another by its name", true)
	must(t, os.Remove(r.dir))
	step("gone", true)
	step("still gone", false)
}

func TestHiddenFoldersAreNotWatched(t *testing.T) {
	s := newWatchShop(t, map[string]string{"seen/a.txt": "a", ".git/b.txt": "b", "x.part/c.txt": "c"})
	must(t, os.MkdirAll(s.disk(".later/in"), 0o755))
	must(t, os.MkdirAll(s.disk("later"), 0o755))
	must(t, os.Symlink(s.disk(".git"), s.disk("link")))
	waitFor(t, "the new folder to be watched", func() bool { return s.watching() == 3 })
	for path := range s.tells.Load().trees[s.folder()].folders {
		if path != "." && path != "seen" && path != "later" {
			t.Errorf("%s is watched", path)
		}
	}
}

// Patterns that come, and ones that cannot be followed, take effect when they are
// written, and lose it when they are gone.
func TestWatchHeedsPatterns(t *testing.T) {
	s := newWatchShop(t, map[string]string{"in/one.txt": "one", "in/two.txt": "two", "top.txt": "top"})
	rules := s.disk("in/" + ignoreName)
	must(t, os.WriteFile(rules, []byte("one*"), 0o644))
	s.found("txt", "Music/in/two.txt", "Music/top.txt")
	must(t, os.WriteFile(rules, []byte("["), 0o644))
	s.found("txt", "Music/top.txt")
	waitFor(t, "a word on what is wrong", func() bool { return strings.Contains(s.Roots()[0].Problem, ignoreName) })
	must(t, os.Remove(rules))
	s.found("txt", "Music/in/one.txt", "Music/in/two.txt", "Music/top.txt")
	waitFor(t, "the word to go", func() bool { return s.Roots()[0].Problem == "" })
}

func TestWatchEndsWithItsRoot(t *testing.T) {
	s := newWatchShop(t, map[string]string{"in/a.txt": "a"})
	other := filepath.Join(realDir(t), "Other")
	must(t, os.MkdirAll(filepath.Join(other, "in"), 0o755))
	_, err := s.AddRoot(context.Background(), other)
	must(t, err)
	waitFor(t, "four folders to be watched", func() bool { return s.watching() == 4 })
	must(t, s.RemoveRoot("Music"))
	waitFor(t, "two to be left", func() bool { return s.watching() == 2 && len(s.tells.Load().sys.WatchList()) == 2 })
}

func TestWatchThatLostEvents(t *testing.T) {
	s := newWatchShop(t, map[string]string{"in/a.txt": "a", "b.txt": "b"})
	w := s.tells.Load()
	for _, path := range w.sys.WatchList() { // nothing is told any more
		must(t, w.sys.Remove(path))
	}
	must(t, os.Rename(s.disk("in"), s.disk("out")))
	s.write(map[string]string{"out/new.txt": "new"})
	w.sys.Errors <- fsnotify.ErrEventOverflow
	s.found("txt", "Music/b.txt", "Music/out/a.txt", "Music/out/new.txt")
	must(t, os.WriteFile(s.disk("out/told.txt"), nil, 0o644)) // it is watched anew
	s.found("told", "Music/out/told.txt")
	must(t, os.WriteFile(s.disk("top.txt"), nil, 0o644)) // as is what stayed where it was
	s.found("top", "Music/top.txt")
}

func TestWatchesAreSpent(t *testing.T) {
	for name, spend := range map[string]func(*Options){
		"by the limit":  func(o *Options) { o.WatchFolders = 2 },
		"by the system": func(*Options) {},
	} {
		t.Run(name, func(t *testing.T) {
			o := watchOptions(t.TempDir())
			o.RescanEvery = 2 * time.Second
			spend(&o)
			s := runShop(t, o, filepath.Join(realDir(t), "Music"))
			w := s.tells.Load()
			if add := w.add; o.WatchFolders == 0 {
				w.add = func(path string) error {
					if w.count == 2 {
						return syscall.ENOSPC
					}
					return add(path)
				}
			}
			s.write(map[string]string{"1/a.txt": "a", "2/a.txt": "a", "3/a.txt": "a"})
			_, err := s.AddRoot(context.Background(), s.dir)
			must(t, err)
			s.rescan()
			waitFor(t, "the notice", func() bool { return len(s.Notices()) > 0 })
			for i := range 4 {
				must(t, os.WriteFile(s.disk(fmt.Sprintf("%d/new.txt", max(1, i))), nil, 0o644))
			}
			s.found("new", "Music/1/new.txt", "Music/2/new.txt", "Music/3/new.txt")
			s.rescan()
			if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0], "2 of 4 shared folders are watched") || s.watching() != 2 {
				t.Errorf("%d are watched, notices: %q", s.watching(), n)
			}
		})
	}
}

// A file that is written to all the time costs a look at its folder now and
// then, and is not shared; nor are looks lost to it.
func TestWatchOfAStorm(t *testing.T) {
	s := newWatchShop(t, map[string]string{"calm/a.txt": "a", "storm/b.txt": "b"})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int)
	go func() {
		writes := 0
		defer func() { ended <- writes }()
		f, err := os.Create(s.disk("storm/growing.txt"))
		for err == nil && ctx.Err() == nil {
			_, err = f.WriteString("line\n")
			writes++
		}
		f.Close()
	}()
	began, before := time.Now(), s.partLooks.Load()
	for i := range 4 {
		must(t, os.WriteFile(s.disk(fmt.Sprintf("calm/new%d.txt", i)), nil, 0o644))
		s.found(fmt.Sprintf("new%d", i), fmt.Sprintf("Music/calm/new%d.txt", i))
	}
	looks, took := s.partLooks.Load()-before, time.Since(began)
	s.expect("growing")
	cancel()
	// One for each file and one for each stirLongest, and one more that began before.
	if most := 2*4 + int64(took/stirLongest) + 2; looks > most {
		t.Errorf("%d looks at folders in %v, at most %d are called for", looks, took, most)
	}
	if writes := <-ended; writes < 100 {
		t.Errorf("%d writes are no storm", writes)
	}
	s.found("growing", "Music/storm/growing.txt")
}

func TestWatchLeavesNothingBehind(t *testing.T) {
	s := newWatchShop(t, map[string]string{"a/b/c.txt": "c"})
	w := s.tells.Load()
	s.stop()
	if err := w.sys.Add(s.dir); !errors.Is(err, fsnotify.ErrClosed) {
		t.Errorf("the system still watches: %v", err)
	}
}

// A file that grows is not read before it has come to rest, whatever its times say.
func TestGrowingFileIsReadOnce(t *testing.T) {
	for what, touch := range map[string]func(testing.TB, string){"new": func(testing.TB, string) {}, "old": past} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			const quiet = 600 * time.Millisecond
			s := watchShop(t, t.TempDir(), filepath.Join(realDir(t), "Music"), func(state string) Options {
				o := watchOptions(state)
				o.QuietTime = quiet
				return o
			}, nil)
			f, err := os.Create(s.disk("file"))
			must(t, err)
			defer f.Close()
			steps := time.NewTicker(10 * time.Millisecond)
			defer steps.Stop()
			stalled, last := false, time.Now()
			for began := last; last.Sub(began) < 2*quiet; last = <-steps.C {
				_, err := f.WriteString(what)
				must(t, err)
				touch(t, s.disk("file"))
				if stalled = stalled || time.Since(last) > quiet/2; !stalled && s.Stats().HashedBytes != 0 {
					t.Fatal("read while it grows")
				}
			}
			s.found("file", "Music/file")
			data, err := os.ReadFile(s.disk("file"))
			must(t, err)
			s.expect("id:"+idOf(string(data)).String(), "Music/file")
			if n := s.Stats().HashedBytes; n != int64(len(data)) && !stalled {
				t.Errorf("%d bytes were read of a file of %d", n, len(data))
			}
		})
	}
}
