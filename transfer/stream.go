package transfer

import (
	"context"
	"io"
	"time"

	"starling/share/content"
)

// ProtocolID names the protocol to whoever opens and accepts streams.
const ProtocolID = "/starling/transfer/1.0.0"

// Source is a node that may hold a file: an opaque id, at most sourceMaxBytes
// long, that Dial understands.
type Source string

// Stream is one bidirectional stream to a node. Deadlines apply to operations
// under way, too; a Read or Write that times out may be tried again and has an
// error with Timeout() true. Reset ends both directions at once.
type Stream interface {
	io.ReadWriter
	CloseWrite() error
	Close() error
	Reset() error
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// Dial opens a stream of ProtocolID to a source, within the time ctx gives.
type Dial func(ctx context.Context, s Source) (Stream, error)

// Find asks the network who holds a file. It takes as long as a search takes.
type Find func(ctx context.Context, id content.ID) []Source
