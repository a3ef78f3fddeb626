//go:build unix

package share

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// statOf takes the identity of a file from what the system told about it.
func statOf(info fs.FileInfo, _ string) fileStat {
	s := fileStat{size: info.Size(), mtime: info.ModTime().UnixNano()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		s.dev, s.ino = uint64(sys.Dev), uint64(sys.Ino) //nolint:unconvert // their types differ between systems
	}
	return s
}

// openBeneath opens a file below dir, following no link on the way from there.
// What it opened must still be looked at.
func openBeneath(dir, raw string) (*os.File, error) {
	path := filepath.Join(dir, raw)
	fd, err := openAt(unix.AT_FDCWD, dir, unix.O_DIRECTORY)
	for err == nil {
		name, rest, inner := strings.Cut(raw, "/")
		flags := unix.O_NOFOLLOW | unix.O_NONBLOCK
		if inner {
			flags = unix.O_NOFOLLOW | unix.O_DIRECTORY
		}
		var next int
		next, err = openAt(fd, name, flags)
		unix.Close(fd)
		if err == nil && !inner {
			return os.NewFile(uintptr(next), path), nil
		}
		fd, raw = next, rest
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: err}
}

func openAt(dir int, name string, flags int) (int, error) {
	return openAtMode(dir, name, unix.O_RDONLY|flags, 0)
}

func openAtMode(dir int, name string, flags int, perm uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, unix.O_CLOEXEC|flags, perm)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// openRegular opens without following a link and without waiting for the other
// end of a FIFO. What it opened must still be looked at.
func openRegular(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
}

func hiddenBySystem(fs.FileInfo) bool { return false }

func hiddenFolder(fs.DirEntry) bool { return false }

// openNonblock has an open that may meet a FIFO not wait for its other end.
const openNonblock = unix.O_NONBLOCK
