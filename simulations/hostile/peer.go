package hostile

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"

	"starling/share/wire"
)

// Protocol ids, as docs/protocol.md has them.
const (
	ProtocolQuery    = "/starling/query/1.0.0"
	ProtocolHits     = "/starling/hits/1.0.0"
	ProtocolMesh     = "/starling/mesh/1.0.0"
	ProtocolTransfer = "/starling/transfer/1.0.0"
	ProtocolBrowse   = "/starling/browse/1.0.0"
)

// Protocols are all of them.
var Protocols = []string{ProtocolQuery, ProtocolHits, ProtocolMesh, ProtocolTransfer, ProtocolBrowse}

// frameMax is what the peer reads of one frame: far more than a node may send.
const frameMax = 4 << 20

// Options configures a Peer. The zero value of a field means its default.
type Options struct {
	// Listen is the multiaddr to listen on. Default: loopback, any port.
	Listen string
	// Key is the identity. Default: a new Ed25519 key.
	Key crypto.PrivKey
	// Neighbours is how many links a hello claims. Default 0, which nodes make
	// room for.
	Neighbours uint32
	// OnQuery is called for each copy of a query that a linked node sends, in
	// the order they come. Nil ignores queries: the node waits for an echo.
	OnQuery func(l *Link, c Copy)
}

// Peer is one hostile host.
type Peer struct {
	opts Options
	key  crypto.PrivKey
	host host.Host
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex // guards all below
	inboxes map[peer.ID]*Inbox
	links   map[peer.ID]*Link
	sources map[string]*Source // by content id
	closed  bool
}

// New makes a peer that listens and shakes hands with whoever asks. It lives
// until ctx ends or Close is called; in either case call Close to wait for it.
func New(ctx context.Context, opts Options) (*Peer, error) {
	if opts.Listen == "" {
		opts.Listen = "/ip4/127.0.0.1/tcp/0"
	}
	if opts.Key == nil {
		key, _, err := crypto.GenerateEd25519Key(rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		opts.Key = key
	}
	h, err := libp2p.New(
		libp2p.Identity(opts.Key),
		libp2p.ListenAddrStrings(opts.Listen),
		libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()),
		libp2p.Security(libp2ptls.ID, libp2ptls.New),
		libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
		libp2p.ResourceManager(&network.NullResourceManager{}),
		libp2p.ConnectionManager(connmgr.NullConnMgr{}),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.DisableIdentifyAddressDiscovery(),
		libp2p.Ping(false),
	)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", opts.Listen, err)
	}
	p := &Peer{
		opts: opts, key: opts.Key, host: h,
		inboxes: map[peer.ID]*Inbox{}, links: map[peer.ID]*Link{}, sources: map[string]*Source{},
	}
	p.ctx, p.stop = context.WithCancel(ctx)
	p.handle(ProtocolMesh, p.acceptMesh)
	p.handle(ProtocolQuery, p.takeQueries)
	p.handle(ProtocolHits, p.takeHits)
	p.handle(ProtocolTransfer, p.serve)
	return p, nil
}

// Close ends every connection and waits for the peer's goroutines.
func (p *Peer) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.stop()
	err := p.host.Close()
	p.work.Wait()
	return err
}

// ID returns the peer's node id.
func (p *Peer) ID() string { return p.host.ID().String() }

// Address returns a multiaddr of the peer, with /p2p/.
func (p *Peer) Address() string {
	return p.host.Addrs()[0].String() + "/p2p/" + p.ID()
}

// Connect opens a connection to the node at target, a multiaddr with /p2p/, and
// returns the node's id. A connection makes no link.
func (p *Peer) Connect(ctx context.Context, target string) (string, error) {
	info, err := peer.AddrInfoFromString(target)
	if err != nil {
		return "", fmt.Errorf("target %q: %w", target, err)
	}
	if err := p.host.Connect(ctx, *info); err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	return info.ID.String(), nil
}

