package overlay

import (
	"errors"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"starling/query"
)

var errStranger = errors.New("no link")

// inspect sees every RPC before pubsub does, duplicates too. It charges the
// neighbour's budget for each query before decoding it, answers what needs no
// forwarding, and leaves in the RPC only queries that are new.
func (ca *carrier) inspect(from peer.ID, rpc *pubsub.RPC) error {
	clear(ca.decoded)
	if len(rpc.Publish) == 0 {
		ca.strays.note(from, 1)
		return nil
	}
	if !ca.core.linked(from) {
		ca.core.count(query.NotALink, len(rpc.Publish))
		ca.strays.note(from, len(rpc.Publish))
		return errStranger
	}
	fresh := rpc.Publish[:0]
	seen := make(map[string]bool, len(rpc.Publish))
	for i, m := range rpc.Publish {
		if i >= messagesPerRPC || m.GetTopic() != topicName {
			ca.core.misbehaved(from)
			continue
		}
		message, ok := ca.core.admit(from, m.GetData())
		if id := messageID(m); ok && !seen[id] {
			seen[id] = true
			ca.decoded[m] = message
			fresh = append(fresh, m)
		}
	}
	rpc.Publish = fresh
	return nil
}

// admit weighs one query: budget, outside, duplicate, body. It returns the
// message if the router should handle it as new.
func (c *core) admit(from peer.ID, data []byte) (query.Message, bool) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.byPeer[from]
	if l == nil || l.parting {
		c.drops[query.NotALink]++
		return query.Message{}, false
	}
	verdict, out := c.router.Admit(l.number, now, nil)
	if verdict == query.Ignored {
		c.perform(out)
		return query.Message{}, false
	}
	h, err := query.DecodeHeader(data)
	if err != nil {
		c.perform(c.router.Misbehaved(l.number, out))
		return query.Message{}, false
	}
	m, err := h.Decode()
	if err != nil {
		c.perform(c.router.Misbehaved(l.number, out))
		return query.Message{}, false
	}
	if verdict == query.Refused {
		c.perform(c.router.Refuse(l.number, m, out))
		return query.Message{}, false
	}
	if c.router.Known(h.GUID, h.TTL, h.Hops) {
		c.perform(c.router.Handle(l.number, m, now, out))
		return query.Message{}, false
	}
	c.perform(out)
	return m, true
}

// tracer counts what pubsub sends, and tells the router of copies that it could not queue, so that no
// search waits for them.
type tracer struct {
	nullTracer
	core *core
}

func (t *tracer) DropRPC(rpc *pubsub.RPC, p peer.ID) {
	for _, m := range rpc.Publish {
		if h, err := query.DecodeHeader(m.GetData()); err == nil {
			t.core.lost(p, h)
		}
	}
}

// SendRPC counts the queries that pubsub took for the wire.
func (t *tracer) SendRPC(rpc *pubsub.RPC, _ peer.ID) {
	t.core.sent.Add(int64(len(rpc.Publish)))
}

// RejectMessage counts what pubsub itself refuses: signatures and authors, which
// would name who asks.
func (t *tracer) RejectMessage(m *pubsub.Message, _ string) {
	t.core.misbehaved(m.ReceivedFrom)
}

// nullTracer does nothing.
type nullTracer struct{}

func (nullTracer) OnNewOutboundStream(peer.ID, protocol.ID) {}
func (nullTracer) OnClosedOutboundStream(peer.ID)           {}
func (nullTracer) Join(string)                              {}
func (nullTracer) Leave(string)                             {}
func (nullTracer) Graft(peer.ID, string)                    {}
func (nullTracer) Prune(peer.ID, string)                    {}
func (nullTracer) ValidateMessage(*pubsub.Message)          {}
func (nullTracer) DeliverMessage(*pubsub.Message)           {}
func (nullTracer) DuplicateMessage(*pubsub.Message)         {}
func (nullTracer) ThrottlePeer(peer.ID)                     {}
func (nullTracer) RecvRPC(*pubsub.RPC)                      {}
func (nullTracer) UndeliverableMessage(*pubsub.Message)     {}

var _ pubsub.RawTracer = (*tracer)(nil)
var _ pubsub.PubSubRouter = (*carrier)(nil)
