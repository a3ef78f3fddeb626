package overlay

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// ErrRefused reports a node that does not want to be a neighbour.
var ErrRefused = errRefused

// Know remembers the address of a node that an owner gave, as links do, so that
// OpenStream can reach it. It dials nobody and makes no neighbour. The address
// must name the node id, as multiaddrs with /p2p/ do.
func (o *Overlay) Know(ctx context.Context, address string) (node string, err error) {
	t, err := parseTarget(ctx, address)
	if err != nil {
		return "", err
	}
	if t.id == "" || t.id == o.host.ID() {
		return "", fmt.Errorf("%q names no other node", address)
	}
	o.contacts.add(contact{id: t.id, addrs: t.addrs}, time.Now())
	return t.id.String(), nil
}

// kept is how a node was reached, for a later run of this one.
type kept struct {
	Record    []byte   `json:"record,omitempty"`    // signed by the node
	Addresses []string `json:"addresses,omitempty"` // where it answered, or an owner said it would
}

// Keep gives what is needed to reach a node after a restart, or nil. It is for this
// node alone: others believe signed records only.
func (o *Overlay) Keep(node string) []byte {
	p, err := peer.Decode(node)
	if err != nil {
		return nil
	}
	k := kept{Record: o.contacts.record(p)}
	for _, a := range o.contacts.addrs(p) {
		k.Addresses = append(k.Addresses, a.String())
	}
	if len(k.Addresses) == 0 {
		return nil
	}
	raw, err := json.Marshal(k)
	if err != nil {
		return nil
	}
	return raw
}

// Recall takes back what Keep gave. The error says what is wrong with it.
func (o *Overlay) Recall(node string, raw []byte) error {
	p, err := peer.Decode(node)
	if err != nil {
		return fmt.Errorf("%q is no node id: %w", node, err)
	}
	var k kept
	if err := json.Unmarshal(raw, &k); err != nil {
		return fmt.Errorf("recall %s: %w", node, err)
	}
	c := contact{id: p}
	for _, text := range k.Addresses[:min(len(k.Addresses), addressesMax)] {
		if a, err := ma.NewMultiaddr(text); err == nil && dialable(a) {
			c.addrs = append(c.addrs, a)
		}
	}
	if signed, err := openContact(k.Record); err == nil && signed.id == p {
		o.contacts.add(signed, time.Now())
	}
	if len(c.addrs) == 0 || p == o.host.ID() {
		return fmt.Errorf("recall %s: %w", node, ErrUnknownNode)
	}
	o.contacts.add(c, time.Now())
	return nil
}
