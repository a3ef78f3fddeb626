package hostile

import (
	"context"
	"fmt"
	"time"

	pspb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/network"
	"golang.org/x/time/rate"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"starling/node/overlay/pb"
	"starling/query"
	"starling/share/wire"
)

// Topic is the one pubsub topic there is.
const Topic = "starling"

// Mesh sends one frame of the mesh stream.
func (l *Link) Mesh(m *pb.Mesh) error {
	frame, err := wire.AppendFrame(nil, m)
	if err != nil {
		return err
	}
	return l.RawMesh(frame)
}

// RawMesh writes bytes to the mesh stream as they are.
func (l *Link) RawMesh(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return write(l.mesh, b)
}

// AnswerPingsWith sets what pongs carry from now on, but for the nonce.
func (l *Link) AnswerPingsWith(pong *pb.Pong) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pong = pong
}

// RPC sends one pubsub RPC.
func (l *Link) RPC(m *pspb.RPC) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode RPC: %w", err)
	}
	return l.Raw(protowire.AppendBytes(nil, b))
}

// Data sends one RPC of messages of the one topic, which hold these data.
func (l *Link) Data(data ...[]byte) error {
	m := new(pspb.RPC)
	for _, d := range data {
		m.Publish = append(m.Publish, &pspb.Message{Data: d, Topic: proto.String(Topic)})
	}
	return l.RPC(m)
}

// Query sends one copy of a query.
func (l *Link) Query(q *query.Query, ttl, hops uint8) error {
	data, err := query.EncodeQuery(q, ttl, hops)
	if err != nil {
		return err
	}
	return l.Data(data)
}

// Raw writes bytes to the query stream as they are, and opens it with the first.
func (l *Link) Raw(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writeTo(&l.queries, ProtocolQuery, b)
}

// Flood sends RPCs made by next, perSec of them or as fast as they go if that is
// 0, until ctx ends or the node resets the stream. It returns how many it sent.
func (l *Link) Flood(ctx context.Context, perSec int, next func(i int) *pspb.RPC) (sent int, err error) {
	limit := rate.NewLimiter(rate.Inf, 1)
	if perSec > 0 {
		limit = rate.NewLimiter(rate.Limit(perSec), max(perSec/100, 1))
	}
	for ; limit.Wait(ctx) == nil && ctx.Err() == nil; sent++ {
		if err := l.RPC(next(sent)); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// Subscribe tells of n topics of made-up names, perRPC in each RPC.
func (l *Link) Subscribe(n, perRPC int) error {
	for first := 0; first < n; first += perRPC {
		m := new(pspb.RPC)
		for i := first; i < min(first+perRPC, n); i++ {
			m.Subscriptions = append(m.Subscriptions, &pspb.RPC_SubOpts{
				Subscribe: proto.Bool(true), Topicid: proto.String(fmt.Sprintf("topic %d", i)),
			})
		}
		if err := l.RPC(m); err != nil {
			return err
		}
	}
	return nil
}

// Hits sends one frame of hits and echoes.
func (l *Link) Hits(messages ...query.Message) error {
	frame, err := query.EncodeFrame(messages)
	if err != nil {
		return err
	}
	return l.RawHits(frame)
}

// Echo answers a copy.
func (l *Link) Echo(c Copy, sums query.Sums) error {
	return l.Hits(query.Message{Kind: query.KindEcho, Echo: &query.Echo{GUID: c.Query.GUID, TTL: c.TTL, Sums: sums}})
}

// RawHits writes bytes to the hit stream as they are, and opens it with the first.
func (l *Link) RawHits(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writeTo(&l.hits, ProtocolHits, b)
}

// writeTo writes to a stream, which it opens if there is none or the last was
// reset. Call under mu.
func (l *Link) writeTo(s *network.Stream, protocolID string, b []byte) error {
	if *s == nil {
		ctx, cancel := context.WithTimeout(l.peer.ctx, stepTimeout)
		defer cancel()
		opened, err := l.peer.Open(ctx, l.Node(), protocolID)
		if err != nil {
			return err
		}
		*s = opened
	}
	if err := write(*s, b); err != nil {
		(*s).Reset()
		*s = nil
		return err
	}
	return nil
}

func write(s network.Stream, b []byte) error {
	s.SetWriteDeadline(time.Now().Add(stepTimeout))
	if _, err := s.Write(b); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
