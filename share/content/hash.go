package content

import (
	"errors"
	"fmt"
	"io"
)

// ErrSizeChanged says that a reader gave fewer or more bytes than announced:
// the file grew or shrank while it was read.
var ErrSizeChanged = errors.New("file changed size while it was read")

// readBytes is how much is read at once: one group of an ordinary file, small
// enough to be still in the cache when it is hashed.
const readBytes = 256 << 10

// Hasher reads files and makes their ids and manifests. It keeps its buffers
// from one file to the next; the zero value is ready. One goroutine each.
type Hasher struct {
	buf []byte
	sum groupSum
}

// Hash reads sizeBytes from r, to its end, with a Hasher of its own.
// See Hasher.Hash.
func Hash(r io.Reader, sizeBytes int64) (ID, *Manifest, error) {
	return new(Hasher).Hash(r, sizeBytes)
}

// Hash reads r to its end, which must come after exactly sizeBytes, and gives
// the content id and the proven manifest. Errors: ErrBadLayout for the size,
// ErrSizeChanged, or the reader's own.
func (h *Hasher) Hash(r io.Reader, sizeBytes int64) (ID, *Manifest, error) {
	l := LayoutOf(sizeBytes)
	if err := l.Check(); err != nil {
		return ID{}, nil, err
	}
	return h.hash(r, l)
}

func (h *Hasher) hash(r io.Reader, l Layout) (ID, *Manifest, error) {
	if need := int(min(l.SizeBytes, readBytes)); len(h.buf) < need {
		h.buf = make([]byte, need)
	}
	m := &Manifest{Layout: l, CVs: make([]CV, l.Groups())}
	for g := range m.CVs {
		if err := h.group(r, l, g); err != nil {
			return ID{}, nil, err
		}
		m.CVs[g] = h.sum.cv(l)
	}
	if err := expectEnd(r); err != nil {
		return ID{}, nil, err
	}
	return m.Root(), m, nil
}

// group reads and sums one group.
func (h *Hasher) group(r io.Reader, l Layout, g int) error {
	h.sum.reset(l, g)
	for h.sum.left > 0 {
		piece := h.buf[:min(int64(len(h.buf)), h.sum.left)]
		if n, err := io.ReadFull(r, piece); err != nil {
			return readError(err, n)
		}
		h.sum.write(piece)
	}
	return nil
}

func readError(err error, n int) error {
	if errors.Is(err, io.EOF) || (errors.Is(err, io.ErrUnexpectedEOF) && n > 0) {
		return fmt.Errorf("%w: it is shorter than it was", ErrSizeChanged)
	}
	return err
}

func expectEnd(r io.Reader) error {
	var one [1]byte
	switch _, err := io.ReadFull(r, one[:]); {
	case err == nil:
		return fmt.Errorf("%w: it is longer than it was", ErrSizeChanged)
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}
