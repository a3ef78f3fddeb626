package share

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

func (osDisk) create(dir, name string, b []byte) error {
	f, err := openBelow(dir, name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

func (osDisk) openIn(dir, name string, flag int, perm fs.FileMode) (diskFile, error) {
	f, err := openBelow(dir, name, os.O_RDWR|flag, perm)
	if err != nil {
		return nil, err
	}
	return osFile{f, new(atomic.Int64)}, nil
}

func (osDisk) makeIn(dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.MkdirAll(filepath.FromSlash(name), 0o777)
}

func (osDisk) state(dir, name string) (fileStat, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fileStat{}, err
	}
	defer root.Close()
	info, err := root.Lstat(filepath.FromSlash(name))
	if err != nil {
		return fileStat{}, err
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if !info.Mode().IsRegular() {
		return fileStat{}, fmt.Errorf("%s is no regular file", path)
	}
	return statOf(info, path), nil
}

func openBelow(dir, name string, flag int, perm fs.FileMode) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.OpenFile(filepath.FromSlash(name), flag, perm)
}
