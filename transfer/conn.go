package transfer

import (
	"bufio"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"starling/share/wire"
	"starling/transfer/pb"
)

const (
	// progressTime is how long a stream may go without progressBytes before it
	// is given up. Longer keeps dead peers' places, shorter loses slow ones.
	progressTime = 10 * time.Second
	// progressBytes is what counts as progress within a group.
	progressBytes = 1 << 10
	// keepAliveEvery keeps the other side's progressTime from running out while
	// there is nothing to say.
	keepAliveEvery = 3 * time.Second
	// readAheadBytes holds a few control messages; raw bytes go past it.
	readAheadBytes = 4 << 10
)

// conn frames messages and raw blocks on a stream and puts a deadline on every
// read and write. One goroutine reads and one writes.
type conn struct {
	stream Stream
	in     *bufio.Reader
	frame  []byte // read
	out    []byte // written
}

func newConn(s Stream) *conn {
	return &conn{stream: s, in: bufio.NewReaderSize(s, readAheadBytes)}
}

// read waits for the next message. io.EOF means a clean end between messages.
func (c *conn) read(m *pb.Message) error {
	if err := c.stream.SetReadDeadline(time.Now().Add(progressTime)); err != nil {
		return err
	}
	frame, err := wire.ReadFrame(c.in, c.frame, frameMaxBytes)
	if errors.Is(err, wire.ErrFrameTooLarge) {
		return fmt.Errorf("%w: %w", errProtocol, err)
	}
	if err != nil {
		return err
	}
	c.frame = frame
	proto.Reset(m)
	if err := wire.Unmarshal(frame, m, frameMaxElements); err != nil {
		return fmt.Errorf("%w: %w", errProtocol, err)
	}
	return nil
}

// readRaw fills p with the raw bytes after a message.
func (c *conn) readRaw(p []byte, moved func(n int)) error {
	for len(p) > 0 {
		if err := c.stream.SetReadDeadline(time.Now().Add(progressTime)); err != nil {
			return err
		}
		n, err := c.readUntilDeadline(p, moved)
		p = p[n:]
		if err != nil && !(isTimeout(err) && n >= progressBytes) {
			return err
		}
	}
	return nil
}

func (c *conn) readUntilDeadline(p []byte, moved func(n int)) (total int, err error) {
	for total < len(p) && err == nil {
		var n int
		n, err = c.in.Read(p[total:])
		total += n
		moved(n)
	}
	return total, err
}

// write sends one message.
func (c *conn) write(m *pb.Message) error {
	out, err := wire.AppendFrame(c.out[:0], m)
	if err != nil {
		return err
	}
	c.out = out
	return c.writeRaw(out)
}

// writeRaw sends bytes as they are, going on as long as they move.
func (c *conn) writeRaw(p []byte) error {
	for len(p) > 0 {
		if err := c.stream.SetWriteDeadline(time.Now().Add(progressTime)); err != nil {
			return err
		}
		n, err := c.stream.Write(p)
		p = p[n:]
		if err != nil && !(isTimeout(err) && n >= progressBytes) {
			return err
		}
	}
	return nil
}

// isTimeout tells an expired deadline, whatever kind of stream it comes from.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func keepAlive() *pb.Message {
	return &pb.Message{Kind: &pb.Message_KeepAlive{KeepAlive: &pb.KeepAlive{}}}
}
