package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Limits of a walk. What lies beyond is not shared, and the root says so.
const (
	maxDepth   = 128  // folders in folders
	maxPath    = 4096 // bytes of a path below its root
	readAtOnce = 1024 // entries of a folder read at a time
)

// walk looks at every file of a folder and tells what would be shared.
//
// It follows no link, enters no hidden folder, and takes regular files only. A
// file or folder that cannot be read is a fault, never the end: found goes on
// with the rest.
type walk struct {
	dir string

	found   func(raw string, info fs.FileInfo) // a file to share
	flagged func(raw string, why string)       // left out, by its name; may be nil

	entering func(raw string, here *os.Root)  // a folder that is read now; may be nil
	left     func(raw string, inner []string) // a folder that was read, with those in it; may be nil

	faults faults
	hidden int // files and folders left out as hidden or unfinished
	others int // links, FIFOs, sockets and devices left out
}

// faults counts what could not be read and keeps the first reason.
type faults struct {
	count int
	first string
}

func (f *faults) add(err error) {
	if f.count++; f.count == 1 {
		f.first = err.Error()
	}
}

func (f faults) String() string {
	switch f.count {
	case 0:
		return ""
	case 1:
		return "one file or folder cannot be read: " + f.first
	}
	return fmt.Sprintf("%d files or folders cannot be read; the first: %s", f.count, f.first)
}

// run returns an error only when the folder itself cannot be read or ctx ends.
func (w *walk) run(ctx context.Context) error {
	top, err := os.OpenRoot(w.dir)
	if err != nil {
		return err
	}
	defer top.Close()
	return w.from(ctx, top, ".", func(string) bool { return true })
}

// from looks at a folder, and at those below it that into wants. It returns an
// error only when the first cannot be read or ctx ends.
func (w *walk) from(ctx context.Context, top *os.Root, first string, into func(raw string) bool) error {
	pending := []string{first}
	for len(pending) > 0 {
		dir := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		inner, err := w.folder(ctx, top, dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && dir == first {
			return err
		}
		if err != nil {
			w.faults.add(err)
		}
		if w.left != nil {
			w.left(dir, inner)
		}
		for _, raw := range inner {
			if into(raw) {
				pending = append(pending, raw)
			}
		}
	}
	return nil
}

// folder tells the files of one folder and gives the folders in it.
func (w *walk) folder(ctx context.Context, top *os.Root, dir string) (inner []string, err error) {
	// The names are read through a root of their own, so that a folder that
	// is swapped for a link in between leads nowhere else.
	here, err := top.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer here.Close()
	if w.entering != nil {
		w.entering(dir, here)
	}
	list, err := here.Open(".")
	if err != nil {
		return nil, err
	}
	defer list.Close()
	for ctx.Err() == nil {
		entries, err := list.ReadDir(readAtOnce)
		for _, entry := range entries {
			raw := path.Join(dir, entry.Name())
			if w.entry(here, raw, entry) {
				inner = append(inner, raw)
			}
		}
		if errors.Is(err, io.EOF) {
			return inner, nil
		}
		if err != nil {
			return inner, err
		}
	}
	return inner, nil
}

// entry deals with one name; true when it is a folder to look into.
func (w *walk) entry(here *os.Root, raw string, entry fs.DirEntry) (isDir bool) {
	name := entry.Name()
	switch kind := entry.Type(); {
	case strings.HasPrefix(name, ".") || unfinished(name):
		w.hidden++
	case kind.IsDir():
		if len(raw) > maxPath || strings.Count(raw, "/") >= maxDepth {
			w.faults.add(fmt.Errorf("%s lies too deep", DisplayName(path.Base(raw))))
			return false
		}
		return true
	case !kind.IsRegular():
		w.others++
	default:
		w.file(here, raw, name)
	}
	return false
}

func (w *walk) file(here *os.Root, raw, name string) {
	info, err := here.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist): // gone in between
	case err != nil:
		w.faults.add(err)
	case !info.Mode().IsRegular():
		w.others++
	case hiddenBySystem(info):
		w.hidden++
	default:
		if why := sensitive(name); why == "" {
			w.found(raw, info)
		} else if w.flagged != nil {
			w.flagged(raw, why)
		}
	}
}

// stat gives the identity of a file that the walk found.
func (w *walk) stat(raw string, info fs.FileInfo) fileStat {
	return statOf(info, filepath.Join(w.dir, filepath.FromSlash(raw)))
}
