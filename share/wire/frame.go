package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// ErrFrameTooLarge reports a frame whose length prefix exceeds the reader's limit.
var ErrFrameTooLarge = errors.New("frame too large")

// readStep is how far a buffer grows ahead of the bytes that really came, so
// that a large claim costs the claimant as many bytes as it costs us.
const readStep = 16 << 10

// ReadFrame reads one length-prefixed frame of at most maxBytes into buf, which
// it grows as needed, and returns the filled slice. It returns io.EOF only when
// the stream ends between frames, io.ErrUnexpectedEOF inside one and
// ErrFrameTooLarge before it reads a byte of a frame that is too long.
func ReadFrame(r *bufio.Reader, buf []byte, maxBytes int) ([]byte, error) {
	size, err := readLength(r)
	if err != nil {
		return nil, err
	}
	if size > uint64(maxBytes) {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrFrameTooLarge, size, maxBytes)
	}
	buf = buf[:0]
	for remaining := int(size); remaining > 0; {
		step := min(remaining, max(readStep, cap(buf)-len(buf)))
		start := len(buf)
		buf = append(buf, make([]byte, step)...)
		if _, err := io.ReadFull(r, buf[start:]); err != nil {
			return nil, insideFrame(err)
		}
		remaining -= step
	}
	return buf, nil
}

// readLength reads a varint of at most ten bytes.
func readLength(r *bufio.Reader) (uint64, error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	if err := r.UnreadByte(); err != nil {
		return 0, err
	}
	if first < 0x80 {
		_, err := r.Discard(1)
		return uint64(first), err
	}
	size, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, fmt.Errorf("read frame length: %w", insideFrame(err))
	}
	return size, nil
}

func insideFrame(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// AppendFrame appends m as one frame to dst.
func AppendFrame(dst []byte, m proto.Message) ([]byte, error) {
	dst = protowire.AppendVarint(dst, uint64(proto.Size(m)))
	dst, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(dst, m)
	if err != nil {
		return nil, fmt.Errorf("encode frame: %w", err)
	}
	return dst, nil
}

// WriteFrame writes m as one frame in a single Write.
func WriteFrame(w io.Writer, m proto.Message) error {
	frame, err := AppendFrame(nil, m)
	if err != nil {
		return err
	}
	_, err = w.Write(frame)
	return err
}
