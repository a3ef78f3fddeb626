package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"starling/share/content"
)

// noise is a file's content of so many bytes, another for each seed.
func noise(sizeBytes int, seed byte) string {
	data := make([]byte, sizeBytes)
	rand.NewChaCha8([32]byte{seed}).Read(data)
	return string(data)
}

// rot flips a bit of a file as a disk does: nothing else about the file changes.
func (s *shop) rot(name string, at int64) {
	s.Helper()
	path := filepath.Join(s.dir, name)
	info, err := os.Stat(path)
	must(s, err)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(s, err)
	var one [1]byte
	_, err = f.ReadAt(one[:], at)
	must(s, err)
	one[0] ^= 4
	_, err = f.WriteAt(one[:], at)
	must(s, errors.Join(err, f.Close(), os.Chtimes(path, info.ModTime(), info.ModTime())))
}

// verify gives what was found by the file's name below the shared folder, "ok" ones
// left out, and returns when the look that follows from it is over: a file that a
// test changes meanwhile would be looked at later.
func (s *shop) verify(o VerifyOptions) (found map[string]Verified, counts VerifyProgress) {
	s.Helper()
	found = make(map[string]Verified)
	o.File = func(v Verified) {
		rel, err := filepath.Rel(s.dir, v.Path)
		must(s, err)
		if v.State != VerifiedOK {
			found[filepath.ToSlash(rel)] = v
		}
	}
	counts, err := s.Verify(context.Background(), o)
	must(s, err)
	if sum := counts.OK + counts.Damaged + counts.Changed + counts.Unreadable; sum != counts.Files || counts.Files != counts.FilesAll || counts.Bytes != counts.BytesAll {
		s.Errorf("the counts do not add up: %+v", counts)
	}
	s.rescan()
	return found, counts
}

func states(found map[string]Verified) (out []string) {
	for name, v := range found {
		out = append(out, fmt.Sprint(name, " ", v.State, " ", slices.Collect(v.Bad.All())))
	}
	slices.Sort(out)
	return out
}

func expectStates(t testing.TB, found map[string]Verified, want ...string) {
	t.Helper()
	if got := states(found); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestVerifyTellsDamageFromChange(t *testing.T) {
	t.Parallel()
	const group = 256 << 10
	files := map[string]string{
		"good": noise(3*group, 1), "rotten": noise(4*group+9, 2), "edges": noise(3*group, 3), "small": "abcdef", "cut": noise(2*group, 4),
		"grown": noise(2*group, 5), "touched": "xyz", "gone": "gone", "empty": "", "dir/one": noise(group, 6), "link": "link",
	}
	s := newShop(t, maps.Clone(files))
	found, counts := s.verify(VerifyOptions{})
	if expectStates(t, found); counts.OK != len(files) {
		t.Errorf("%+v", counts)
	}
	s.rot("rotten", group)
	s.rot("rotten", 4*group+8)
	s.rot("edges", 0)
	s.rot("edges", group-1)
	s.rot("small", 3)
	s.rot("dir/one", 17)
	must(t, os.Truncate(filepath.Join(s.dir, "cut"), group))
	past(t, filepath.Join(s.dir, "cut"))
	s.write(map[string]string{"grown": files["grown"] + "more"})
	now := time.Now()
	must(t, os.Chtimes(filepath.Join(s.dir, "touched"), now, now))
	must(t, os.Remove(filepath.Join(s.dir, "gone")))
	must(t, errors.Join(os.Remove(filepath.Join(s.dir, "link")), os.Symlink("good", filepath.Join(s.dir, "link"))))

	found, counts = s.verify(VerifyOptions{})
	expectStates(t, found, "cut changed []", "dir/one damaged [0]", "edges damaged [0]", "gone changed []", "grown changed []",
		"link changed []", "rotten damaged [1 4]", "small damaged [0]", "touched changed []")
	if counts.OK != 2 || counts.Damaged != 4 || counts.Changed != 5 {
		t.Errorf("%+v", counts)
	}
	ranges, more := found["rotten"].BadRanges(9)
	want := []BadRange{{Group: 1, Groups: 1, Off: group, Bytes: group}, {Group: 4, Groups: 1, Off: 4 * group, Bytes: 9}}
	if !slices.Equal(ranges, want) || more || found["rotten"].Groups != 5 {
		t.Errorf("%+v of %d groups, more %v", ranges, found["rotten"].Groups, more)
	}
	if _, more := found["rotten"].BadRanges(1); !more {
		t.Error("a range was left out and nobody says so")
	}
}

func TestVerifyNamesRunsOfGroups(t *testing.T) {
	t.Parallel()
	v := Verified{SizeBytes: 1 << 20, Bad: content.NewBitset(4)}
	v.Bad.Set(1)
	v.Bad.Set(2)
	v.Bad.Set(3)
	if got, _ := v.BadRanges(5); !slices.Equal(got, []BadRange{{Group: 1, Groups: 3, Off: 256 << 10, Bytes: 768 << 10}}) {
		t.Errorf("%+v", got)
	}
}

// A disk that cannot read a part of a file is not one that gives other bytes: the
// file stays shared, for who fetches from it is sent nothing wrong.
func TestVerifyGoesOnBehindWhatItCannotRead(t *testing.T) {
	t.Parallel()
	const group = 256 << 10
	s := newShop(t, map[string]string{"a": noise(3*group, 1), "b": noise(20*group, 2), "c": "c", "d": noise(2*group, 3)})
	s.rot("d", group)
	failing := map[string]int64{"a": group + 5, "b": 0, "d": 1}
	found, _ := s.verify(VerifyOptions{through: func(path string, f io.ReaderAt) io.ReaderAt {
		from, fails := failing[filepath.Base(path)]
		if !fails {
			return f
		}
		return failingReader{f, from}
	}})
	expectStates(t, found, "a unreadable [1 2]", "b unreadable [0 1 2 3 4 5 6 7]", "d unreadable [0 1]")
	if !errors.Is(found["a"].Err, syscall.EIO) {
		t.Errorf("the reason is %v", found["a"].Err)
	}
	s.read(idOf(noise(3*group, 1)))
	if len(s.Damaged()) != 0 {
		t.Errorf("%+v is damaged", s.Damaged())
	}
}

// failingReader fails from an offset on.
type failingReader struct {
	io.ReaderAt
	from int64
}

func (r failingReader) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > r.from {
		return 0, &os.PathError{Op: "read", Path: "x", Err: syscall.EIO}
	}
	return r.ReaderAt.ReadAt(b, off)
}

