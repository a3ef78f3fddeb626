package overlay

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"starling/query"
)

// outbox holds the hits and echoes that wait for one link, in order.
type outbox struct {
	mu     sync.Mutex // guards all below
	queue  []query.Message
	bytes  int
	lost   int // messages that found it full
	closed bool
	ready  chan struct{} // holds one token while there is something to do
}

func newOutbox() *outbox { return &outbox{ready: make(chan struct{}, 1)} }

// echoBytes is about what an echo takes on the wire.
const echoBytes = 64

func wireBytes(m query.Message) int {
	if m.Kind == query.KindHits {
		return len(m.Hits.Envelope) + echoBytes
	}
	return echoBytes
}

// push queues a message; a full outbox drops it.
func (b *outbox) push(m query.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.bytes+wireBytes(m) > hitQueueBytes {
		b.lost++
		return
	}
	b.queue = append(b.queue, m)
	b.bytes += wireBytes(m)
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

// take removes about one frame's worth of messages; none left empties it.
func (b *outbox) take() []query.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	size, n := 0, 0
	for n < len(b.queue) && (n == 0 || size+wireBytes(b.queue[n]) <= query.FrameBytesMax/2) {
		size += wireBytes(b.queue[n])
		n++
	}
	out := b.queue[:n:n]
	if b.queue = b.queue[n:]; len(b.queue) == 0 {
		b.queue = nil
	}
	b.bytes -= size
	return out
}

// waiting returns the bytes queued.
func (b *outbox) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

func (b *outbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// writeHits sends what the outbox holds over a hit stream of its own, opened with
// the first message.
func (o *Overlay) writeHits(ctx context.Context, l *link) error {
	var s network.Stream
	defer func() {
		if s != nil {
			s.Reset()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.out.ready:
		}
		if s == nil {
			opened, err := o.host.NewStream(network.WithNoDial(ctx, "hits"), l.peer, protocolHits)
			if err != nil {
				return fmt.Errorf("open hit stream: %w", err)
			}
			s = opened
			stop := context.AfterFunc(ctx, func() { opened.Reset() }) // a neighbour that reads nothing holds nobody up
			defer stop()
		}
		for batch := l.out.take(); len(batch) > 0; batch = l.out.take() {
			if err := writeFrame(s, batch); err != nil {
				return fmt.Errorf("write hit stream: %w", err)
			}
		}
	}
}

func writeFrame(s network.Stream, messages []query.Message) error {
	frame, err := query.EncodeFrame(messages)
	if err != nil {
		return err
	}
	if err := s.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err = s.Write(frame)
	return err
}
