package share

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"starling/share/content"
)

// What is no longer shared is no longer told of, and is not served rotten when it is
// shared again.
func TestDamageInAFolderThatIsNoLongerShared(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": "aaa", "b": "bbb"})
	s.rot("a", 1)
	s.verify(VerifyOptions{})
	s.off(idOf("aaa"), 1)
	must(t, s.RemoveRoot("Music"))
	none := func() {
		t.Helper()
		if d := s.Damaged(); len(d) != 0 || s.DamagedFiles() != 0 {
			t.Errorf("%+v is listed, %d counted", d, s.DamagedFiles())
		}
		if _, err := s.Verify(context.Background(), VerifyOptions{Targets: []string{filepath.Join(s.dir, "a")}}); !errors.Is(err, ErrNotShared) {
			t.Errorf("it is verified: %v", err)
		}
	}
	none()
	s.rescan()
	none()
	s = s.reopen()
	s.rescan()
	none()
	_, err := s.AddRoot(context.Background(), s.dir)
	must(t, err)
	s.rescan()
	s.off(idOf("aaa"), 1)
	if s.DamagedFiles() != 1 || s.Roots()[0].Damaged != 1 {
		t.Errorf("%+v", s.Damaged())
	}
}

// A file that a pattern leaves out is none of the collection's.
func TestDamagedFileThatIsLeftOut(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": "aaa", "b": "bbb"})
	_, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Collection: true})
	must(t, err)
	s.rot("a", 1)
	s.verify(VerifyOptions{})
	if r := s.Roots()[0]; !r.ID.IsZero() || r.Damaged != 1 {
		t.Fatalf("%+v", r)
	}
	ignore := func(patterns []string) {
		t.Helper()
		_, err = s.AddRootAs(context.Background(), s.dir, RootOptions{Ignore: patterns})
		must(t, err)
		s.rescan()
		s.rescan()
	}
	ignore([]string{"a"})
	if r := s.Roots()[0]; r.ID.IsZero() || r.Damaged != 0 || r.Problem != "" || len(s.Damaged()) != 0 {
		t.Errorf("%+v, %+v", r, s.Damaged())
	}
	ignore([]string{}) // from which on it waits until the folder is calm
	if r := s.Roots()[0]; r.Damaged != 1 {
		t.Errorf("wanted again: %+v", r)
	}
	s.off(idOf("aaa"), 1)
}

// Verify does not read on in a folder that is no longer shared, nor mark what is there.
func TestVerifyOfAFolderThatIsRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": noise(3<<18, 1), "b": "bbb"})
	s.rot("a", 1)
	s.rot("b", 1)
	var found []string
	counts, err := s.Verify(context.Background(), VerifyOptions{
		Progress: func(p VerifyProgress) {
			if strings.HasSuffix(p.Path, "a") && len(s.Roots()) > 0 {
				must(t, s.RemoveRoot("Music")) // while it is read
			}
		},
		File: func(v Verified) { found = append(found, v.Name+" "+string(v.State)) },
	})
	must(t, err)
	if counts.Changed != 2 || len(s.damage.all()) != 0 {
		t.Errorf("%v, %+v", found, s.damage.all())
	}
}

// A list that cannot be read keeps nobody from starting.
func TestUnreadableListOfDamage(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": "aaa"})
	s.stop()
	path := filepath.Join(s.state, "damaged.json")
	must(t, os.Mkdir(path, 0o700))
	s = openShop(t, s.state, s.dir)
	s.rescan()
	if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0], "set aside") {
		t.Errorf("%q", n)
	}
	s.rot("a", 1)
	s.verify(VerifyOptions{})
	s.off(idOf("aaa"), 0)
	s = s.reopen() // the list is written again
	s.rescan()
	s.off(idOf("aaa"), 0)
}

// Who is being served waits for no slow disk below the list, and what is marked
// while it is written is written next.
func TestListOfDamageWhileItIsWritten(t *testing.T) {
	t.Parallel()
	var d damageList
	d.load(t.TempDir())
	writes := 0
	d.write = func(path string, v any) error {
		writes++
		if d.has(fileStat{ino: 7}); writes == 1 { // as who reads, while it is written
			d.add(damagedFile{Path: "/b", Ino: 2})
		}
		return WriteSealed(path, v)
	}
	d.add(damagedFile{Path: "/a", Ino: 1})
	done := make(chan error, 1)
	go func() { done <- errors.Join(d.save(), d.save(), d.save()) }()
	select {
	case err := <-done:
		must(t, err)
	case <-time.After(time.Minute):
		t.Fatal("the list is closed while it is written")
	}
	var again damageList
	if notice := again.load(filepath.Dir(d.path)); notice != "" || len(again.all()) != 2 || writes != 2 {
		t.Errorf("%q, %+v, %d writes", notice, again.all(), writes)
	}
}

// A disk that has another number than at the last start holds the same files.
func TestDamagedFileOnADiskOfAnotherNumber(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": noise(3<<18, 3)})
	fetched := filepath.Join(realDir(t), "fetched")
	must(t, os.WriteFile(fetched, []byte("fetched"), 0o600))
	one, _ := content.OneGroup(idOf("fetched"), 7)
	_, err := s.Adopt(fetched, one, idOf("fetched"), true)
	must(t, err)
	s.rot("a", 1)
	s.rot(relative(t, s.dir, fetched), 1)
	s.verify(VerifyOptions{})
	s.off(idOf("fetched"), 0)
	s.stop()
	var list []*damagedFile
	path := filepath.Join(s.state, "damaged.json")
	_, err = ReadSealed(path, 1<<20, &list)
	must(t, err)
	for _, f := range list {
		f.Dev += 7
	}
	must(t, WriteSealed(path, list))
	must(t, os.Remove(filepath.Join(s.state, "catalog.db"))) // which has the old number, too
	for range 2 {
		s = openShop(t, s.state, s.dir)
		s.rescan()
		if s.off(idOf("fetched"), 0); len(s.Damaged()) != 2 || s.Roots()[0].Damaged != 1 {
			t.Errorf("%+v", s.Damaged())
		}
		s.stop()
	}
}

func relative(t *testing.T, dir, path string) string {
	t.Helper()
	rel, err := filepath.Rel(dir, path)
	must(t, err)
	return rel
}
