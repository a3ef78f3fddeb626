package hostile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/record"
	"google.golang.org/protobuf/proto"

	"starling/node/overlay/pb"
	"starling/query"
)

// Signature domains and payload types, as docs/protocol.md has them.
const (
	NodeDomain = "starling-node"
	NodeCodec  = "/starling/node-record"
	HitDomain  = "starling-hit"
	HitCodec   = "/starling/hit-batch"
)

// signed is a record.Record of bytes under any domain.
type signed struct{ domain, codec, bytes string }

func (s *signed) Domain() string                 { return s.domain }
func (s *signed) Codec() []byte                  { return []byte(s.codec) }
func (s *signed) MarshalRecord() ([]byte, error) { return []byte(s.bytes), nil }
func (s *signed) UnmarshalRecord([]byte) error   { return errors.New("only for signing") }

// Sign puts a payload into an envelope signed by key for a domain.
func Sign(key crypto.PrivKey, domain, codec string, payload []byte) []byte {
	e, err := record.Seal(&signed{domain, codec, string(payload)}, key)
	if err != nil {
		panic(fmt.Sprintf("sign: %v", err)) // a good key signs anything
	}
	raw, err := e.Marshal()
	if err != nil {
		panic(fmt.Sprintf("encode envelope: %v", err))
	}
	return raw
}

// Sign puts a payload into an envelope signed by this peer for a domain.
func (p *Peer) Sign(domain, codec string, payload []byte) []byte {
	return Sign(p.key, domain, codec, payload)
}

// Tampered returns the envelope with another payload under the old signature.
func Tampered(envelope []byte, change func(payload []byte) []byte) []byte {
	e, err := record.UnmarshalEnvelope(envelope)
	if err != nil {
		panic(fmt.Sprintf("decode envelope: %v", err)) // tests tamper with what they made
	}
	e.RawPayload = change(e.RawPayload)
	raw, err := e.Marshal()
	if err != nil {
		panic(fmt.Sprintf("encode envelope: %v", err))
	}
	return raw
}

// TamperedBatch returns the envelope of a batch with the batch changed under the
// old signature.
func TamperedBatch(envelope []byte, change func(*query.Batch)) []byte {
	return Tampered(envelope, func(payload []byte) []byte {
		b, err := query.DecodeBatch(payload)
		if err != nil {
			panic(fmt.Sprintf("decode batch: %v", err))
		}
		change(b)
		return mustBatch(b)
	})
}

// Batch returns a batch of this peer that is good in every way.
func (p *Peer) Batch(guid query.GUID, entries ...query.Entry) *query.Batch {
	return &query.Batch{GUID: guid, Record: p.Record(), Expires: time.Now().Add(time.Minute), Entries: entries}
}

// Seal signs a batch as this peer, whatever it says.
func (p *Peer) Seal(b *query.Batch) []byte {
	return p.Sign(HitDomain, HitCodec, mustBatch(b))
}

// Found returns hits of this peer that are good in every way.
func (p *Peer) Found(guid query.GUID, entries ...query.Entry) query.Message {
	return Carry(guid, p.Seal(p.Batch(guid, entries...)))
}

// Carry returns the message that carries an envelope as an answer to a query.
func Carry(guid query.GUID, envelope []byte) query.Message {
	return query.Message{Kind: query.KindHits, Hits: &query.Hits{GUID: guid, Envelope: envelope}}
}

func mustBatch(b *query.Batch) []byte {
	raw, err := query.EncodeBatch(b)
	if err != nil {
		panic(fmt.Sprintf("encode batch: %v", err))
	}
	return raw
}

// Hello returns the hello of this peer.
func (p *Peer) Hello() *pb.Mesh {
	return &pb.Mesh{Kind: &pb.Mesh_Hello{Hello: &pb.Hello{
		Agent: "hostile", Record: p.Record(), Neighbours: p.opts.Neighbours,
	}}}
}

// Record returns this peer's own record, signed by it. Without addresses it
// names the ones the peer listens on.
func (p *Peer) Record(addrs ...string) []byte {
	if len(addrs) == 0 {
		for _, a := range p.host.Addrs() {
			addrs = append(addrs, a.String())
		}
	}
	return RecordOf(p.key, addrs...)
}

// RecordOf returns a node record with any addresses, signed by key.
func RecordOf(key crypto.PrivKey, addrs ...string) []byte {
	return Sign(key, NodeDomain, NodeCodec, RecordPayload(addrs...))
}

// RecordPayload returns what a node record signs.
func RecordPayload(addrs ...string) []byte {
	m := &pb.NodeRecord{Sequence: uint64(time.Now().UnixMilli())}
	for _, a := range addresses(addrs) {
		m.Addresses = append(m.Addresses, a.Bytes())
	}
	raw, err := proto.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("encode node record: %v", err))
	}
	return raw
}

// Key makes an Ed25519 key, for nodes that do not exist.
func Key() crypto.PrivKey {
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("make a key: %v", err))
	}
	return key
}

// SignerOf returns the node id of the key in an envelope. It checks no
// signature.
func SignerOf(envelope []byte) (string, error) {
	e, err := record.UnmarshalEnvelope(envelope)
	if err != nil {
		return "", fmt.Errorf("decode envelope: %w", err)
	}
	id, err := peer.IDFromPublicKey(e.PublicKey)
	return id.String(), err
}
