package overlay

import (
	"context"
	"fmt"
	"time"
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
