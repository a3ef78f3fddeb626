package share

import (
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// treeDisk is what a partial needs beside, whose files lie in a folder.
type treeDisk interface {
	// create makes a file of these bytes; fs.ErrExist where the name is taken.
	create(path string, b []byte) error
	// state tells a regular file from its other states, without following a link.
	state(path string) (fileStat, error)
	chmod(path string, mode fs.FileMode) error
	readers() int // as many goroutines read at once
	// removeAll removes a folder with all in it; one that is not there is removed.
	removeAll(path string) error
}

func (osDisk) state(path string) (fileStat, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return fileStat{}, err
	}
	if !info.Mode().IsRegular() {
		return fileStat{}, fmt.Errorf("%s is no regular file", path)
	}
	return statOf(info, path), nil
}

func (osDisk) readers() int                              { return runtime.GOMAXPROCS(0) }
func (osDisk) chmod(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }
func (osDisk) removeAll(path string) error               { return os.RemoveAll(path) }
