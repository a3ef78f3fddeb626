package share

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// disk is what partials need of the file system. Two stand behind it: osDisk,
// and one of the tests whose power can fail at any step. Paths are absolute.
type disk interface {
	treeDisk

	// open opens for reading and writing and follows no link in the last
	// component; flag may add os.O_CREATE, O_EXCL and O_TRUNC.
	open(path string, flag int, perm fs.FileMode) (diskFile, error)
	// read gives at most limit bytes of a file, from its beginning.
	read(path string, limit int64) ([]byte, error)
	exists(path string) bool // a link counts, wherever it leads
	// rename fails with fs.ErrExist where to is taken, unless told to replace.
	rename(from, to string, replace bool) error
	remove(path string) error
	mkdirAll(path string, perm fs.FileMode) error
	// syncDir makes the names in a folder, a rename above all, survive a power cut.
	syncDir(dir string) error
	// syncTree makes everything beneath a folder survive one; since was opened
	// on the same disk before the first write, and brings its failures to light.
	syncTree(dir string, since diskFile) error
	// free is what an ordinary user may still write to the folder's disk, in bytes.
	free(dir string) (n int64, known bool)
	bootID() string // names this run of the system; empty where it is not known
}

// diskFile is an open file of a disk. Any goroutine may read and write.
type diskFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(sizeBytes int64) error
	Sync() error
	Stat() (fs.FileInfo, error)
	Chmod(mode fs.FileMode) error
	lock() error                    // takes it for this process; ErrPartialLocked
	dropCache()                     // makes the next read come from the disk, where that can be
	isAt(path string) (bool, error) // whether path names this very file
}

// makeDir makes a folder and those it lies in, so that they survive a power cut.
func makeDir(d disk, dir string, perm fs.FileMode) error {
	var made []string
	for at := dir; !d.exists(at) && at != filepath.Dir(at); at = filepath.Dir(at) {
		made = append(made, at)
	}
	if len(made) == 0 {
		return nil
	}
	err := d.mkdirAll(dir, perm)
	for _, at := range made {
		if err == nil {
			err = d.syncDir(filepath.Dir(at))
		}
	}
	return err
}

// osDisk is the disk of the operating system.
type osDisk struct{}

func (osDisk) open(path string, flag int, perm fs.FileMode) (diskFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|openNoFollow|flag, perm)
	if err != nil {
		return nil, err
	}
	return osFile{f, new(atomic.Int64)}, nil
}

func (osDisk) read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

func (osDisk) exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (osDisk) rename(from, to string, replace bool) error {
	if replace {
		return os.Rename(from, to)
	}
	return renameNoReplace(from, to)
}

func (osDisk) remove(path string) error                     { return os.Remove(path) }
func (osDisk) mkdirAll(path string, perm fs.FileMode) error { return os.MkdirAll(path, perm) }
func (osDisk) syncDir(dir string) error                     { return syncDir(dir) }
func (osDisk) syncTree(dir string, since diskFile) error {
	f, ok := since.(osFile)
	if !ok {
		return syncEach(dir)
	}
	return syncTree(dir, f.File)
}

func (osDisk) free(dir string) (n int64, known bool) { return freeBytes(dir) }
func (osDisk) bootID() string                        { return bootID() }

// writebackEvery is how much of a file is written before the system is told to
// begin putting it on the disk. Otherwise it begins when much of the memory is
// dirty, and the Sync at the end of a fast transfer waits for nearly all of it;
// less at a time would scatter the writes of a swarm.
const writebackEvery = 16 << 20

type osFile struct {
	*os.File
	behind *atomic.Int64 // bytes written since
}

func (f osFile) WriteAt(b []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(b, off)
	if behind := f.behind.Add(int64(n)); behind >= writebackEvery {
		f.behind.Add(-behind)
		_ = startWriteback(f.File) // what it cannot do now is done by Sync
	}
	return n, err
}

func (f osFile) lock() error { return lockFile(f.File) }
func (f osFile) dropCache()  { dropCache(f.File) }

func (f osFile) isAt(path string) (bool, error) {
	ours, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(ours, there), err
}
