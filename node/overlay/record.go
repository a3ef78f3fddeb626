package overlay

import (
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/record"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"google.golang.org/protobuf/proto"

	"starling/node/overlay/pb"
	"starling/query"
	"starling/share/wire"
)

// Signature domains and payload types. A signature of one domain fits no other.
const (
	nodeDomain = "starling-node"
	hitDomain  = "starling-hit"
)

var (
	nodeCodec = []byte("/starling/node-record")
	hitCodec  = []byte("/starling/hit-batch")
)

// payload is the record.Record of bytes this package has already encoded.
type payload struct {
	domain string
	codec  []byte
	bytes  []byte
}

func (p *payload) Domain() string                 { return p.domain }
func (p *payload) Codec() []byte                  { return p.codec }
func (p *payload) MarshalRecord() ([]byte, error) { return p.bytes, nil }
func (p *payload) UnmarshalRecord(b []byte) error { p.bytes = b; return nil }

// seal signs bytes for a domain and returns the envelope.
func seal(id Identity, domain string, codec, bytes []byte) ([]byte, error) {
	e, err := record.Seal(&payload{domain, codec, bytes}, id.key)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return e.Marshal()
}

// unseal checks an envelope's signature and returns who signed what.
func unseal(envelope []byte, domain string, codec []byte) (peer.ID, []byte, error) {
	p := payload{domain: domain, codec: codec}
	e, err := record.UnmarshalEnvelope(envelope)
	if err != nil {
		return "", nil, fmt.Errorf("open envelope: %w", err)
	}
	if e.PublicKey.Type() != crypto.Ed25519 { // a large RSA key takes 25 times as long to check
		return "", nil, errors.New("open envelope: not an Ed25519 key")
	}
	e, err = record.ConsumeTypedEnvelope(envelope, &p)
	if err != nil {
		return "", nil, fmt.Errorf("open envelope: %w", err)
	}
	if string(e.PayloadType) != string(codec) {
		return "", nil, errors.New("open envelope: another payload type")
	}
	signer, err := peer.IDFromPublicKey(e.PublicKey)
	return signer, p.bytes, err
}

// contact is a node and the addresses it signed.
type contact struct {
	id       peer.ID
	addrs    []ma.Multiaddr
	sequence uint64
	raw      []byte // the signed record; nil for an address seen on the own link
}

// sealContact signs this node's own record.
func sealContact(id Identity, addrs []ma.Multiaddr, now time.Time) ([]byte, error) {
	m := &pb.NodeRecord{Sequence: uint64(now.UnixMilli())}
	for _, a := range publishable(addrs) {
		m.Addresses = append(m.Addresses, a.Bytes())
	}
	raw, err := proto.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode node record: %w", err)
	}
	return seal(id, nodeDomain, nodeCodec, raw)
}

// openContact checks a node record.
func openContact(raw []byte) (contact, error) {
	if len(raw) > recordBytesMax {
		return contact{}, fmt.Errorf("a node record of %d bytes", len(raw))
	}
	id, bytes, err := unseal(raw, nodeDomain, nodeCodec)
	if err != nil {
		return contact{}, err
	}
	var m pb.NodeRecord
	if err := wire.Unmarshal(bytes, &m, addressesMax+8); err != nil {
		return contact{}, fmt.Errorf("decode node record: %w", err)
	}
	c := contact{id: id, sequence: m.Sequence, raw: raw}
	for _, b := range m.Addresses {
		if len(b) > addressBytesMax || len(c.addrs) == addressesMax {
			return contact{}, errors.New("decode node record: too many or too long addresses")
		}
		a, err := ma.NewMultiaddrBytes(b)
		if err != nil {
			return contact{}, fmt.Errorf("decode node record: %w", err)
		}
		if dialable(a) {
			c.addrs = append(c.addrs, a)
		}
	}
	return c, nil
}

// dialable keeps to what we speak: an IP address and a TCP port, nothing behind it.
func dialable(a ma.Multiaddr) bool {
	codes := []int{}
	ma.ForEach(a, func(c ma.Component) bool {
		codes = append(codes, c.Protocol().Code)
		return true
	})
	return len(codes) == 2 && (codes[0] == ma.P_IP4 || codes[0] == ma.P_IP6) && codes[1] == ma.P_TCP &&
		!manet.IsIPUnspecified(a)
}

// publishable drops what others cannot use: loopback, unless there is nothing else.
func publishable(addrs []ma.Multiaddr) []ma.Multiaddr {
	var near, far []ma.Multiaddr
	for _, a := range addrs {
		switch {
		case !dialable(a):
		case manet.IsIPLoopback(a):
			near = append(near, a)
		default:
			far = append(far, a)
		}
	}
	if len(far) == 0 {
		far = near
	}
	return far[:min(len(far), addressesMax)]
}

// sealHits signs a batch of this node's own hits.
func sealHits(id Identity, b *query.Batch) (*query.Hits, error) {
	raw, err := query.EncodeBatch(b)
	if err != nil {
		return nil, fmt.Errorf("encode hits: %w", err)
	}
	envelope, err := seal(id, hitDomain, hitCodec, raw)
	if err != nil {
		return nil, err
	}
	b.Holder = id.ID()
	return &query.Hits{GUID: b.GUID, Envelope: envelope, Batch: b}, nil
}

// openHits performs a Verify effect: the message comes back with its batch and a
// kind that says whether to believe it.
func openHits(m query.Message, now time.Time) query.Message {
	m.Kind = query.KindForged
	signer, raw, err := unseal(m.Hits.Envelope, hitDomain, hitCodec)
	if err != nil {
		return m
	}
	b, err := query.DecodeBatch(raw)
	if err != nil || b.GUID != m.Hits.GUID {
		return m
	}
	if !b.Expires.After(now) || b.Expires.After(now.Add(2*hitLifetime)) {
		m.Kind = query.KindStale
		return m
	}
	b.Holder = signer.String()
	m.Kind = query.KindVerified
	m.Hits = &query.Hits{GUID: m.Hits.GUID, Envelope: m.Hits.Envelope, Batch: b}
	return m
}
