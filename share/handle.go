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

// Handle reads one shared file. It was in the hashed state when it was opened;
// what changes later, the receiver's verification catches. Any goroutine may
// use it.
type Handle struct {
	f        *os.File
	file     File
	manifest *content.Manifest
}

var _ io.ReaderAt = (*Handle)(nil)

// Open opens a file by its content id, whichever of the files with that content
// still has it. Errors: ErrNotShared, and ErrChanged when every file with this
// content is gone or different from when it was hashed.
func (l *Library) Open(id content.ID) (*Handle, error) {
	records := l.shelf.byContent(id)
	if len(records) == 0 {
		return nil, fmt.Errorf("%s: %w", id.Short(), ErrNotShared)
	}
	var last error
	for _, rec := range records {
		h, err := l.openRecord(rec)
		if err == nil {
			return h, nil
		}
		last = err
		l.doubt(rec)
	}
	return nil, last
}

func (l *Library) openRecord(rec *record) (*Handle, error) {
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
	return &Handle{f: f, file: rec.file(), manifest: m}, nil
}

// ReadAt reads the file's bytes as they are now.
func (h *Handle) ReadAt(b []byte, off int64) (int, error) { return h.f.ReadAt(b, off) }

// File says what was opened.
func (h *Handle) File() File { return h.file }

// SizeBytes is the file's size.
func (h *Handle) SizeBytes() int64 { return h.file.SizeBytes }

// Manifest lists the chaining values of the file's chunk groups. Do not change it.
func (h *Handle) Manifest() *content.Manifest { return h.manifest }

// Close gives the file back. Reads after it fail.
func (h *Handle) Close() error { return h.f.Close() }
