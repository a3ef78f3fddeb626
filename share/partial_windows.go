package share

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

const (
	// openNoFollow has no flag here; the regular-file check stands alone.
	openNoFollow = 0
	// moveNeedsClosed: Windows does not rename a file that is open.
	moveNeedsClosed = true
)

// bootID is not known here, so partials are hashed again after any unclean end.
func bootID() string { return "" }

// lockFile takes the file for this process; ErrPartialLocked where another has
// it. It locks one byte far beyond any file, so that reads stay free.
func lockFile(f *os.File) error {
	place := &windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, place)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrPartialLocked
	}
	return err
}

// renameNoReplace fails with fs.ErrExist where the target name is taken, which
// is what MoveFileEx does unless told to replace.
func renameNoReplace(from, to string) error {
	oldName, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	newName, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	if err := windows.MoveFileEx(oldName, newName, windows.MOVEFILE_WRITE_THROUGH); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// freeBytes is what this user may still write to the folder's disk.
func freeBytes(dir string) (n int64, known bool) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, false
	}
	return int64(free), true
}

func isNoSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// dropCache has no counterpart here.
func dropCache(*os.File) {}
