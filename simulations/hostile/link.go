package hostile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"starling/node/overlay/pb"
	"starling/share/wire"
)

// stepTimeout bounds each step that needs the other side.
const stepTimeout = 20 * time.Second

// meshElements is what the peer takes in one mesh frame.
const meshElements = 1 << 12

// ErrRefused reports a node that said bye to a hello.
var ErrRefused = errors.New("the node refused the handshake")

// Link is a handshake with one node. It answers pings until the node parts.
type Link struct {
	peer *Peer
	node peer.ID
	mesh network.Stream
	r    *bufio.Reader

	ready chan struct{} // closed when the node takes queries
	gone  chan struct{} // closed when the mesh stream has ended

	mu      sync.Mutex // guards all below, and writes
	queries network.Stream
	hits    network.Stream
	pongs   map[uint64]chan struct{}
	pong    *pb.Pong // what to answer pings with; nil: the nonce alone
	bye     *pb.Bye
}

// Shake connects to the node at target, shakes hands and returns once both sides
// carry queries. The error is ErrRefused if the node said bye.
func (p *Peer) Shake(ctx context.Context, target string) (*Link, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	node, err := p.Connect(ctx, target)
	if err != nil {
		return nil, err
	}
	s, err := p.Open(ctx, node, ProtocolMesh)
	if err != nil {
		return nil, err
	}
	l, err := p.hello(s)
	if err != nil {
		s.Reset()
		return nil, err
	}
	if err := l.settle(ctx); err != nil {
		s.Reset()
		return nil, err
	}
	return l, nil
}

// hello says hello first and takes the node's.
func (p *Peer) hello(s network.Stream) (*Link, error) {
	if err := wire.WriteFrame(s, p.Hello()); err != nil {
		return nil, fmt.Errorf("say hello: %w", err)
	}
	r := bufio.NewReader(s)
	m, err := readMesh(s, r)
	if err != nil {
		return nil, fmt.Errorf("wait for hello: %w", err)
	}
	if bye := m.GetBye(); bye != nil {
		return nil, fmt.Errorf("%w: %d %s", ErrRefused, bye.Code, bye.Reason)
	}
	return p.newLink(s, r)
}

// acceptMesh shakes hands with a node that came to us.
func (p *Peer) acceptMesh(s network.Stream) {
	r := bufio.NewReader(s)
	if _, err := readMesh(s, r); err != nil {
		s.Reset()
		return
	}
	if err := wire.WriteFrame(s, p.Hello()); err != nil {
		s.Reset()
		return
	}
	l, err := p.newLink(s, r)
	if err == nil {
		err = l.settle(p.ctx)
	}
	if err != nil {
		s.Reset()
	}
}

func readMesh(s network.Stream, r *bufio.Reader) (*pb.Mesh, error) {
	s.SetReadDeadline(time.Now().Add(stepTimeout))
	frame, err := wire.ReadFrame(r, nil, frameMax)
	if err != nil {
		return nil, err
	}
	m := new(pb.Mesh)
	return m, wire.Unmarshal(frame, m, meshElements)
}

// newLink starts the goroutine that reads the mesh stream.
func (p *Peer) newLink(s network.Stream, r *bufio.Reader) (*Link, error) {
	l := &Link{
		peer: p, node: s.Conn().RemotePeer(), mesh: s, r: r,
		ready: make(chan struct{}), gone: make(chan struct{}), pongs: map[uint64]chan struct{}{},
	}
	p.mu.Lock()
	p.links[l.node] = l
	p.mu.Unlock()
	if !p.start(l.readMesh) {
		return nil, errors.New("the peer is closed")
	}
	return l, nil
}

// settle says Ready, waits for the node's, and for a pong behind it, so that the
// node has the link in use.
func (l *Link) settle(ctx context.Context) error {
	if err := l.Mesh(&pb.Mesh{Kind: &pb.Mesh_Ready{Ready: &pb.Ready{}}}); err != nil {
		return err
	}
	select {
	case <-l.ready:
	case <-l.gone:
		return fmt.Errorf("%w: %d %s", ErrRefused, l.Bye().GetCode(), l.Bye().GetReason())
	case <-ctx.Done():
		return fmt.Errorf("wait for ready: %w", ctx.Err())
	}
	return l.Ping(ctx)
}

// readMesh takes the node's frames until its stream ends.
func (l *Link) readMesh() {
	defer close(l.gone)
	defer l.mesh.Reset()
	stop := context.AfterFunc(l.peer.ctx, func() { l.mesh.Reset() })
	defer stop()
	for {
		m, err := readMesh(l.mesh, l.r)
		if err != nil || !l.take(m) {
			return
		}
	}
}

// take handles one frame; false ends the link.
func (l *Link) take(m *pb.Mesh) bool {
	switch {
	case m.GetReady() != nil:
		select {
		case <-l.ready:
		default:
			close(l.ready)
		}
	case m.GetPing() != nil:
		return l.answer(m.GetPing()) == nil
	case m.GetPong() != nil:
		l.mu.Lock()
		defer l.mu.Unlock()
		if waiting, ok := l.pongs[m.GetPong().Nonce]; ok {
			delete(l.pongs, m.GetPong().Nonce)
			close(waiting)
		}
	case m.GetBye() != nil:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.bye = m.GetBye()
		return false
	}
	return true
}

func (l *Link) answer(ping *pb.Ping) error {
	l.mu.Lock()
	pong := &pb.Pong{Nonce: ping.Nonce, Candidates: l.pong.GetCandidates(), Neighbours: l.pong.GetNeighbours()}
	l.mu.Unlock()
	return l.Mesh(&pb.Mesh{Kind: &pb.Mesh_Pong{Pong: pong}})
}

// Node returns the id of the node at the other end.
func (l *Link) Node() string { return l.node.String() }

// Peer returns the peer at this end.
func (l *Link) Peer() *Peer { return l.peer }

// Received returns what the node sent.
func (l *Link) Received() *Inbox { return l.peer.inbox(l.node) }

// Gone is closed when the node has ended the link.
func (l *Link) Gone() <-chan struct{} { return l.gone }

// Bye returns what the node said when it parted, or nil.
func (l *Link) Bye() *pb.Bye {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bye
}

// Parted waits until the node ends the link and returns the code of its bye, 0
// if it said none.
func (l *Link) Parted(ctx context.Context) (code uint32, err error) {
	select {
	case <-l.gone:
		return l.Bye().GetCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for the node to part: %w", ctx.Err())
	}
}

// Ping returns when the node has answered a ping, and so has handled every mesh
// frame before it.
func (l *Link) Ping(ctx context.Context) error {
	answered := make(chan struct{})
	nonce := uint64(time.Now().UnixNano())
	l.mu.Lock()
	l.pongs[nonce] = answered
	l.mu.Unlock()
	if err := l.Mesh(&pb.Mesh{Kind: &pb.Mesh_Ping{Ping: &pb.Ping{Nonce: nonce}}}); err != nil {
		return err
	}
	select {
	case <-answered:
		return nil
	case <-l.gone:
		return errors.New("the link ended before the pong")
	case <-ctx.Done():
		return fmt.Errorf("wait for pong: %w", ctx.Err())
	}
}
