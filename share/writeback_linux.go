package share

import (
	"os"

	"golang.org/x/sys/unix"
)

// startWriteback has the system begin to put on the disk what was written, and
// waits for none of it. It takes no error from the Sync that comes later: only
// waiting would.
func startWriteback(f *os.File) (err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if failed := raw.Control(func(fd uintptr) {
		err = unix.SyncFileRange(int(fd), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
	}); failed != nil {
		return failed
	}
	return err
}
