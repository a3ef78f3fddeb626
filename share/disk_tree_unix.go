//go:build unix

package share

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// create does without os.File, which costs as much as a small file itself.
func (osDisk) create(dir, name string, b []byte) error {
	fd, err := openBelow(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	for err == nil && len(b) > 0 {
		var n int
		if n, err = unix.Write(fd, b); errors.Is(err, unix.EINTR) {
			n, err = 0, nil
		}
		b = b[max(n, 0):]
	}
	if closed := unix.Close(fd); err == nil {
		err = closed
	}
	if err != nil {
		return &fs.PathError{Op: "write", Path: filepath.Join(dir, name), Err: err}
	}
	return nil
}

func (osDisk) openIn(dir, name string, flag int, perm fs.FileMode) (diskFile, error) {
	fd, err := openBelow(dir, name, unix.O_RDWR|unix.O_NONBLOCK|flag, uint32(perm.Perm()))
	if err != nil {
		return nil, err
	}
	return osFile{os.NewFile(uintptr(fd), filepath.Join(dir, name)), new(atomic.Int64)}, nil
}

func (osDisk) makeIn(dir, name string) error {
	fd, err := enterFolder(dir, name, func(fd int, name string) error {
		if err := unix.Mkdirat(fd, name, 0o777); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
		return nil
	})
	if err != nil {
		return &fs.PathError{Op: "make the folder", Path: filepath.Join(dir, name), Err: err}
	}
	return unix.Close(fd)
}

func (osDisk) state(dir, name string) (stat fileStat, err error) {
	folder, base := splitName(name)
	fd, err := enterFolder(dir, folder, nil)
	if err == nil {
		var s unix.Stat_t
		err = unix.Fstatat(fd, base, &s, unix.AT_SYMLINK_NOFOLLOW)
		unix.Close(fd)
		if err == nil {
			stat, err = statOfRegular(&s)
		}
	}
	if err != nil {
		return fileStat{}, &fs.PathError{Op: "look at", Path: filepath.Join(dir, name), Err: err}
	}
	return stat, nil
}

func openBelow(dir, name string, flags int, perm uint32) (int, error) {
	folder, base := splitName(name)
	fd, err := enterFolder(dir, folder, nil)
	if err == nil {
		parent := fd
		fd, err = openAtMode(parent, base, unix.O_NOFOLLOW|flags, perm)
		unix.Close(parent)
	}
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: filepath.Join(dir, name), Err: err}
	}
	return fd, nil
}

func splitName(name string) (folder, base string) {
	at := strings.LastIndexByte(name, '/')
	return name[:max(at, 0)], name[at+1:]
}

// enterFolder opens a folder below dir, component by component; before, if any,
// is called ahead of each.
func enterFolder(dir, name string, before func(fd int, name string) error) (int, error) {
	fd, err := openAt(unix.AT_FDCWD, dir, unix.O_NOFOLLOW|unix.O_DIRECTORY)
	for err == nil && name != "" {
		var part string
		part, name, _ = strings.Cut(name, "/")
		if before != nil {
			err = before(fd, part)
		}
		next := -1
		if err == nil {
			next, err = openAt(fd, part, unix.O_NOFOLLOW|unix.O_DIRECTORY)
		}
		unix.Close(fd)
		fd = next
	}
	return fd, err
}
