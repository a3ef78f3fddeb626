package share

import (
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// syncsAtOnce is how many fsyncs wait for the disk together, which then writes
// them in one go.
const syncsAtOnce = 16

// syncEach puts every file and folder beneath dir, and dir, on the disk: first
// the bytes, then the names.
func syncEach(dir string) error {
	var folders []string
	group := new(errgroup.Group)
	group.SetLimit(syncsAtOnce)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			folders = append(folders, path)
		case e.Type().IsRegular():
			group.Go(func() error { return syncPath(path) })
		}
		return nil
	})
	if waitErr := group.Wait(); waitErr != nil {
		return waitErr
	}
	for i := len(folders) - 1; err == nil && i >= 0; i-- {
		err = syncDir(folders[i])
	}
	return err
}

func syncPath(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|openNoFollow, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
