package share

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"starling/share/words"
)

func TestLibrarySharesAFolder(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 50_000) // several groups
	s := newShop(t, map[string]string{
		"Björk/Jóga.mp3": "joga", "Björk/Live/Jóga.mp3": "joga live", "big.bin": big, "empty": "", ".hidden": "x", ".git/config.txt": "x",
	})
	s.expect("joga", "Music/Björk/Jóga.mp3", "Music/Björk/Live/Jóga.mp3")
	s.expect("bjork joga -live", "Music/Björk/Jóga.mp3")
	s.expect("music", "Music/Björk/Jóga.mp3", "Music/Björk/Live/Jóga.mp3", "Music/big.bin", "Music/empty")
	s.expect("hidden")
	s.expect("config")
	s.expect("id:"+idOf(big).String(), "Music/big.bin")
	s.expect("joga id:" + idOf(big).String())
	s.expect("size:>100K", "Music/big.bin")
	for _, data := range []string{"joga", big, ""} {
		if got := s.read(idOf(data)); got != data {
			t.Errorf("%d bytes were read, not %d", len(got), len(data))
		}
	}
	f, ok := s.ByID(idOf("joga"))
	if !ok || f.Name != "Jóga.mp3" || f.Type != words.Audio || f.SizeBytes != 4 || !f.Searchable {
		t.Errorf("ByID gives %+v, %v", f, ok)
	}
	if g, ok := s.ByPath("/Music/Björk/Jóga.mp3/"); !ok || g != f {
		t.Errorf("ByPath gives %+v, %v", g, ok)
	}
	root := s.Roots()[0]
	if len(s.Roots()) != 1 || root.Name != "Music" || root.Files != 4 || root.SizeBytes != int64(len(big))+13 || root.Problem != "" {
		t.Errorf("Roots = %+v", s.Roots())
	}
	if st := s.Stats(); st.Files != 4 || st.Searchable != 4 || st.Hashing != 0 || st.HashedFiles != 4 || st.HashedBytes != root.SizeBytes {
		t.Errorf("Stats = %+v", st)
	}
}

func TestNothingIsSharedAtFirst(t *testing.T) {
	s := openShop(t, t.TempDir(), "")
	<-s.Ready()
	if got := s.paths("size:>=0"); len(got) != 0 || s.Stats().Files != 0 {
		t.Errorf("%q is shared", got)
	}
	if _, err := s.Open(idOf("")); !errors.Is(err, ErrNotShared) {
		t.Errorf("Open of an unknown id: %v", err)
	}
	if _, err := s.Browse("Music", "", 10); !errors.Is(err, ErrNotShared) {
		t.Errorf("Browse of an unknown path: %v", err)
	}
}

func TestRescanFindsChanges(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a", "b.txt": "b", "c.txt": "c", "dir/d.txt": "d"})
	must(t, os.Remove(filepath.Join(s.dir, "a.txt")))
	must(t, os.Rename(filepath.Join(s.dir, "b.txt"), filepath.Join(s.dir, "renamed.txt")))
	must(t, os.Rename(filepath.Join(s.dir, "dir"), filepath.Join(s.dir, "folder")))
	s.write(map[string]string{"c.txt": "changed", "new.txt": "new"})
	before := s.Stats().HashedFiles
	s.rescan()
	s.expect("txt", "Music/c.txt", "Music/folder/d.txt", "Music/new.txt", "Music/renamed.txt")
	if n := s.Stats().HashedFiles - before; n != 2 {
		t.Errorf("%d files were read, want 2: what moved has its hash", n)
	}
	for _, gone := range []string{"a", "c"} {
		if _, err := s.Open(idOf(gone)); !errors.Is(err, ErrNotShared) {
			t.Errorf("%s is still served: %v", gone, err)
		}
	}
	if s.read(idOf("changed")) != "changed" || s.read(idOf("b")) != "b" {
		t.Error("wrong bytes")
	}
}

func TestRescanLeavesAloneWhatIsUnchanged(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a", "b.txt": "b"})
	before := s.shelf.listing(s.shelf.folders()[0])
	s.write(map[string]string{"b.txt": "changed"})
	s.rescan()
	after := s.shelf.listing(s.shelf.folders()[0])
	if before[0] != after[0] || before[1] == after[1] {
		t.Error("an unchanged file has a new record, or a changed one the old")
	}
}

// A file that was written a moment ago is part of the rescan that follows.
func TestRescanWaitsForFreshFiles(t *testing.T) {
	s := newShop(t, nil)
	for i := range 5 {
		must(t, os.WriteFile(filepath.Join(s.dir, fmt.Sprint(i)), []byte("fresh"), 0o644))
		s.rescan()
		if n := s.Stats().Files; n != i+1 {
			t.Fatalf("%d files after %d were written", n, i+1)
		}
	}
}

