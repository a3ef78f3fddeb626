//go:build unix

package share

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	// openNoFollow refuses a symbolic link in the last component.
	openNoFollow = unix.O_NOFOLLOW
	// moveNeedsClosed: an open file can be renamed.
	moveNeedsClosed = false
)

// lockFile takes the file for this process; ErrPartialLocked where another has
// it. The lock goes with the file's last descriptor.
func lockFile(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return ErrPartialLocked
	case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOSYS):
		return nil // a network file system without locks
	}
	return err
}

// linkNoReplace is rename without replacing in two steps. Between them the file
// has both names, never none.
func linkNoReplace(from, to string) error {
	if info, err := os.Lstat(from); err == nil && info.IsDir() {
		return claimFolder(from, to)
	}
	err := os.Link(from, to)
	if err == nil {
		return os.Remove(from)
	}
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		return claimAndRename(from, to) // a file system without hard links
	}
	return err
}

// claimFolder takes the name with an empty folder first, which fails when it is
// taken, and replaces that one.
func claimFolder(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	if err := unix.Rename(from, to); err != nil { // os.Rename replaces no folder
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// claimAndRename takes the name with an empty file first, which fails when it is
// taken, and replaces that one.
func claimAndRename(from, to string) error {
	claim, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := claim.Close(); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// freeBytes is what an ordinary user may still write to the folder's disk.
func freeBytes(dir string) (n int64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil || s.Blocks == 0 {
		return 0, false
	}
	return int64(uint64(s.Bavail) * uint64(s.Bsize)), true
}

func isNoSpace(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}
