package share

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// bootID names this run of the kernel, empty where it is not known.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// renameNoReplace fails with fs.ErrExist where the target name is taken.
func renameNoReplace(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return linkNoReplace(from, to) // a file system without the flag
	}
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
}

// dropCache makes the next read come from the disk.
func dropCache(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // advice only: without it the read is merely less telling
}
