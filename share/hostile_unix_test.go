//go:build unix

package share

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"starling/share/content"
)

// makeOdd puts everything into a folder that is not a plain file.
func makeOdd(t testing.TB, dir, outside string) {
	t.Helper()
	must(t, unix.Mkfifo(filepath.Join(dir, "fifo.txt"), 0o644))
	must(t, os.Symlink("plain.txt", filepath.Join(dir, "link.txt")))
	must(t, os.Symlink(outside, filepath.Join(dir, "outside.txt")))
	must(t, os.Symlink(filepath.Dir(outside), filepath.Join(dir, "outside")))
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	must(t, os.Symlink(dir, filepath.Join(dir, "inner", "up")))
	must(t, os.Link(filepath.Join(dir, "plain.txt"), filepath.Join(dir, "hard.txt")))
	wd, err := os.Getwd()
	must(t, err)
	t.Chdir(dir) // socket paths are short
	l, err := net.Listen("unix", "socket.txt")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	t.Chdir(wd)
	if os.Geteuid() == 0 {
		_ = unix.Mknod(filepath.Join(dir, "device.txt"), unix.S_IFCHR|0o644, int(unix.Mkdev(1, 5))) // /dev/zero
	}
}

func TestOddFilesAreLeftOut(t *testing.T) {
	outside := filepath.Join(realDir(t), "outside.txt")
	must(t, os.WriteFile(outside, []byte("not shared"), 0o644))
	s := newShop(t, map[string]string{"plain.txt": "plain", "inner/file.txt": "inner", ".hidden/x.txt": "hidden", "song.mp3.part": "half"})
	makeOdd(t, s.dir, outside)
	s.rescan()
	s.expect("txt", "Music/hard.txt", "Music/inner/file.txt", "Music/plain.txt")
	s.expect("size:>=0", "Music/hard.txt", "Music/inner/file.txt", "Music/plain.txt")
	if p := s.Roots()[0].Problem; p != "" {
		t.Errorf("Problem = %q", p)
	}
	p, err := s.Preview(context.Background(), s.dir, RootOptions{}, nil)
	must(t, err)
	if p.Files != 3 || p.Hidden != 2 || p.Others < 6 {
		t.Errorf("Preview = %+v", p)
	}
}

// A shared file that is swapped for something else is never served, and opening
// what took its place never waits.
func TestSwappedFilesAreNotServed(t *testing.T) {
	outside := filepath.Join(realDir(t), "outside.txt")
	must(t, os.WriteFile(outside, []byte("plain"), 0o644)) // even with the same bytes
	swaps := map[string]func(path string) error{
		"a FIFO":           func(path string) error { return unix.Mkfifo(path, 0o644) },
		"a link":           func(path string) error { return os.Symlink(outside, path) },
		"a link to itself": func(path string) error { return os.Symlink(path, path) },
		"a folder":         func(path string) error { return os.Mkdir(path, 0o755) },
		"nothing":          func(string) error { return nil },
		"a copy":           func(path string) error { return os.WriteFile(path, []byte("plain"), 0o644) },
	}
	for what, swap := range swaps {
		s := newShop(t, map[string]string{"dir/plain.txt": "plain"})
		path := filepath.Join(s.dir, "dir/plain.txt")
		must(t, os.Remove(path))
		must(t, swap(path))
		began := time.Now()
		if _, err := s.Open(idOf("plain")); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: Open: %v", what, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: Open took %v", what, took)
		}
		s.stop()
	}
}

