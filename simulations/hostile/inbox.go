package hostile

import (
	"context"
	"fmt"
	"sync"

	pspb "github.com/libp2p/go-libp2p-pubsub/pb"
	"google.golang.org/protobuf/proto"

	"starling/query"
)

// Inbox holds what one node sent, in the order it came.
type Inbox struct {
	mu      sync.Mutex // guards all below
	rpcs    [][]byte
	hits    [][]byte
	changed chan struct{} // closed with the next frame
}

func newInbox() *Inbox { return &Inbox{changed: make(chan struct{})} }

func (b *Inbox) add(to *[][]byte, frame []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*to = append(*to, frame)
	close(b.changed)
	b.changed = make(chan struct{})
}

// RPCs returns the pubsub RPCs, each as its bytes without the length in front.
func (b *Inbox) RPCs() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rpcs[:len(b.rpcs):len(b.rpcs)]
}

// HitFrames returns the frames of hit streams, without the length in front.
func (b *Inbox) HitFrames() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hits[:len(b.hits):len(b.hits)]
}

// Queries returns the copies of queries in the RPCs.
func (b *Inbox) Queries() (out []Copy) {
	for _, rpc := range b.RPCs() {
		out = append(out, copiesIn(rpc)...)
	}
	return out
}

// Messages returns the hits and echoes in the frames of hit streams.
func (b *Inbox) Messages() (out []query.Message) {
	for _, frame := range b.HitFrames() {
		if messages, err := query.DecodeFrame(frame); err == nil {
			out = append(out, messages...)
		}
	}
	return out
}

// Wait returns once holds is true of the inbox, or with ctx's error. It asks
// after each frame.
func (b *Inbox) Wait(ctx context.Context, holds func(*Inbox) bool) error {
	for {
		b.mu.Lock()
		changed := b.changed
		b.mu.Unlock()
		if holds(b) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for what the node sends: %w", ctx.Err())
		}
	}
}

// Copy is one copy of a query as it came.
type Copy struct {
	query.Message
	Data []byte // the data of its pubsub message
}

// copiesIn decodes the queries of an RPC; what does not decode is left out.
func copiesIn(rpc []byte) (out []Copy) {
	var m pspb.RPC
	if proto.Unmarshal(rpc, &m) != nil {
		return nil
	}
	for _, published := range m.Publish {
		h, err := query.DecodeHeader(published.Data)
		if err != nil {
			continue
		}
		if q, err := h.Decode(); err == nil {
			out = append(out, Copy{Message: q, Data: published.Data})
		}
	}
	return out
}
