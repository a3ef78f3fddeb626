package share

import (
	"hash/fnv"
	"io/fs"
	"os"
	"syscall"
)

// statOf takes the place of the file for its identity, as listing a folder does
// not tell the file's number.
func statOf(info fs.FileInfo, path string) fileStat {
	h := fnv.New64a()
	h.Write([]byte(path))
	return fileStat{ino: h.Sum64(), size: info.Size(), mtime: info.ModTime().UnixNano()}
}

// openBeneath opens a file below dir, following no link that leads out of it.
// What it opened must still be looked at.
func openBeneath(dir, raw string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(raw)
}

// openRegular opens for reading. What it opened must still be looked at.
func openRegular(path string) (*os.File, error) { return os.Open(path) }

func hiddenBySystem(info fs.FileInfo) bool {
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&syscall.FILE_ATTRIBUTE_HIDDEN != 0
}

// hiddenFolder is for entries of a list, which bring their attributes along.
func hiddenFolder(entry fs.DirEntry) bool {
	info, err := entry.Info()
	return err == nil && hiddenBySystem(info)
}

// openNonblock: there are no FIFOs in folders here.
const openNonblock = 0
