package overlay

import (
	"context"
	"crypto/rand"
	"fmt"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pspb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"starling/query"
)

// carrier is Starling's pubsub router: pubsub brings it each query that is new,
// and it sends copies to the neighbours that query.Router names, each with a TTL
// of its own. It embeds the gossip router for SendControl alone; the rest of
// gossip (mesh, IHAVE, peer exchange) is switched off.
//
// Its methods run in pubsub's loop. They must not call pubsub from there.
type carrier struct {
	*pubsub.GossipSubRouter
	core    *core
	strays  *strays
	decoded map[*pspb.Message]query.Message // between the inspector and Publish, of one RPC
}

// plan is a local publication: copies to send, worked out beforehand. It travels
// as validator data, which no neighbour can set.
type plan struct{ copies []query.Effect }

// newCarrier starts pubsub on the host. ctx ends it. cut is called from pubsub's
// loop for a peer that sends what no neighbour does.
func newCarrier(ctx context.Context, h host.Host, c *core, cut func(peer.ID)) (*pubsub.Topic, error) {
	ca := &carrier{
		GossipSubRouter: pubsub.DefaultGossipSubRouter(h), core: c, strays: newStrays(cut),
		decoded: map[*pspb.Message]query.Message{},
	}
	ps, err := pubsub.NewGossipSubWithRouter(ctx, h, ca,
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID),
		pubsub.WithSubscriptionFilter(pubsub.WrapLimitSubscriptionFilter(pubsub.NewAllowlistSubscriptionFilter(topicName), 4)),
		pubsub.WithMaxMessageSize(pubsubMessageBytes),
		pubsub.WithMaxControlMessageSize(pubsubMessageBytes),
		pubsub.WithPeerOutboundQueueSize(pubsubQueue),
		pubsub.WithSeenMessagesTTL(pubsubSeenFor),
		pubsub.WithAppSpecificRpcInspector(ca.inspect),
		pubsub.WithRawTracer(&tracer{core: c}),
		pubsub.WithLogger(c.quiet),
		pubsub.WithRPCLogger(c.quiet),
	)
	if err != nil {
		return nil, fmt.Errorf("start pubsub: %w", err)
	}
	topic, err := ps.Join(topicName)
	if err != nil {
		return nil, fmt.Errorf("join the topic: %w", err)
	}
	// A relay, not a subscription: subscriptions deliver through a queue of 32
	// that drops, while Publish below sees every query.
	if _, err := topic.Relay(); err != nil {
		return nil, fmt.Errorf("relay the topic: %w", err)
	}
	return topic, nil
}

// messageID tells copies apart by what makes them different to the router.
// Plans, which are no queries, are their own id.
func messageID(m *pspb.Message) string {
	h, err := query.DecodeHeader(m.GetData())
	if err != nil {
		return "plan" + string(m.GetData())
	}
	return string(h.GUID[:]) + string([]byte{h.TTL, h.Hops})
}

// publish sends the copies of a plan from within pubsub's loop.
func publish(ctx context.Context, topic *pubsub.Topic, copies []query.Effect) error {
	unique := make([]byte, 16)
	rand.Read(unique) // never fails
	return topic.Publish(ctx, unique, pubsub.WithValidatorData(&plan{copies}))
}

func (ca *carrier) Protocols() []protocol.ID                                    { return []protocol.ID{protocolQuery} }
func (ca *carrier) AcceptFrom(peer.ID) pubsub.AcceptStatus                      { return pubsub.AcceptAll }
func (ca *carrier) Preprocess(peer.ID, []*pubsub.Message)                       {}
func (ca *carrier) HandleRPC(*pubsub.RPC)                                       {}
func (ca *carrier) Join(string)                                                 {}
func (ca *carrier) Leave(string)                                                {}
func (ca *carrier) PublishBatch([]*pubsub.Message, *pubsub.BatchPublishOptions) {}
func (ca *carrier) EnoughPeers(string, int) bool                                { return true }

// OnNewOutboundStream tells the link that queries can go out to the peer.
func (ca *carrier) OnNewOutboundStream(p peer.ID, id protocol.ID, hello *pubsub.RPC) *pubsub.RPC {
	ca.core.carries(p, true)
	return ca.GossipSubRouter.OnNewOutboundStream(p, id, hello)
}

// OnClosedOutboundStream tells the link that queries cannot go out any more.
func (ca *carrier) OnClosedOutboundStream(p peer.ID) {
	ca.core.carries(p, false)
	ca.GossipSubRouter.OnClosedOutboundStream(p)
}

// Publish takes a query that pubsub has not seen before, or a plan of our own.
func (ca *carrier) Publish(m *pubsub.Message) {
	if p, ok := m.ValidatorData.(*plan); ok {
		ca.send(p.copies)
		return
	}
	message, ok := ca.decoded[m.Message]
	if !ok {
		return // the inspector lets nothing pass undecoded
	}
	delete(ca.decoded, m.Message)
	ca.send(ca.core.handle(m.ReceivedFrom, message))
}

// send performs the sends of queries. They go out here, in pubsub's loop, and
// without core.mu: a full queue calls the tracer from within.
func (ca *carrier) send(copies []query.Effect) {
	topic := topicName
	for _, e := range copies {
		to, ok := ca.core.mayCarry(e)
		if !ok {
			continue
		}
		data, err := query.EncodeQuery(e.Message.Query, e.Message.TTL, e.Message.Hops)
		if err != nil {
			continue // a parsed query always encodes
		}
		ca.SendControl(to, &pspb.ControlMessage{}, &pspb.Message{Data: data, Topic: &topic})
	}
}
