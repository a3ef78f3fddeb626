package share

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// opener opens files below a folder, following no link that leads out of it.
type opener struct{ dir string }

// open opens a regular file and tells its state.
func (o *opener) open(raw string) (*bareFile, fileStat, error) {
	file, err := openBeneath(o.dir, raw)
	if err != nil {
		return nil, fileStat{}, err
	}
	f := &bareFile{file, filepath.Join(o.dir, filepath.FromSlash(raw))}
	stat, err := f.state()
	if err != nil {
		f.Close()
		return nil, stat, err
	}
	return f, stat, nil
}

func (o *opener) close() {}

type bareFile struct {
	*os.File
	path string
}

// state gives the present state of a regular file.
func (f *bareFile) state() (fileStat, error) {
	info, err := f.Stat()
	if err != nil {
		return fileStat{}, err
	}
	if !info.Mode().IsRegular() {
		return fileStat{}, fmt.Errorf("%s is no regular file: %w", f.path, fs.ErrNotExist)
	}
	return statOf(info, f.path), nil
}
