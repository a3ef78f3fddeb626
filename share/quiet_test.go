package share

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRest(t *testing.T) {
	const quiet = 2 * time.Second
	now := time.Unix(1000, 500_000_000)
	for _, c := range []struct {
		age  time.Duration
		calm bool
		want time.Duration
	}{
		{time.Hour, true, 0}, // known to be so for long, as in the first look
		{quiet + 1, true, 0},
		{quiet, true, time.Millisecond},
		{time.Second / 4, true, quiet - time.Second/4 + time.Millisecond},
		{time.Second / 4, false, quiet - time.Second/4 + time.Millisecond}, // its mtime is to be believed
		{time.Hour, false, quiet}, // this one is not: it was not so a moment ago
		{-time.Hour, false, quiet},
		{-time.Hour, true, 0},
	} {
		j := job{stat: fileStat{mtime: now.Add(-c.age).UnixNano()}, calm: c.calm}
		if got := rest(j, now, quiet); got != c.want {
			t.Errorf("written %v ago, calm %v: rest %v, want %v", c.age, c.calm, got, c.want)
		}
		if got := rest(j, now, -1); got != unsettled(j.stat, now) {
			t.Errorf("written %v ago: rest %v without a quiet time", c.age, got)
		}
	}
}

// What is there when a folder is looked at for the first time is hashed at once;
// what comes later, under an old time, is seen twice.
func TestOldFilesRestWhenTheyAreNewHere(t *testing.T) {
	const quiet = time.Hour
	s := runShop(t, Options{Dir: t.TempDir(), QuietTime: quiet}, filepath.Join(realDir(t), "Music"))
	k := &keeper{
		Library: s.Library, known: make(map[*root]bool), busy: make(map[fileName]fileStat), retries: retries{files: make(map[fileName]retry)},
		watcher: new(watcher),
	}
	r := newRoot("Music", s.dir, time.Now())
	s.write(map[string]string{"a": "a"})
	stat, err := r.look("a")
	must(t, err)
	seen := func(raw string, stat fileStat) {
		k.takeFound(scanned{root: r, jobs: []job{{root: r, path: "Music/" + raw, raw: raw, stat: stat}}})
	}
	seen("a", stat)
	if len(k.queue) != 1 || len(k.retries.files) != 0 {
		t.Fatalf("the first look: %d to hash, %d to rest", len(k.queue), len(k.retries.files))
	}
	s.write(map[string]string{"b": "b"})
	stat, err = r.look("b")
	must(t, err)
	seen("b", stat)
	waiting := k.retries.files[fileName{r, "b"}]
	if len(k.queue) != 1 || time.Until(waiting.due) < quiet-time.Minute {
		t.Fatalf("the second look: %d to hash, due in %v", len(k.queue), time.Until(waiting.due))
	}
	k.lookAt(waiting.job)
	if len(k.queue) != 2 {
		t.Errorf("unchanged after its rest, but not hashed")
	}
	s.write(map[string]string{"b": "grown"})
	k.lookAt(waiting.job)
	if len(k.queue) != 2 || len(k.retries.files) != 1 {
		t.Errorf("grown meanwhile: %d to hash", len(k.queue))
	}
}

// A file that a look finds changed again waits for just its quiet time, however
// often that was; whoever waits for a look does not wait for it for ever.
func TestRenewedRetries(t *testing.T) {
	r := retries{files: make(map[fileName]retry)}
	j, now := job{raw: "growing"}, time.Unix(0, 0)
	r.add(j, now, time.Second)
	for i := range 100 {
		now = now.Add(time.Second / 2)
		r.renew(j, now, time.Second)
		if due, _ := r.next(); due.Sub(now) != time.Second {
			t.Fatalf("after %d changes due in %v", i, due.Sub(now))
		}
		if settling := i+1 < settlingTries; (r.settling == 1) != settling {
			t.Fatalf("after %d changes %d are settling", i, r.settling)
		}
	}
}

// slow are the options of a library that takes a second and more for a MiB.
func slow(state string) Options {
	return Options{Dir: state, RescanEvery: time.Hour, QuietTime: -1, WatchFolders: -1, HashBytesPerSec: 1 << 20}
}

func TestFileThatVanishesWhileItIsRead(t *testing.T) {
	for what, end := range map[string]struct {
		deed func(path string) error
		want []string
	}{
		"deleted": {os.Remove, nil},
		"renamed": {func(path string) error { return os.Rename(path, path+"2") }, []string{"Music/file2"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := runShop(t, slow(t.TempDir()), filepath.Join(realDir(t), "Music"))
			s.write(map[string]string{"file": strings.Repeat("x", 3<<19)})
			_, err := s.AddRoot(context.Background(), s.dir)
			must(t, err)
			waitFor(t, "it to be read", func() bool { return s.Stats().HashedBytes > 0 })
			must(t, end.deed(filepath.Join(s.dir, "file")))
			waitFor(t, "it to be hashed", func() bool { return s.Stats().HashedFiles == 1 && s.Stats().Hashing == 0 })
			s.expect("file")
			s.rescan()
			s.expect("size:>0", end.want...)
			if n := s.Stats().HashedBytes; n != 3<<19 {
				t.Errorf("%d bytes were read, want the file once", n)
			}
		})
	}
}

func TestHashingGoesOnAfterAnInterrupt(t *testing.T) {
	files := make(map[string]string)
	for i := range 24 {
		files[string(rune('a'+i))] = strings.Repeat(string(rune('a'+i)), 64<<10)
	}
	s := runShop(t, slow(t.TempDir()), filepath.Join(realDir(t), "Music"))
	s.write(files)
	_, err := s.AddRoot(context.Background(), s.dir)
	must(t, err)
	waitFor(t, "some files to be hashed", func() bool { return s.Stats().HashedFiles >= 8 })
	s.stop()
	first := s.Stats().HashedFiles
	if first == 24 {
		t.Fatal("all were hashed before the interrupt")
	}
	s = s.reopen()
	if st := s.Stats(); st.Files != 24 || st.HashedFiles != 24-first || st.HashedBytes != (24-first)<<16 {
		t.Errorf("%d were hashed before, then %+v", first, st)
	}
}

// The end of a root, or of the library, ends a wait of hours.
func TestSlowHashingEndsAtOnce(t *testing.T) {
	o := slow(t.TempDir())
	o.HashBytesPerSec = 1
	s := runShop(t, o, filepath.Join(realDir(t), "Music"))
	s.write(map[string]string{"big": strings.Repeat("x", 1<<20)})
	for range 2 {
		_, err := s.AddRoot(context.Background(), s.dir)
		must(t, err)
		waitFor(t, "it to be read", func() bool { return s.Stats().Hashing == 1 })
		must(t, s.RemoveRoot("Music"))
		waitFor(t, "the reading to end", func() bool { return s.Stats().Hashing == 0 })
	}
	_, err := s.AddRoot(context.Background(), s.dir)
	must(t, err)
	waitFor(t, "it to be read again", func() bool { return s.Stats().Hashing == 1 })
	s.stop()
}