func TestRestartReadsNothingAgain(t *testing.T) {
	files := make(map[string]string)
	for i := range 500 {
		files[fmt.Sprintf("d%d/file %d.txt", i%9, i)] = fmt.Sprint("content ", i)
	}
	files["big"] = strings.Repeat("x", 3<<20)
	s := newShop(t, files)
	s = s.reopen()
	if st := s.Stats(); st.HashedBytes != 0 || st.HashedFiles != 0 || st.Files != 501 {
		t.Errorf("after a restart: %+v", st)
	}
	if s.read(idOf(files["big"])) != files["big"] {
		t.Error("the big file is not served as it is")
	}
	s.expect(`"file 77"`, "Music/d5/file 77.txt")
	if n := s.Notices(); len(n) != 0 {
		t.Errorf("notices: %q", n)
	}
}

func TestDuplicateContentHasOneIDAndSeveralFiles(t *testing.T) {
	s := newShop(t, map[string]string{"one.txt": "same", "two.txt": "same", "three.txt": "same"})
	s.expect("id:"+idOf("same").String(), "Music/one.txt", "Music/three.txt", "Music/two.txt")
	for range 2 {
		h, err := s.Open(idOf("same")) // the next time it would be this one again
		must(t, err)
		name := h.File().Name
		must(t, errors.Join(h.Close(), os.Remove(filepath.Join(s.dir, name))))
		if got := s.read(idOf("same")); got != "same" {
			t.Errorf("after %s is gone: %q", name, got)
		}
		if f, ok := s.ByID(idOf("same")); !ok || f.Name == name {
			t.Errorf("ByID gives %v, %v", f, ok)
		}
	}
	must(t, os.RemoveAll(s.dir))
	if _, err := s.Open(idOf("same")); !errors.Is(err, ErrChanged) && !errors.Is(err, ErrNotShared) {
		t.Errorf("Open of a vanished file: %v", err)
	}
	if _, ok := s.ByID(idOf("same")); ok {
		t.Error("ByID of a vanished file")
	}
}

func TestChangedFileIsNotServedAndReadAgain(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "first"})
	s.write(map[string]string{"a.txt": "other"}) // same size, in place
	path := filepath.Join(s.dir, "a.txt")
	when := time.Now().Add(-time.Minute)
	must(t, os.Chtimes(path, when, when))
	if _, err := s.Open(idOf("first")); !errors.Is(err, ErrChanged) {
		t.Fatalf("Open: %v", err)
	}
	// Without a Rescan: the failed Open has it looked at.
	waitFor(t, "the changed file under its new id", func() bool {
		_, ok := s.ByID(idOf("other"))
		return ok
	})
	if _, err := s.Open(idOf("first")); !errors.Is(err, ErrNotShared) {
		t.Errorf("the old id is still known: %v", err)
	}
}

func TestHandleSurvivesReplacement(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "first"})
	h, err := s.Open(idOf("first"))
	must(t, err)
	defer h.Close()
	must(t, os.Remove(filepath.Join(s.dir, "a.txt")))
	s.write(map[string]string{"a.txt": "other"})
	b := make([]byte, 5)
	if _, err := h.ReadAt(b, 0); err != nil || string(b) != "first" {
		t.Errorf("an open handle reads %q, %v", b, err)
	}
	if f := h.File(); f.ID != idOf("first") || f.Path != "Music/a.txt" {
		t.Errorf("File = %+v", f)
	}
}

func TestMissingRootComesBack(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a", "d/b.txt": "b"})
	away := s.dir + "-unplugged"
	must(t, os.Rename(s.dir, away))
	s.rescan()
	s.expect("txt")
	if p := s.Roots()[0].Problem; !strings.Contains(p, "is not there") {
		t.Errorf("Problem = %q", p)
	}
	s = s.reopen() // it stays a root even then
	if p := s.Roots()[0].Problem; !strings.Contains(p, "is not there") {
		t.Errorf("Problem after a restart = %q", p)
	}
	must(t, os.Rename(away, s.dir))
	s.rescan()
	s.expect("txt", "Music/a.txt", "Music/d/b.txt")
	if st := s.Stats(); st.HashedBytes != 0 || s.Roots()[0].Problem != "" {
		t.Errorf("%+v, %+v: it was read again", st, s.Roots())
	}
}

func TestRemoveRoot(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	if err := s.RemoveRoot("Movies"); !errors.Is(err, ErrNotShared) {
		t.Errorf("removing a stranger: %v", err)
	}
	must(t, s.RemoveRoot("Music"))
	s.expect("a")
	if _, err := s.Open(idOf("a")); !errors.Is(err, ErrNotShared) || len(s.Roots()) != 0 {
		t.Errorf("still served: %v, %v", err, s.Roots())
	}
	s = s.reopen()
	s.expect("a")
	_, err := s.AddRoot(context.Background(), s.dir)
	must(t, err)
	s.rescan()
	s.expect("a", "Music/a.txt")
	if s.Stats().HashedBytes != 0 {
		t.Error("its hashes were lost")
	}
	must(t, s.RemoveRoot(s.dir)) // by path
	if len(s.Roots()) != 0 {
		t.Errorf("Roots = %v", s.Roots())
	}
}