// A folder in the way to a shared file that was swapped for a link leads nowhere,
// be it out of the root or into a hidden folder of it.
func TestLinkedFolderLeadsNowhere(t *testing.T) {
	for _, target := range []string{filepath.Join(realDir(t), "outside"), ".hidden"} {
		s := newShop(t, map[string]string{"dir/deep/file.txt": "shared", ".hidden/deep/file.txt": "hidden"})
		dir := filepath.Join(s.dir, "dir")
		must(t, os.Rename(dir, dir+"-away"))
		if filepath.IsAbs(target) {
			must(t, os.MkdirAll(filepath.Join(target, "deep"), 0o755))
			must(t, os.WriteFile(filepath.Join(target, "deep/file.txt"), []byte("outside"), 0o644))
		}
		must(t, os.Symlink(target, dir))
		r := s.shelf.folders()[0]
		if stat, err := r.look("dir/deep/file.txt"); err == nil {
			t.Errorf("%s: a file behind a link is seen: %+v", target, stat)
		}
		if _, err := s.Open(idOf("shared")); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: Open: %v", target, err)
		}
		s.rescan()
		s.expect("file", "Music/dir-away/deep/file.txt")
		s.stop()
	}
}

// asStranger runs f in a thread that may not read what root may.
func asStranger(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("needs to run as another user than root")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if err := setThreadUser(65534); err != nil {
			t.Errorf("become another user: %v", err)
			return
		}
		f()
	}()
	<-done
}

func TestUnreadableFilesAndFoldersAreCounted(t *testing.T) {
	dir := openDir(t)
	for _, name := range []string{"a.txt", "locked.txt", "closed/b.txt", "open/c.txt"} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644))
	}
	info, err := os.Lstat(filepath.Join(dir, "locked.txt"))
	must(t, err)
	stat := statOf(info, "")
	must(t, os.Chmod(filepath.Join(dir, "closed"), 0))
	must(t, os.Chmod(filepath.Join(dir, "locked.txt"), 0))
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "closed"), 0o755) })
	asStranger(t, func() {
		var found []string
		w := walk{dir: dir, found: func(raw string, _ os.FileInfo) { found = append(found, raw) }}
		if err := w.run(context.Background()); err != nil {
			t.Error(err)
		}
		if len(found) != 3 || w.faults.count != 1 || !strings.Contains(w.faults.String(), "closed") || !strings.Contains(w.faults.String(), "permission denied") {
			t.Errorf("found %q, %s", found, w.faults)
		}
		r := newRoot("x", dir, time.Now())
		if _, err := r.look("locked.txt"); !errors.Is(err, os.ErrPermission) {
			t.Errorf("look at an unreadable file: %v", err)
		}
		if h := (job{root: r, raw: "locked.txt", stat: stat}).hash(context.Background(), new(content.Hasher), func(int) {}); !errors.Is(h.err, os.ErrPermission) {
			t.Errorf("hash of an unreadable file: %v", h.err)
		}
	})
}

// openDir is a fresh folder that any user may enter.
func openDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "starling-open-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	dir, err = filepath.EvalSymlinks(dir)
	must(t, err)
	return dir
}

// What is said of a root quotes names from its disk, and must suit a screen.
func TestProblemsSuitScreens(t *testing.T) {
	s := newShop(t, nil)
	r := s.shelf.folders()[0]
	s.shelf.setProblem(r, "open evil\x1b[2J\u202e.txt: permission denied")
	if p := s.Roots()[0].Problem; p != `open evil\x1b[2J\u202e.txt: permission denied` {
		t.Errorf("Problem = %q", p)
	}
	s.notice("the file %s was changed", "a\nb")
	if n := s.Notices(); len(n) != 1 || n[0] != `the file a\x0ab was changed` {
		t.Errorf("Notices = %q", n)
	}
}

// A file whose reading fails becomes the Problem of its root, and stops being
// one when it can be read or is gone.
func TestReadFaultsAreTold(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	r := s.shelf.folders()[0]
	k := &keeper{Library: s.Library, faults: make(map[*root]map[string]error)}
	k.fault(r, "bad\x1b.txt", fmt.Errorf("read: %w", unix.EIO))
	k.fault(r, "worse.txt", &os.PathError{Op: "read", Path: "/x/worse.txt", Err: unix.EIO})
	k.shelveFresh()
	if p := s.Roots()[0].Problem; !strings.HasPrefix(p, "2 files or folders cannot be read; the first: bad") || strings.Contains(p, "\x1b") {
		t.Errorf("Problem = %q", p)
	}
	k.fault(r, "bad\x1b.txt", nil)
	k.shelveFresh()
	if p := s.Roots()[0].Problem; p != "one file or folder cannot be read: worse.txt: input/output error" {
		t.Errorf("Problem = %q", p)
	}
	k.forgetFaults(scanned{root: r})
	if p := s.Roots()[0].Problem; p != "" {
		t.Errorf("Problem = %q", p)
	}
}

