//go:build unix

package share

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// opener opens files below a folder, following no link on the way from there,
// one after the other. It keeps the folder of the last one open, so that its
// neighbours cost one look at a name each. One goroutine.
type opener struct {
	dir    string // absolute
	folder string // of the last file, below dir
	fd     int    // of folder; 0 while none is open
}

// open opens a regular file and tells its state.
func (o *opener) open(raw string) (*bareFile, fileStat, error) {
	f, err := o.try(raw)
	if err != nil { // the folder may be another by now
		o.close()
		f, err = o.try(raw)
	}
	if err != nil {
		return nil, fileStat{}, &fs.PathError{Op: "open", Path: filepath.Join(o.dir, raw), Err: err}
	}
	stat, err := f.state()
	if err != nil {
		f.Close()
		return nil, stat, err
	}
	return f, stat, nil
}

func (o *opener) try(raw string) (*bareFile, error) {
	folder, name := path.Split(raw)
	if o.fd == 0 || folder != o.folder {
		o.close()
		if err := o.enter(folder); err != nil {
			return nil, err
		}
	}
	fd, err := openAt(o.fd, name, unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return &bareFile{fd}, nil
}

func (o *opener) enter(folder string) error {
	fd, err := openAt(unix.AT_FDCWD, o.dir, unix.O_DIRECTORY)
	for err == nil && folder != "" {
		var name string
		name, folder, _ = strings.Cut(folder, "/")
		var next int
		next, err = openAt(fd, name, unix.O_NOFOLLOW|unix.O_DIRECTORY)
		unix.Close(fd)
		fd = next
		o.folder += name + "/"
	}
	if err != nil {
		o.folder = ""
		return err
	}
	o.fd = fd
	return nil
}

func (o *opener) close() {
	if o.fd != 0 {
		unix.Close(o.fd)
	}
	o.fd, o.folder = 0, ""
}

// bareFile is an open file without what os.File does for pipes and terminals,
// which costs more than reading a small file.
type bareFile struct{ fd int }

// state gives the present state of a regular file.
func (f *bareFile) state() (fileStat, error) {
	var s unix.Stat_t
	if err := unix.Fstat(f.fd, &s); err != nil {
		return fileStat{}, err
	}
	return statOfRegular(&s)
}

func statOfRegular(s *unix.Stat_t) (fileStat, error) {
	if s.Mode&unix.S_IFMT != unix.S_IFREG {
		return fileStat{}, errors.New("no regular file")
	}
	return fileStat{dev: uint64(s.Dev), ino: uint64(s.Ino), size: s.Size, mtime: s.Mtim.Nano()}, nil //nolint:unconvert // their types differ between systems
}

// ReadAt is io.ReaderAt's.
func (f *bareFile) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		m, err := unix.Pread(f.fd, b[n:], off+int64(n))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return n, err
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

func (f *bareFile) Close() error { return unix.Close(f.fd) }
