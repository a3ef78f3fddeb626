package share

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"starling/share/content"
)

// idleKeeper is the keeper of a library that nothing else runs, with a folder that
// is shared and not looked at.
func idleKeeper(t *testing.T, files map[string]string) (*shop, *keeper) {
	t.Helper()
	l, err := Open(Options{Dir: t.TempDir(), QuietTime: -1})
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	s := &shop{TB: t, Library: l, dir: openDir(t)}
	s.write(files)
	_, err = s.AddRoot(context.Background(), s.dir)
	must(t, err)
	return s, &keeper{
		Library: l, faults: make(map[*root]map[string]error), busy: make(map[fileName]fileStat), fresh: make(map[*root][]*record),
		retries: retries{files: make(map[fileName]retry)},
	}
}

// Large files leave a reader to the small ones that come.
func TestLargeFilesKeepNobodyWaiting(t *testing.T) {
	s := watchShop(t, t.TempDir(), realDir(t)+"/Music", func(state string) Options {
		return Options{Dir: state, RescanEvery: time.Hour, QuietTime: testQuiet, HashBytesPerSec: 1 << 20, HashReaders: 2}
	}, nil)
	for i := range 2 {
		name := s.disk(fmt.Sprintf("large%d.iso", i))
		must(t, os.WriteFile(name, nil, 0o644))
		must(t, os.Truncate(name, 2<<30)) // half an hour for each
		past(t, name)
	}
	waitFor(t, "both to be read", func() bool { return s.Stats().HashedBytes > 0 && s.Stats().Hashing == 2 })
	must(t, os.WriteFile(s.disk("small.txt"), []byte("small"), 0o644))
	s.found("small", "Music/small.txt")
	if s.Stats().Hashing != 2 {
		t.Errorf("%+v", s.Stats())
	}
}

// A file of patterns that is mended opens its folder again, also when the folder
// was looked at while it was closed.
func TestMendedPatternsAreNoticed(t *testing.T) {
	s := newWatchShop(t, map[string]string{"d/x.txt": "x", "e.txt": "e"})
	must(t, os.Mkdir(s.disk("d/"+ignoreName), 0o755)) // no plain file
	s.found("txt", "Music/e.txt")
	for range 2 { // the second is told only if the first did not end the watch
		looks := s.partLooks.Load()
		must(t, os.WriteFile(s.disk("d/y.txt"), []byte("y"), 0o644))
		waitFor(t, "a look at the closed folder", func() bool { return s.partLooks.Load() > looks })
	}
	must(t, os.Remove(s.disk("d/"+ignoreName)))
	s.found("txt", "Music/d/x.txt", "Music/d/y.txt", "Music/e.txt")
}

// Who asks for a look waits for files that settle, but not for ever where there
// always are some.
func TestRescanEndsBesideSteadyWrites(t *testing.T) {
	_, k := idleKeeper(t, nil)
	done := make(chan struct{})
	k.thisLook = []chan struct{}{done}
	k.endLook()
	k.retries.settling = 1
	k.settle()
	select {
	case <-done:
		t.Fatal("a file that settles is not waited for")
	default:
	}
	if wait := time.Until(k.patience); wait < settlingTries*settleCoarse || wait > time.Minute {
		t.Errorf("it is waited for %v", wait)
	}
	k.patience = time.Now()
	k.settle()
	select {
	case <-done:
	default:
		t.Error("it is waited for without end")
	}
}

// A file that was hashed while a look had begun, but not come to its root yet, is
// judged by what holds now.
func TestHashedDuringALook(t *testing.T) {
	s, k := idleKeeper(t, map[string]string{"late.txt": "late"})
	r, ctx := s.folder(), context.Background()
	found, err := k.scan(ctx, r, walk{})
	must(t, err)
	k.enqueue(found.jobs[0], time.Now())
	r.ignoring.Store(newIgnoring([]string{"late.txt"}))
	k.again, k.looks = true, make(chan look, 1)
	k.startLook(ctx)
	k.take(k.stillShared(k.hashOnce(ctx, found.jobs[0], new(content.Hasher))))
	_, err = k.scan(ctx, r, walk{}) // the look comes to the root
	must(t, err)
	k.shelveFresh()
	s.expect("late")
}

// A collection that a damaged file had ended is one again when that file is gone.
func TestCollectionWhoseDamagedFileIsDeleted(t *testing.T) {
	s := newCollection(t, map[string]string{"a.txt": "a", "b.txt": "b"})
	s.condemn(s.shelf.byName(s.folder(), "Music/a.txt", "a.txt"), 1, 1)
	s.rescan()
	if r := s.Roots()[0]; !r.ID.IsZero() || !strings.Contains(r.Problem, "damaged") {
		t.Fatalf("%+v", r)
	}
	must(t, os.Remove(s.disk("a.txt")))
	s.rescan()
	if r := s.Roots()[0]; r.ID.IsZero() || r.Problem != "" {
		t.Errorf("%+v", r)
	}
}

// A request for a collection with a file that cannot be read asks for a look, which
// comes after the pause and not at once.
func TestUnreadableMemberCausesFewLooks(t *testing.T) {
	s, k := idleKeeper(t, nil)
	k.ended, k.took, k.due = time.Now(), time.Second, time.Now().Add(time.Hour)
	k.lookAt(job{root: s.packs, pack: new(pack)})
	if wait := time.Until(k.due); k.again || wait < (idlePauses-1)*time.Second || wait > idlePauses*time.Second {
		t.Errorf("the look is due in %v, at once: %v", wait, k.again)
	}
}

// A file that comes later and cannot be read is told of, like those found first.
func TestLateUnreadableFileIsTold(t *testing.T) {
	s, k := idleKeeper(t, map[string]string{"closed.txt": "closed"})
	r := s.folder()
	must(t, os.Chmod(s.disk("closed.txt"), 0))
	asStranger(t, func() { k.lookAt(job{root: r, path: r.name + "/closed.txt", raw: "closed.txt", searchable: true}) })
	k.shelveFresh()
	if p := s.Roots()[0].Problem; !strings.Contains(p, "closed.txt: permission denied") {
		t.Errorf("Problem = %q", p)
	}
}
