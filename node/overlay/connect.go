package overlay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/core/sec"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/sync/errgroup"
)

// dialTimeout bounds one connection attempt.
const dialTimeout = 10 * time.Second

// ErrUnreachable reports a node that no address led to.
var ErrUnreachable = errors.New("the node cannot be reached")

// target is what an owner typed: addresses, and the node id if they name it.
type target struct {
	id    peer.ID
	addrs []ma.Multiaddr
}

// parseTarget reads a multiaddr with or without /p2p/, HOST, HOST:PORT, or an
// invite line, which holds several multiaddrs of one node.
func parseTarget(ctx context.Context, text string) (target, error) {
	var t target
	for _, word := range strings.Fields(text) {
		if word == "starling" || word == "connect" {
			continue
		}
		one, err := parseAddress(ctx, word)
		if err != nil {
			return target{}, err
		}
		if t.id != "" && one.id != "" && t.id != one.id {
			return target{}, fmt.Errorf("%q names two nodes; connect to one after the other", text)
		}
		if one.id != "" {
			t.id = one.id
		}
		t.addrs = append(t.addrs, one.addrs...)
	}
	if len(t.addrs) == 0 {
		return target{}, errors.New("no address given: use HOST, HOST:PORT, or the line that 'starling invite' prints on the other machine")
	}
	return t, nil
}

func parseAddress(ctx context.Context, word string) (target, error) {
	if !strings.HasPrefix(word, "/") {
		return parseHostPort(ctx, word)
	}
	a, err := ma.NewMultiaddr(word)
	if err != nil {
		return target{}, fmt.Errorf("%q is no address (%w): use HOST, HOST:PORT or a multiaddr like /ip4/192.168.1.20/tcp/%d", word, err, DefaultPort)
	}
	a, id := peer.SplitAddr(a)
	if a == nil || !dialable(a) {
		return target{}, fmt.Errorf("%q cannot be dialled: Starling speaks TCP, as in /ip4/192.168.1.20/tcp/%d", word, DefaultPort)
	}
	return target{id: id, addrs: []ma.Multiaddr{a}}, nil
}

func parseHostPort(ctx context.Context, word string) (target, error) {
	name, portText, err := net.SplitHostPort(word)
	if err != nil {
		name, portText = strings.Trim(word, "[]"), strconv.Itoa(DefaultPort)
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 1 || port > 65535 {
		return target{}, fmt.Errorf("%q has no port number from 1 to 65535", word)
	}
	ips, err := net.DefaultResolver.LookupIPAddr(ctx, name)
	if err != nil {
		return target{}, fmt.Errorf("find the host %q: %w", name, err)
	}
	var t target
	for _, ip := range ips {
		a, err := manet.FromNetAddr(&net.TCPAddr{IP: ip.IP, Port: port, Zone: ip.Zone})
		if err == nil {
			t.addrs = append(t.addrs, a)
		}
	}
	return t, nil
}

// Connect makes the node at address a neighbour and returns it. The address is a
// multiaddr, HOST, HOST:PORT or an invite line; without a node id in it, the
// first contact learns the id. Errors: ErrUnreachable, a refusal, or what is
// wrong with the address.
func (o *Overlay) Connect(ctx context.Context, address string) (Neighbour, error) {
	t, err := parseTarget(ctx, address)
	if err != nil {
		return Neighbour{}, err
	}
	if t.id, err = o.connectTo(ctx, t); err != nil {
		return Neighbour{}, err
	}
	if err := o.shake(ctx, t.id); err != nil && !errors.Is(err, errLinked) {
		return Neighbour{}, err
	}
	return o.waitUp(ctx, t.id)
}

// connectTo opens a connection to what an owner typed and returns the node's id.
func (o *Overlay) connectTo(ctx context.Context, t target) (peer.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if t.id == "" {
		id, err := o.learnID(ctx, t.addrs)
		if err != nil {
			return "", err
		}
		t.id = id
	}
	if t.id == o.host.ID() {
		return "", errors.New("that is this node itself: give the address of another one")
	}
	o.contacts.add(contact{id: t.id, addrs: t.addrs}, time.Now())
	o.mu.Lock()
	o.wanted[t.id] = true
	o.mu.Unlock()
	if err := o.host.Connect(ctx, peer.AddrInfo{ID: t.id, Addrs: t.addrs}); err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return t.id, nil
}

// learnID asks the node at addrs for its id: a dial that expects somebody else
// fails with the id that was found.
func (o *Overlay) learnID(ctx context.Context, addrs []ma.Multiaddr) (peer.ID, error) {
	nobody, err := NewIdentity()
	if err != nil {
		return "", err
	}
	defer o.host.Peerstore().ClearAddrs(nobody.id)
	err = o.host.Connect(ctx, peer.AddrInfo{ID: nobody.id, Addrs: addrs})
	var found sec.ErrPeerIDMismatch
	if errors.As(err, &found) {
		return found.Actual, nil
	}
	return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// dial opens a connection to a contact, unless there is one.
func (o *Overlay) dial(ctx context.Context, p peer.ID) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	o.host.Peerstore().AddAddrs(p, o.contacts.addrs(p), peerstore.TempAddrTTL)
	return o.host.Connect(ctx, peer.AddrInfo{ID: p})
}

// waitUp waits until a link carries queries.
func (o *Overlay) waitUp(ctx context.Context, p peer.ID) (Neighbour, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		for _, n := range o.core.neighbours() {
			if n.ID == p.String() {
				return n, nil
			}
		}
		select {
		case <-ctx.Done():
			return Neighbour{}, fmt.Errorf("the node answered, but no link came of it: %w", ctx.Err())
		case <-ticker.C:
		}
	}
}

// The most time between attempts at a node that the owner named. One that does
// not answer may be back any moment, and a network that was cut in two should be
// whole again within 30 s; one that refuses is asked less often.
const (
	wantedAway    = 15 * time.Second
	wantedRefused = time.Minute
)

// keepWanted keeps the neighbours that the owner named.
func (o *Overlay) keepWanted(ctx context.Context, dials *errgroup.Group) {
	now := time.Now()
	for i := range o.fixed {
		f := &o.fixed[i]
		if f.busy.Load() || now.Before(f.notUntil) || f.linked(o) {
			continue
		}
		f.busy.Store(true)
		f.failures++
		most := wantedAway
		if f.refused.Load() {
			most = wantedRefused
		}
		f.notUntil = now.Add(min(time.Second<<min(f.failures, 6), most))
		dials.Go(func() error {
			defer f.busy.Store(false)
			n, err := o.Connect(ctx, f.address)
			f.refused.Store(errors.Is(err, errRefused))
			if err != nil {
				o.opts.Logger.Warn("no link with a configured node", "address", f.address, "err", err)
				return nil
			}
			f.id.Store(&n.ID)
			return nil
		})
	}
}
