package share

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"starling/share/content"
)

// pack is a collection as it lies on this disk: its files one by one. It never
// changes; a folder that changed gets a new pack.
type pack struct {
	col   *content.Collection
	dir   string     // the folder, absolute
	raws  []string   // per file of col: its name below dir as the disk has it
	stats []fileStat // per file: the state in which it was hashed

	members []*record // the files on the shelf that it was made of; none of an adopted one

	owner fileName // the folder that is shared as one; without a root for an adopted one
	key   fileStat
}

func newPack(col *content.Collection, dir string, raws []string, stats []fileStat, owner fileName) *pack {
	return &pack{col: col, dir: dir, raws: raws, stats: stats, owner: owner, key: packKey(col)}
}

// packKey is what the catalog remembers a collection's hash under, in place of
// the state of one file: the hash of its index, which names every byte of it.
func packKey(col *content.Collection) fileStat {
	sum := content.Sum([]byte(col.Index()))
	at := func(i int) uint64 { return binary.BigEndian.Uint64(sum[8*i:]) }
	return fileStat{dev: at(0), ino: at(1), size: col.SizeBytes(), mtime: int64(at(2))}
}

// modified is when the latest of its files was, in nanoseconds since 1970.
func (p *pack) modified() (latest int64) {
	for _, s := range p.stats {
		latest = max(latest, s.mtime)
	}
	return latest
}

// gone ends when the folder is no longer shared.
func (p *pack) gone() context.Context {
	if p.owner.root == nil {
		return context.Background()
	}
	return p.owner.root.gone
}

// hash reads the collection from one end to the other.
func (p *pack) hash(ctx context.Context, h *content.Hasher, count func(n int)) (content.ID, *content.Manifest, error) {
	r := &packReader{pack: p, opener: opener{dir: p.dir}}
	defer r.Close()
	whole := io.NewSectionReader(r, 0, p.col.SizeBytes())
	return h.Hash(&countingReader{ctx, p.gone(), whole, count}, p.col.SizeBytes())
}

// packReader reads a collection's bytes: the index from memory, each file in
// the very state that was hashed, opened for as long as it is read. Any
// goroutine may use it.
type packReader struct {
	*pack
	doubt func() // told of files that are not what they were; may be nil

	damage *damageList // may be nil

	mu     sync.Mutex // guards what follows
	opener opener
	closed bool
}

// ReadAt reads bytes of the collection. The error is ErrChanged where a file is
// not in the state that was hashed.
func (r *packReader) ReadAt(b []byte, off int64) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, fmt.Errorf("read a collection: %w", ErrChanged)
	}
	for n < len(b) {
		file, at := r.col.Locate(off + int64(n))
		switch {
		case file < 0:
			n += copy(b[n:], r.col.Index()[at:])
			continue
		case file == len(r.stats):
			return n, io.EOF
		}
		piece := b[n:]
		if left := r.stats[file].size - at; int64(len(piece)) > left {
			piece = piece[:left]
		}
		if err := r.read(file, piece, at); err != nil {
			if r.doubt != nil {
				r.doubt()
			}
			return n, fmt.Errorf("%w: %s: %w", ErrChanged, DisplayName(r.raws[file]), err)
		}
		n += len(piece)
	}
	return n, nil
}

// read fills b from one file.
func (r *packReader) read(file int, b []byte, at int64) error {
	f, stat, err := r.opener.open(r.raws[file])
	if err != nil {
		return err
	}
	defer f.Close()
	if stat != r.stats[file] || r.damage.has(stat) {
		return ErrChanged
	}
	if n, err := f.ReadAt(b, at); n < len(b) {
		return fmt.Errorf("read: %w", err)
	}
	// Once more, for it may have been written to meanwhile: who serves changed
	// bytes is cut off as a liar.
	if stat, err = f.state(); err == nil && stat != r.stats[file] {
		err = ErrChanged
	}
	return err
}

// Close ends reading.
func (r *packReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.opener.close()
	return nil
}
