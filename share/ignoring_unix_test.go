//go:build unix

package share

import (
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// addOdd adds what only these systems can lay in place of a file of patterns.
func addOdd(broken map[string]func(path string) error) {
	broken["a FIFO"] = func(path string) error { return unix.Mkfifo(path, 0o644) } // nobody writes to it
	broken["a socket"] = func(path string) error {
		wd, err := os.Getwd()
		if err == nil {
			err = os.Chdir(filepath.Dir(path)) // socket paths are short
		}
		if err != nil {
			return err
		}
		defer os.Chdir(wd)
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: ignoreName, Net: "unix"})
		if err == nil {
			l.SetUnlinkOnClose(false)
			err = l.Close()
		}
		return err
	}
}

func TestUnreadablePatternsCloseTheirFolder(t *testing.T) {
	dir := openDir(t)
	must(t, os.WriteFile(filepath.Join(dir, "a.txt"), nil, 0o644))
	must(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "sub", "b.txt"), nil, 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "sub", ignoreName), []byte("x"), 0))
	asStranger(t, func() {
		var found []string
		w := walk{dir: dir, found: func(raw string, _ fs.FileInfo) { found = append(found, raw) }}
		if err := w.run(context.Background()); err != nil || len(found) != 1 || found[0] != "a.txt" || !strings.Contains(w.broken, "permission denied") {
			t.Errorf("found %q, %v, %q", found, err, w.broken)
		}
	})
}
