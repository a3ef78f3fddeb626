package overlay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"starling/node/overlay/pb"
)

// Overlay is one node's place in the network.
type Overlay struct {
	opts     Options
	id       Identity
	host     host.Host
	topic    *pubsub.Topic
	core     *core
	contacts *contacts
	shunned  *shunned
	fixed    []fixed
	wake     chan struct{} // the upkeep should look

	reuniting atomic.Bool // a missed neighbour is being tried

	running    context.Context // what goroutines of the overlay live by
	stop       context.CancelFunc
	stopPubsub context.CancelFunc

	mu        sync.Mutex // guards all below
	shaking   map[peer.ID]bool
	cutting   map[peer.ID]bool // connections about to be closed
	wanted    map[peer.ID]bool // neighbours the owner asked for
	multicast string
	own       ownRecord
	closed    bool
	work      sync.WaitGroup // goroutines of links, searches and streams
}

// ownRecord is this node's signed record and the addresses in it.
type ownRecord struct {
	addrs string
	raw   []byte
}

// New makes the host and listens, but neither looks for others nor takes
// queries before Run. On an error nothing stays open.
func New(opts Options, id Identity) (*Overlay, error) {
	opts = opts.withDefaults()
	h, err := newHost(opts, id)
	if err != nil {
		return nil, err
	}
	return newOn(h, opts, id)
}

// NewOn is New on a host that the caller made, with transports and limits of its
// choice: a simulated network's, say. The node's identity is the host's, whose
// Ed25519 key must be in the host's peerstore, where libp2p.New puts it. Listen
// and Port of the options are ignored. Signed records name only addresses of an IP
// address and a TCP port, so a host that is to be found by others must show and
// dial such ones.
//
// The overlay owns the host from here on: Run closes it, and so does NewOn itself
// when it fails.
func NewOn(h host.Host, opts Options) (*Overlay, error) {
	key := h.Peerstore().PrivKey(h.ID())
	if key == nil || key.Type() != crypto.Ed25519 {
		return nil, errors.Join(errors.New("the host keeps no Ed25519 key of its own, which signs hits and records: make it with one"), h.Close())
	}
	id, err := identityOf(key)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return newOn(h, opts.withDefaults(), id)
}

func newOn(h host.Host, opts Options, id Identity) (*Overlay, error) {
	o := &Overlay{
		opts: opts, id: id, host: h, core: newCore(opts), contacts: newContacts(), shunned: newShunned(), fixed: make([]fixed, len(opts.Connect)),
		wake: make(chan struct{}, 1), shaking: map[peer.ID]bool{}, cutting: map[peer.ID]bool{}, wanted: map[peer.ID]bool{}, multicast: "off",
	}
	for i, address := range opts.Connect {
		o.fixed[i].address = address
	}
	o.running, o.stop = context.WithCancel(context.Background())
	carrying, stopPubsub := context.WithCancel(context.Background())
	o.stopPubsub = stopPubsub
	var err error
	if o.topic, err = newCarrier(carrying, h, o.core, o.cutOff); err != nil {
		return nil, errors.Join(err, o.close())
	}
	h.SetStreamHandler(protocolMesh, o.acceptMesh)
	h.SetStreamHandler(protocolHits, o.acceptHits)
	if opts.HostCache != "" {
		if err := loadHosts(opts.HostCache, o.contacts, time.Now()); err != nil {
			opts.Logger.Warn("starting without the host cache", "err", err)
		}
	}
	return o, nil
}

// Run keeps the node in the mesh until ctx ends, then says bye to its neighbours
// and closes the host. It returns when all its goroutines are gone.
func (o *Overlay) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, o.close()) }()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return o.keepMesh(ctx) })
	g.Go(func() error { return o.tickRouter(ctx) })
	for range answerWorkers {
		g.Go(func() error { return o.answerQueries(ctx) })
	}
	if o.opts.LAN && !o.opts.StaticMesh {
		g.Go(func() error { return o.discover(ctx) })
	}
	return g.Wait()
}

// close stops in this order: no new work, bye to the neighbours (while the host
// still stands), then pubsub, which the links needed, then the host.
func (o *Overlay) close() error {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	for _, l := range o.core.all() {
		l.part(&pb.Bye{Code: byeShutdown, Reason: "shutting down"})
	}
	o.stop()
	o.work.Wait()
	o.saveHosts()
	o.stopPubsub()
	if err := o.host.Close(); err != nil {
		return fmt.Errorf("close host: %w", err)
	}
	return nil
}

func (o *Overlay) tickRouter(ctx context.Context) error {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			o.core.tick()
		}
	}
}

// start runs f in a goroutine that close waits for; false once the node stops.
func (o *Overlay) start(f func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	o.work.Go(f)
	return true
}

// ID returns this node's id.
func (o *Overlay) ID() string { return o.id.ID() }

// Neighbours returns the links that carry queries, the oldest first.
func (o *Overlay) Neighbours() []Neighbour { return o.core.neighbours() }

// Sent returns how many copies of queries went out to neighbours since the start,
// this node's own included.
func (o *Overlay) Sent() int { return int(o.core.sent.Load()) }

// Drops returns how many messages were dropped since the start, by reason.
func (o *Overlay) Drops() map[string]int { return o.core.snapshot() }

// record returns this node's signed record, made anew when its addresses change.
func (o *Overlay) record() []byte {
	addrs := o.host.Addrs()
	o.mu.Lock()
	defer o.mu.Unlock()
	if text := fmt.Sprint(addrs); o.own.raw == nil || text != o.own.addrs {
		raw, err := sealContact(o.id, addrs, time.Now())
		if err != nil {
			o.opts.Logger.Error("own record not signed", "err", err)
			return nil
		}
		o.own = ownRecord{addrs: text, raw: raw}
	}
	return o.own.raw
}
