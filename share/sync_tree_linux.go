package share

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// syncTree puts everything beneath dir on the disk. since is a file of the same
// disk that was opened before the first write: its one syncfs tells of every
// write that has failed since then, where the kernel does (5.8 and later; older
// ones get an fsync for each file).
func syncTree(dir string, since *os.File) error {
	if !syncfsTellsErrors() {
		return syncEach(dir)
	}
	if err := unix.Syncfs(int(since.Fd())); err != nil {
		return &os.PathError{Op: "syncfs", Path: dir, Err: err}
	}
	return nil
}

func syncfsTellsErrors() bool {
	var u unix.Utsname
	var major, minor int
	if err := unix.Uname(&u); err != nil {
		return false
	}
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 5 || major == 5 && minor >= 8
}