// Connected reports whether there is a connection to a node.
func (p *Peer) Connected(node string) bool {
	id, err := peer.Decode(node)
	return err == nil && p.host.Network().Connectedness(id) == network.Connected
}

// Disconnect closes the connection to a node, with all links and streams.
func (p *Peer) Disconnect(node string) error {
	id, err := peer.Decode(node)
	if err != nil {
		return fmt.Errorf("node %q: %w", node, err)
	}
	return p.host.Network().ClosePeer(id)
}

// Open opens a stream of any protocol to a node we are connected to, to do with
// it whatever a test likes.
func (p *Peer) Open(ctx context.Context, node, protocolID string) (network.Stream, error) {
	id, err := peer.Decode(node)
	if err != nil {
		return nil, fmt.Errorf("node %q: %w", node, err)
	}
	s, err := p.host.NewStream(network.WithNoDial(ctx, "hostile"), id, protocol.ID(protocolID))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", protocolID, err)
	}
	return s, nil
}

// Received returns what a node has sent so far and goes on sending.
func (p *Peer) Received(node string) *Inbox {
	id, err := peer.Decode(node)
	if err != nil {
		return newInbox()
	}
	return p.inbox(id)
}

func (p *Peer) inbox(id peer.ID) *Inbox {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.inboxes[id]
	if b == nil {
		b = newInbox()
		p.inboxes[id] = b
	}
	return b
}

func (p *Peer) link(id peer.ID) *Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links[id]
}

// start runs f in a goroutine that Close waits for; false once it has begun.
func (p *Peer) start(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.work.Go(f)
	return true
}

// Handle serves a protocol as a test likes, in place of what the peer does of
// itself. Call it before nodes connect.
func (p *Peer) Handle(protocolID string, serve func(network.Stream)) {
	p.handle(protocolID, serve)
}

// handle serves a protocol: each stream in a goroutine of its own, which ends
// with the peer.
func (p *Peer) handle(protocolID string, serve func(network.Stream)) {
	p.host.SetStreamHandler(protocol.ID(protocolID), func(s network.Stream) {
		started := p.start(func() {
			stop := context.AfterFunc(p.ctx, func() { s.Reset() })
			defer stop()
			serve(s)
		})
		if !started {
			s.Reset()
		}
	})
}

// takeQueries records the RPCs of a node and shows its queries to OnQuery.
func (p *Peer) takeQueries(s network.Stream) {
	from := s.Conn().RemotePeer()
	frames(s, func(frame []byte) {
		p.inbox(from).add(&p.inbox(from).rpcs, frame)
		if l := p.link(from); l != nil && p.opts.OnQuery != nil {
			for _, c := range copiesIn(frame) {
				p.opts.OnQuery(l, c)
			}
		}
	})
}

// takeHits records the frames of a node's hit stream.
func (p *Peer) takeHits(s network.Stream) {
	b := p.inbox(s.Conn().RemotePeer())
	frames(s, func(frame []byte) { b.add(&b.hits, frame) })
}

// frames hands each frame of a stream to take, until the stream ends.
func frames(s network.Stream, take func([]byte)) {
	defer s.Reset()
	r := bufio.NewReader(s)
	for {
		frame, err := wire.ReadFrame(r, nil, frameMax)
		if err != nil {
			return
		}
		take(frame)
	}
}

// ended reports whether an error of a stream means that the other side closed or
// reset it, and not that we ran out of time.
func ended(err error) bool {
	var timeout interface{ Timeout() bool }
	return err != nil && !(errors.As(err, &timeout) && timeout.Timeout())
}

// addresses parses multiaddrs; those that are none are left out.
func addresses(texts []string) (out []ma.Multiaddr) {
	for _, text := range texts {
		if a, err := ma.NewMultiaddr(text); err == nil {
			out = append(out, a)
		}
	}
	return out
}
