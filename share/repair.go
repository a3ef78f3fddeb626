package share

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"starling/share/content"
)

// ErrNotPlain says that there is no plain file at a path, but a link, a folder or
// something else.
var ErrNotPlain = errors.New("it is not a plain file")

// FileState tells the state of a file on this disk from any other. It is text that
// means nothing by itself.
type FileState string

func (s fileStat) state() FileState {
	return FileState(fmt.Sprintf("%x.%x.%x.%x", s.dev, s.ino, s.size, uint64(s.mtime)))
}

// stateAt gives the state of the plain file at a path, following no link there.
func stateAt(path string) (fileStat, os.FileMode, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fileStat{}, 0, err
	case !info.Mode().IsRegular():
		return fileStat{}, 0, fmt.Errorf("%s: %w", path, ErrNotPlain)
	}
	return statOf(info, path), info.Mode().Perm(), nil
}

// Expectation is what a file on this disk should be.
type Expectation struct {
	Path     string // absolute, the links of its folder followed
	State    FileState
	ID       content.ID
	Manifest *content.Manifest // nil where it is not known
	Damaged  bool              // Verify has found it so
}

// Expected says what the file at a path should be. Errors: the file system's;
// ErrNotPlain; ErrRefused for what Starling keeps of its own; ErrNotShared where
// nothing is known of the file, and ErrChanged with the ID that it had where it is
// no longer what was hashed. Path and State are good with both.
func (l *Library) Expected(path string) (Expectation, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Expectation{}, err
	}
	e := Expectation{Path: filepath.Join(resolved(filepath.Dir(abs)), filepath.Base(abs))}
	stat, _, err := stateAt(e.Path)
	if err != nil {
		return e, err
	}
	if slices.ContainsFunc(l.refusals.private, func(p string) bool { return within(e.Path, p) }) {
		return e, fmt.Errorf("%s: %w: Starling keeps its own state there", e.Path, ErrRefused)
	}
	e.State = stat.state()
	size := stat.size
	if f := l.damage.get(stat); f != nil {
		e.ID, e.Damaged = f.ID, true
	} else if rec := l.recordAt(e.Path); rec != nil {
		e.ID, size = rec.id, rec.stat.size
		if rec.stat != stat {
			return e, fmt.Errorf("%s: %w", e.Path, ErrChanged)
		}
	} else {
		return e, fmt.Errorf("%s: %w", e.Path, ErrNotShared)
	}
	if m, err := l.catalog.manifest(e.ID, size); err == nil {
		e.Manifest = m
	}
	return e, nil
}

// recordAt finds the shared or fetched file at a path; nil when there is none.
func (l *Library) recordAt(abs string) *record {
	rec := l.place(abs, false)
	if known := l.shelf.byName(rec.root, rec.path, rec.raw); known != nil {
		return known
	}
	for _, known := range l.shelf.listing(l.adopted) { // a file of a fetched folder, or one that was fetched through a link
		if samePlace(filepath.FromSlash(known.raw), abs) {
			return known
		}
	}
	return nil
}

// samePlace says that two absolute paths lead to the same place, through whatever
// links to its folder.
func samePlace(a, b string) bool {
	return a == b || filepath.Base(a) == filepath.Base(b) && resolved(filepath.Dir(a)) == resolved(filepath.Dir(b))
}
