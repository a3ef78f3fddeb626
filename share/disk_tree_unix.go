//go:build unix

package share

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// create does without os.File, which costs as much as a small file itself.
func (osDisk) create(path string, b []byte) error {
	fd, err := openToCreate(path)
	if err != nil {
		return &fs.PathError{Op: "create", Path: path, Err: err}
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
		return &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

func openToCreate(path string) (fd int, err error) {
	for {
		fd, err = unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o666)
		if err != unix.EINTR {
			return fd, err
		}
	}
}