func TestAddRootNamesAndOverlaps(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a", "inner/b.txt": "b"})
	ctx := context.Background()
	if r, err := s.AddRoot(ctx, s.dir+"/"); err != nil || r.Name != "Music" || len(s.Roots()) != 1 {
		t.Errorf("adding it twice: %+v, %v", r, err)
	}
	for _, path := range []string{filepath.Join(s.dir, "inner"), filepath.Dir(s.dir)} {
		if _, err := s.AddRoot(ctx, path); err == nil || !strings.Contains(err.Error(), `shared as "Music"`) {
			t.Errorf("an overlapping folder: %v", err)
		}
	}
	for _, want := range []string{"Music-2", "Music-3", adoptedName + "-2"} {
		dir := filepath.Join(realDir(t), strings.TrimRight(want, "-23"))
		must(t, os.Mkdir(dir, 0o755))
		if r, err := s.AddRoot(ctx, dir); err != nil || r.Name != want {
			t.Errorf("a folder of the same name: %+v, %v", r, err)
		}
	}
	var names []string
	for _, r := range s.reopen().Roots() {
		names = append(names, r.Name)
	}
	if !slices.Equal(names, []string{"Music", "Music-2", "Music-3", adoptedName + "-2"}) {
		t.Errorf("after a restart: %q", names)
	}
}

func TestSecondLibraryOnTheSameStateIsLocked(t *testing.T) {
	s := newShop(t, nil)
	_, err := Open(Options{Dir: s.state})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "already runs on "+s.state) {
		t.Errorf("second Open: %v", err)
	}
	if err := s.Run(context.Background()); !errors.Is(err, ErrRunning) {
		t.Errorf("second Run: %v", err)
	}
	s.stop()
	l, err := Open(Options{Dir: s.state})
	must(t, err)
	must(t, l.Close())
}

func TestRunEndsInTheMiddleOfHashing(t *testing.T) {
	s := newShop(t, nil)
	huge := filepath.Join(s.dir, "huge.bin")
	f, err := os.Create(huge)
	must(t, err)
	must(t, f.Truncate(1<<40)) // a sparse TiB
	must(t, f.Close())
	past(t, huge)
	s.write(map[string]string{"small.txt": "small"})
	ctx, cancel := context.WithCancel(context.Background())
	rescanned := make(chan error, 1)
	go func() { rescanned <- s.Library.Rescan(ctx) }()
	waitFor(t, "the small file beside the huge one", func() bool { return len(s.paths("small")) == 1 })
	cancel()
	if err := <-rescanned; !errors.Is(err, context.Canceled) {
		t.Errorf("Rescan: %v", err)
	}
	must(t, s.RemoveRoot("Music")) // ends the reading as well
	waitFor(t, "the reading to end", func() bool { return s.Stats().Hashing == 0 })
}

func TestFreshAndGrowingFiles(t *testing.T) {
	s := newShop(t, nil)
	path := filepath.Join(s.dir, "log.txt")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			default:
				f.WriteString("one more line\n")
			}
		}
	}()
	s.write(map[string]string{"calm.txt": "calm"})
	s.rescan() // does not wait for the file to end growing
	s.expect("calm", "Music/calm.txt")
	close(stop)
	<-ended
	waitFor(t, "the file that grew", func() bool {
		s.rescan()
		data, err := os.ReadFile(path)
		must(t, err)
		return len(s.paths("log")) == 1 && len(s.paths("id:"+idOf(string(data)).String())) == 1
	})
}

func TestOpenWithoutAFolder(t *testing.T) {
	if _, err := Open(Options{}); err == nil {
		t.Error("Open without a state folder")
	}
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := Open(Options{Dir: filepath.Join(file, "sub")}); err == nil {
		t.Error("Open below a file")
	}
}

// Search terms and file names are at most for debugging.
func TestLogsNameNoFile(t *testing.T) {
	var log bytes.Buffer
	dir := filepath.Join(realDir(t), "Shared")
	must(t, os.Mkdir(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "secretname.txt"), []byte("x"), 0o644))
	l, err := Open(Options{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()
	_, err = l.AddRoot(ctx, dir)
	must(t, err)
	must(t, l.Rescan(ctx))
	l.Search(mustParse(t, "secretname"), 10)
	cancel()
	must(t, errors.Join(<-ended, l.Close()))
	if strings.Contains(log.String(), "secretname") {
		t.Errorf("the log tells: %s", log.String())
	}
}
