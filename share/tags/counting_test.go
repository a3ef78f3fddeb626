package tags

import (
	"bytes"
	"io"
)

// counting counts what is read, and is an endless file of one byte where there is
// none below it.
type counting struct {
	io.ReaderAt
	fill         byte
	bytes, reads int
}

func (c *counting) ReadAt(b []byte, off int64) (n int, err error) {
	n = len(b)
	if c.ReaderAt != nil {
		n, err = c.ReaderAt.ReadAt(b, off)
	} else {
		copy(b, bytes.Repeat([]byte{c.fill}, len(b)))
	}
	c.bytes, c.reads = c.bytes+n, c.reads+1
	return n, err
}
