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
	"slices"
	"strings"

	"starling/share/ignore"
)

// Limits of a walk. What lies beyond is not shared, and the root says so.
const (
	maxDepth   = 128  // folders in folders
	maxPath    = 4096 // bytes of a path below its root
	readAtOnce = 1024 // entries of a folder read at a time
)

// walk looks at every file of a folder and tells what would be shared.
//
// It follows no link, enters no folder that is left out, and takes regular files
// only. A file or folder that cannot be read is a fault, never the end: found
// goes on with the rest. Names come in their order, those of a folder after
// those beside it.
type walk struct {
	dir     string
	rules   ignore.Rules
	fetched bool // see judge
	open    bool // look whether each file can be read

	found   func(raw string, info fs.FileInfo)      // a file to share
	leftOut func(raw string, isDir bool, v verdict) // may be nil

	entering func(raw string, here *os.Root)  // a folder that is read now; may be nil
	left     func(raw string, inner []string) // a folder that was read, with those in it; may be nil

	faults faults
	broken string // the first file of patterns that cannot be used
}

func (w *walk) judge() judge { return judge{dir: w.dir, rules: w.rules, fetched: w.fetched} }

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
	return w.from(ctx, top, w.judge().top(), func(string) bool { return true })
}

// from looks at a folder, and at those below it that into wants. It returns an
// error only when the first cannot be read or ctx ends.
func (w *walk) from(ctx context.Context, top *os.Root, first place, into func(raw string) bool) error {
	pending := []place{first}
	for len(pending) > 0 {
		p := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		inner, err := w.folder(ctx, top, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && p.raw == first.raw {
			return err
		}
		if err != nil {
			w.leave(p.raw, true, verdict{reason: leftUnread, why: err.Error()})
		}
		if w.left != nil {
			w.left(p.raw, raws(inner))
		}
		inner = slices.DeleteFunc(inner, func(in place) bool { return !into(in.raw) })
		slices.Reverse(inner) // the last one is looked into first
		pending = append(pending, inner...)
	}
	return nil
}

// leave has it that something is left out.
func (w *walk) leave(raw string, isDir bool, v verdict) {
	if v.reason == leftUnread {
		w.faults.add(errors.New(v.why))
	}
	if w.leftOut != nil {
		w.leftOut(raw, isDir, v)
	}
}

func raws(places []place) []string {
	list := make([]string, len(places))
	for i, p := range places {
		list[i] = p.raw
	}
	return list
}

// folder tells the files of one folder and gives the folders in it.
func (w *walk) folder(ctx context.Context, top *os.Root, p place) (inner []place, err error) {
	// The names are read through a root of their own, so that a folder that
	// is swapped for a link in between leads nowhere else.
	here, err := top.OpenRoot(p.raw)
	if err != nil {
		return nil, err
	}
	defer here.Close()
	if w.entering != nil {
		w.entering(p.raw, here)
	}
	entries, err := readNames(ctx, here)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	has := among(entries)
	if err != nil {
		has = holds(here) // what was not read may be what matters
	}
	p, v := w.judge().enter(here, p, has)
	if v.left() {
		return nil, w.closed(p, v)
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if w.entry(here, p, entry) {
			inner = append(inner, place{raw: path.Join(p.raw, entry.Name()), rules: p.rules})
		}
	}
	return inner, err
}

// closed deals with a folder that is not looked into for what it holds.
func (w *walk) closed(p place, v verdict) error {
	if v.reason != leftUnread && p.raw == "." {
		return fmt.Errorf("it is left out: it looks like %s", v.why)
	}
	if v.reason != leftUnread {
		w.leave(p.raw, true, v)
		return nil
	}
	if w.broken == "" {
		w.broken = v.why
	}
	return errors.New(v.why)
}

// readNames gives the entries of a folder in the order of their names, and with
// an error those it could read.
func readNames(ctx context.Context, here *os.Root) (entries []fs.DirEntry, err error) {
	list, err := here.Open(".")
	if err != nil {
		return nil, err
	}
	defer list.Close()
	for err == nil && ctx.Err() == nil {
		var some []fs.DirEntry
		some, err = list.ReadDir(readAtOnce)
		entries = append(entries, some...)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// among tells whether a name is one of the entries.
func among(entries []fs.DirEntry) func(name string) bool {
	return func(name string) bool {
		_, found := slices.BinarySearchFunc(entries, name, func(e fs.DirEntry, name string) int { return strings.Compare(e.Name(), name) })
		return found
	}
}

// entry deals with one name; true when it is a folder to look into.
func (w *walk) entry(here *os.Root, p place, entry fs.DirEntry) (isDir bool) {
	name, kind := entry.Name(), entry.Type()
	raw := path.Join(p.raw, name)
	v := w.judge().name(p, name, kind.IsDir())
	switch {
	case v.reason == leftHidden || v.reason == leftUnfinished:
		w.leave(raw, kind.IsDir(), v)
	case !kind.IsDir() && !kind.IsRegular():
		w.leave(raw, false, verdict{reason: leftOther})
	case v.left():
		w.leave(raw, kind.IsDir(), v)
	case kind.IsDir():
		if hiddenFolder(entry) {
			w.leave(raw, true, verdict{reason: leftHidden})
			return false
		}
		return true
	default:
		w.file(here, raw, name)
	}
	return false
}

func (w *walk) file(here *os.Root, raw, name string) {
	info, err := here.Lstat(name)
	if err == nil && w.open && info.Mode().IsRegular() {
		err = canRead(here, name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist): // gone in between
	case err != nil:
		w.leave(raw, false, verdict{reason: leftUnread, why: err.Error()})
	case !info.Mode().IsRegular():
		w.leave(raw, false, verdict{reason: leftOther})
	case hiddenBySystem(info):
		w.leave(raw, false, verdict{reason: leftHidden})
	default:
		w.found(raw, info)
	}
}

// canRead opens a file as hashing it would.
func canRead(here *os.Root, name string) error {
	f, err := here.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// stat gives the identity of a file that the walk found.
func (w *walk) stat(raw string, info fs.FileInfo) fileStat {
	return statOf(info, filepath.Join(w.dir, filepath.FromSlash(raw)))
}
