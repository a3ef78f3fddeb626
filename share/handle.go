package share

import (
	"errors"
	"fmt"
	"io"
	"os"

	"starling/share/content"
)

// ErrChanged says that a file is no longer what was hashed. It is looked at
// again, and shared again under its new id.
var ErrChanged = errors.New("the file has changed since it was hashed")

// Handle reads one shared file, as long as it stays as it was hashed. Any
// goroutine may use it.
type Handle struct {
	f        readerCloser
	file     File
	manifest *content.Manifest
	lapsed   func() bool

	indexGroups int // of a collection
}

var _ io.ReaderAt = (*Handle)(nil)

type readerCloser interface {
	io.ReaderAt
	io.Closer
}

// Open is View.Open for the owner.
func (l *Library) Open(id content.ID) (*Handle, error) { return l.For(Owner()).Open(id) }

func (l *Library) openRecord(rec *record) (*Handle, error) {
	if rec.pack != nil {
		return l.openPack(rec)
	}
	f, stat, err := rec.root.open(rec.raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrChanged, err)
	}
	if stat != rec.stat {
		f.Close()
		return nil, ErrChanged
	}
	m, err := l.catalog.manifest(rec.id, rec.stat.size)
	if err != nil {
		f.Close()
		l.catalog.forget(rec.stat)
		l.shelf.change(rec.root, nil, []*record{rec})
		return nil, fmt.Errorf("%w: %w", ErrChanged, err)
	}
	return &Handle{f: &steady{f, stat, func() { l.doubt(rec) }, &l.damage}, file: rec.file(), manifest: m}, nil
}

// steady is a file that is read only while it is in the state that was hashed:
// who serves changed bytes is cut off as a liar.
type steady struct {
	*os.File
	stat  fileStat
	doubt func()

	damage *damageList
}

func (s *steady) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.File.ReadAt(b, off)
	info, statErr := s.File.Stat() // after the read: a change before it shows
	if statErr != nil || info.Size() != s.stat.size || info.ModTime().UnixNano() != s.stat.mtime || s.damage.has(s.stat) {
		s.doubt()
		return 0, ErrChanged
	}
	return n, err
}

// openPack opens no file: they are opened as they are read.
func (l *Library) openPack(rec *record) (*Handle, error) {
	m, err := l.catalog.manifest(rec.id, rec.stat.size)
	if err != nil {
		l.catalog.forget(rec.stat)
		l.dropPack(rec)
		return nil, fmt.Errorf("%w: %w", ErrChanged, err)
	}
	r := &packReader{pack: rec.pack, opener: opener{dir: rec.pack.dir}, doubt: func() { l.dropPack(rec) }, damage: &l.damage}
	return &Handle{f: r, file: rec.file(), manifest: m, indexGroups: rec.pack.col.IndexGroups()}, nil
}

// ReadAt reads the file's bytes as they were hashed, or the error is ErrChanged. It
// is ErrNotShared once the handle has lapsed.
func (h *Handle) ReadAt(b []byte, off int64) (int, error) {
	if h.Lapsed() {
		return 0, fmt.Errorf("%s: %w", h.file.ID.Short(), ErrNotShared)
	}
	return h.f.ReadAt(b, off)
}

// Lapsed says that the file was taken back: it is no longer shared with whom it was
// opened for.
func (h *Handle) Lapsed() bool { return h.lapsed() }

// File says what was opened.
func (h *Handle) File() File { return h.file }

// SizeBytes is the file's size.
func (h *Handle) SizeBytes() int64 { return h.file.SizeBytes }

// Manifest lists the chaining values of the file's chunk groups. Do not change it.
func (h *Handle) Manifest() *content.Manifest { return h.manifest }

// IndexGroups is how many of the first groups hold a collection's index; 0 for a
// file.
func (h *Handle) IndexGroups() int { return h.indexGroups }

// Close gives the file back. Reads after it fail.
func (h *Handle) Close() error { return h.f.Close() }