// A group that is right when it is read again was wrong in memory, not on the disk.
func TestVerifyAsksTheDiskTwice(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": noise(3<<18, 1)})
	wrong := 1
	found, _ := s.verify(VerifyOptions{through: func(_ string, f io.ReaderAt) io.ReaderAt { return &wrongReader{f, &wrong} }})
	if expectStates(t, found); wrong != 0 {
		t.Error("the reader was never wrong")
	}
}

// wrongReader flips a bit of its first reads.
type wrongReader struct {
	io.ReaderAt
	times *int
}

func (r *wrongReader) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(b, off)
	if *r.times > 0 && n > 0 {
		*r.times--
		b[0] ^= 1
	}
	return n, err
}

func TestVerifyFileThatVanishesOrChangesMeanwhile(t *testing.T) {
	t.Parallel()
	const group = 256 << 10
	s := newShop(t, map[string]string{"a": noise(3*group, 1), "b": noise(3*group, 2), "c": "c"})
	found, counts := s.verify(VerifyOptions{through: func(path string, f io.ReaderAt) io.ReaderAt {
		switch filepath.Base(path) {
		case "a":
			must(t, os.Remove(filepath.Join(s.dir, "b")))
		case "c":
			must(t, os.WriteFile(path, []byte("C"), 0o600))
		}
		return f
	}})
	if expectStates(t, found, "b changed []", "c changed [0]"); counts.OK != 1 || len(s.Damaged()) != 0 {
		t.Errorf("%+v, damaged %+v", counts, s.Damaged())
	}
}

func TestVerifyTargets(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"one": "1", "live/two": "2", "live/three": "3", "lives": "4"})
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(s.dir, link))
	for _, c := range []struct {
		targets []string
		files   int
	}{
		{nil, 4}, {[]string{"Music"}, 4}, {[]string{s.dir}, 4}, {[]string{filepath.Join(s.dir, "live")}, 2}, {[]string{filepath.Join(s.dir, "lives")}, 1},
		{[]string{filepath.Join(s.dir, "live", "two") + "/", "Music"}, 4}, {[]string{link}, 4}, {[]string{filepath.Join(link, "one")}, 1},
		{[]string{filepath.Dir(s.dir)}, 4},
	} {
		if counts, err := s.Verify(context.Background(), VerifyOptions{Targets: c.targets}); err != nil || counts.Files != c.files {
			t.Errorf("%q: %d files, %v", c.targets, counts.Files, err)
		}
	}
	for _, nothing := range []string{"Musics", "one", filepath.Join(s.dir, "nothing"), t.TempDir()} {
		if _, err := s.Verify(context.Background(), VerifyOptions{Targets: []string{"Music", nothing}}); !errors.Is(err, ErrNotShared) {
			t.Errorf("%s: %v", nothing, err)
		}
	}
}

func TestVerifyStopsAndIsAlone(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": "1", "b": "2", "c": "3"})
	ctx, cancel := context.WithCancel(context.Background())
	counts, err := s.Verify(ctx, VerifyOptions{File: func(Verified) {
		if _, err := s.Verify(ctx, VerifyOptions{}); !errors.Is(err, ErrVerifying) {
			t.Errorf("a second one beside the first: %v", err)
		}
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || counts.Files != 1 || counts.FilesAll != 3 {
		t.Errorf("%+v, %v", counts, err)
	}
}
