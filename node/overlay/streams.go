package overlay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Stream is a stream to another node. Close ends both directions, CloseWrite
// ours, and Reset tells the other side to stop at once.
type Stream interface {
	io.ReadWriter
	CloseWrite() error
	Close() error
	Reset() error
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// ErrUnknownNode reports a node whose addresses we never learnt.
var ErrUnknownNode = errors.New("no address of that node is known")

// OpenStream opens a stream of a protocol to a node, which need not be a
// neighbour: a connection made for it is no link. Its addresses are those it
// signed, or that an owner typed, or that the LAN showed.
func (o *Overlay) OpenStream(ctx context.Context, node, protocolID string) (Stream, error) {
	p, err := peer.Decode(node)
	if err != nil {
		return nil, fmt.Errorf("%q is no node id: %w", node, err)
	}
	if o.host.Network().Connectedness(p) != network.Connected {
		if len(o.contacts.addrs(p)) == 0 {
			return nil, fmt.Errorf("%s: %w", node, ErrUnknownNode)
		}
		if err := o.dial(ctx, p); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
	}
	s, err := o.host.NewStream(network.WithNoDial(ctx, "stream"), p, protocol.ID(protocolID))
	if err != nil {
		return nil, fmt.Errorf("open a stream to %s: %w", node, err)
	}
	return s, nil
}

// HandleStreams calls serve for each stream of a protocol that another node
// opens, in a goroutine of its own. ctx ends with the overlay. Call it before Run.
func (o *Overlay) HandleStreams(protocolID string, serve func(ctx context.Context, node string, s Stream)) {
	o.host.SetStreamHandler(protocol.ID(protocolID), func(s network.Stream) {
		if !o.start(func() { serve(o.running, s.Conn().RemotePeer().String(), s) }) {
			s.Reset()
		}
	})
}

// Record returns the signed record of a node we know, to tell a third one of, or
// nil.
func (o *Overlay) Record(node string) []byte {
	p, err := peer.Decode(node)
	if err != nil {
		return nil
	}
	if p == o.host.ID() {
		return o.record()
	}
	return o.contacts.record(p)
}

// AddRecord remembers how to reach the node that signed the record.
func (o *Overlay) AddRecord(raw []byte) (node string, err error) {
	c, err := openContact(raw)
	if err != nil {
		return "", err
	}
	if c.id != o.host.ID() {
		o.contacts.add(c, time.Now())
	}
	return c.id.String(), nil
}
