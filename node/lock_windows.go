package node

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockByte is far beyond the file's end: windows locks are mandatory, and the process id at the front must stay readable to others.
const lockByte = 1 << 30

func tryLock(file *os.File) (bool, error) {
	at := &windows.Overlapped{Offset: lockByte}
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}
