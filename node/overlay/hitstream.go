package overlay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"starling/query"
	"starling/share/wire"
)

// acceptHits takes a neighbour's hit stream. Strangers have none.
func (o *Overlay) acceptHits(s network.Stream) {
	p := s.Conn().RemotePeer()
	if l := o.core.linkOf(p); l != nil && o.core.linked(p) {
		select {
		case l.hits <- s:
			return
		default: // it has one already
		}
	}
	o.core.count(query.NotALink, 1)
	s.Reset()
}

// readHits reads the neighbour's hit stream, should it open one.
func (o *Overlay) readHits(ctx context.Context, l *link) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case s := <-l.hits:
		stop := context.AfterFunc(ctx, func() { s.Reset() })
		defer stop()
		defer s.Reset()
		return o.readHitStream(l, s)
	}
}

func (o *Overlay) readHitStream(l *link, s network.Stream) error {
	r := bufio.NewReaderSize(s, 16<<10)
	var buf []byte
	for {
		var err error
		if buf, err = wire.ReadFrame(r, buf, query.FrameBytesMax); err != nil {
			return hitStreamError(err)
		}
		messages, err := query.DecodeFrame(buf)
		if err != nil {
			o.core.misbehaved(l.peer)
			continue
		}
		for _, m := range messages {
			o.core.takeHits(l, m)
		}
	}
}

func hitStreamError(err error) error {
	if errors.Is(err, wire.ErrFrameTooLarge) {
		return errParted{byeOf(query.Malformed)}
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the neighbour closed its hit stream")
	}
	return fmt.Errorf("read hit stream: %w", err)
}

// takeHits gives one message to the router and performs the check it asks for.
// Signatures are checked here, in the link's own goroutine and without mu, so
// that one neighbour's load does not slow the others; what comes behind a batch
// on the same link waits for it, so that an echo never overtakes hits.
func (c *core) takeHits(l *link, m query.Message) {
	c.handle(l.peer, m)
	for _, unverified := range c.takeUnverified(l) {
		c.handle(l.peer, openHits(unverified, time.Now()))
	}
}

func (c *core) takeUnverified(l *link) []query.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := l.unverified
	l.unverified = nil
	return out
}
