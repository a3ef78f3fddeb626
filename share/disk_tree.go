package share

import (
	"io/fs"
	"os"
	"runtime"
)

// treeDisk is what a partial needs beside, whose files lie in a folder. A name is
// that of a file below dir, with slashes; no link is followed on the way from dir
// to it, nor dir itself, so that who swaps a folder for a link gains nothing.
type treeDisk interface {
	// create makes a file of these bytes; fs.ErrExist where the name is taken.
	create(dir, name string, b []byte) error
	// openIn opens for reading and writing; flag may add os.O_CREATE.
	openIn(dir, name string, flag int, perm fs.FileMode) (diskFile, error)
	// makeIn makes a folder and those it lies in.
	makeIn(dir, name string) error
	// state tells a regular file from its other states.
	state(dir, name string) (fileStat, error)
	chmod(path string, mode fs.FileMode) error
	readers() int // as many goroutines read at once
	// removeAll removes a folder with all in it; one that is not there is removed.
	removeAll(path string) error
}

func (osDisk) readers() int                              { return runtime.GOMAXPROCS(0) }
func (osDisk) chmod(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }
func (osDisk) removeAll(path string) error               { return os.RemoveAll(path) }
