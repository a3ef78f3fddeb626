//go:build unix

package share

import (
	"io/fs"
	"os"
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

// openRegular opens without following a link and without waiting for the other
// end of a FIFO. What it opened must still be looked at.
func openRegular(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
}

func hiddenBySystem(fs.FileInfo) bool { return false }
