package tags

import (
	"errors"
	"io"
)

// Limits of one look at a file.
const (
	headBytes   = 4 << 10 // what the type is judged by
	budgetBytes = 2 << 20 // read of one file; real tags need some 10 to 200 KiB
	readCost    = 4 << 10 // at least, for each read: a small one costs no less
)

var errSpent = errors.New("the file claims more tags than are read of one file")

// source is the file under a budget: at most budgetBytes and budgetBytes/readCost
// reads, however large the file is and whatever it claims.
type source struct {
	r    io.ReaderAt
	size int64
	head []byte // the first bytes, which cost nothing more
	left int
}

func newSource(r io.ReaderAt, size int64) *source {
	s := &source{r: io.NewSectionReader(r, 0, size), size: max(size, 0), left: budgetBytes}
	s.head = s.bytes(0, int(min(s.size, headBytes)))
	return s
}

// ReadAt is io.ReaderAt's. The error is errSpent when the budget is.
func (s *source) ReadAt(b []byte, off int64) (int, error) {
	if end := off + int64(len(b)); off >= 0 && end >= off && end <= int64(len(s.head)) {
		return copy(b, s.head[off:]), nil
	}
	cost := max(len(b), readCost)
	if cost > s.left {
		return 0, errSpent
	}
	s.left -= cost
	return s.r.ReadAt(b, off)
}

// bytes reads n bytes, nil where there are not so many. n has been checked.
func (s *source) bytes(off int64, n int) []byte { return bytesAt(s, off, n) }

func bytesAt(r io.ReaderAt, off int64, n int) []byte {
	b := make([]byte, n)
	if got, err := r.ReadAt(b, off); got < n || err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return b
}

// stream reads the file from its beginning, still under the budget.
func (s *source) stream() *io.SectionReader { return io.NewSectionReader(s, 0, s.size) }