// Names of every hostile kind lie on the disk; what others see of them is valid
// and short, and the files are served.
func TestHostileNamesOnDisk(t *testing.T) {
	s := newShop(t, nil)
	written := 0
	for _, name := range append(hostileDiskNames(t), "bad\xff\xfeutf8.txt", "bad\xfeutf8.txt", "new\nline.txt", "\x1b[31mred.txt", "rtl\u202egpj.exe", strings.Repeat("é", 127)) {
		if name == "" || len(name) > 255 || strings.ContainsAny(name, "/\x00") || name == "." || name == ".." {
			continue
		}
		err := os.WriteFile(filepath.Join(s.dir, name), []byte("data of "+name), 0o644)
		if err == nil && !s.judge(s.shelf.folders()[0], name, false).left() {
			written++
		}
	}
	s.rescan()
	listing := s.shelf.listing(s.shelf.folders()[0])
	if len(listing) != written || written < 6 {
		t.Fatalf("%d of %d files are shared", len(listing), written)
	}
	for _, rec := range listing {
		f := rec.file()
		if !utf8.ValidString(f.Path) || !utf8.ValidString(f.Name) || len(f.Name) > 255 || f.Name == "" {
			t.Errorf("%q is shown as %q in %q", rec.raw, f.Name, f.Path)
		}
		if got := s.read(rec.id); got != "data of "+rec.raw {
			t.Errorf("%q is served as %q", rec.raw, got)
		}
		if strings.ContainsFunc(DisplayName(f.Name), unicode.IsControl) {
			t.Errorf("%q on a screen", f.Name)
		}
	}
	for _, f := range s.Search(mustParse(t, "bad utf8"), 10) {
		if f.Name != "bad_utf8.txt" {
			t.Errorf("invalid bytes are shown as %q", f.Name)
		}
	}
	t.Logf("%d hostile names are shared", written)
}

func TestDeepFoldersEnd(t *testing.T) {
	s := newShop(t, map[string]string{"top.txt": "top"})
	t.Chdir(s.dir) // and back, however deep the following goes
	for range maxDepth + 5 {
		must(t, os.Mkdir("d", 0o755))
		must(t, os.Chdir("d"))
	}
	must(t, os.WriteFile("deep.txt", []byte("deep"), 0o644))
	s.rescan()
	s.expect("txt", "Music/top.txt")
	if p := s.Roots()[0].Problem; !strings.Contains(p, "too deep") {
		t.Errorf("Problem = %q", p)
	}
}

func TestVanishingDuringTheWalk(t *testing.T) {
	s := newShop(t, nil)
	stop := make(chan struct{})
	var changer sync.WaitGroup
	changer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			dir := filepath.Join(s.dir, fmt.Sprint("d", i%5))
			if os.MkdirAll(dir, 0o755) == nil {
				_ = os.WriteFile(filepath.Join(dir, "f.txt"), []byte(fmt.Sprint(i)), 0o644)
				_ = os.RemoveAll(filepath.Join(s.dir, fmt.Sprint("d", (i+2)%5)))
			}
		}
	})
	for range 30 {
		s.rescan()
	}
	close(stop)
	changer.Wait()
	must(t, os.RemoveAll(s.dir))
	must(t, os.Mkdir(s.dir, 0o755))
	s.write(map[string]string{"end.txt": "end"})
	s.rescan()
	s.expect("txt", "Music/end.txt")
}
