package overlay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"starling/node/overlay/pb"
)

// Roles a hello names.
const (
	roleUltrapeer = 0
	roleLeaf      = 1
)

// agentBytesMax bounds what a hello may call its program.
const agentBytesMax = 64

var (
	errLinked  = errors.New("there is a link with this node already")
	errRefused = errors.New("the node refused to be a neighbour")
)

// hello says who this node is.
func (o *Overlay) hello() *pb.Mesh {
	return &pb.Mesh{Kind: &pb.Mesh_Hello{Hello: &pb.Hello{
		Agent: o.opts.Agent, Role: roleUltrapeer, Record: o.record(),
		Neighbours: uint32(o.core.degree()), Slots: uint32(max(o.opts.FreeSlots(), 0)),
	}}}
}

// shake makes a link with a node we are connected to: hello out, hello back. The
// link carries queries once both sides have sent Ready besides.
func (o *Overlay) shake(ctx context.Context, p peer.ID) error {
	if !o.startShaking(p) {
		return errLinked
	}
	defer o.endShaking(p)
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	s, err := o.host.NewStream(network.WithNoDial(ctx, "handshake"), p, protocolMesh)
	if err != nil {
		return fmt.Errorf("open mesh stream: %w", err)
	}
	if err := writeMesh(ctx, s, o.hello(), handshakeTimeout); err != nil {
		s.Reset()
		return fmt.Errorf("say hello: %w", err)
	}
	r := bufio.NewReader(s)
	m, _, err := readMesh(ctx, s, r, nil, handshakeTimeout)
	if err != nil {
		s.Reset()
		return fmt.Errorf("wait for the node's hello: %w", err)
	}
	if b := m.GetBye(); b != nil {
		s.Reset()
		return o.refusedBy(p, b)
	}
	if err := o.startLink(s, r, m.GetHello(), false); err != nil {
		s.Reset()
		return err
	}
	return nil
}

// refusedBy makes an error of a bye, and contacts of what came with it.
func (o *Overlay) refusedBy(p peer.ID, b *pb.Bye) error {
	o.takeCandidates(&link{peer: p}, b.Candidates)
	if b.Code == byeAlready {
		return errLinked
	}
	return fmt.Errorf("%w: %d %s", errRefused, b.Code, cut(b.Reason))
}

// acceptMesh answers a node that wants to be a neighbour.
func (o *Overlay) acceptMesh(s network.Stream) {
	r := bufio.NewReader(s)
	m, _, err := readMesh(o.running, s, r, nil, handshakeTimeout)
	if err != nil || m.GetHello() == nil {
		o.refuse(s, byeVersion, "no hello that this node understands")
		return
	}
	p := s.Conn().RemotePeer()
	if o.shunned.has(p, time.Now()) {
		o.refuse(s, byeShunned, "parted from a moment ago")
		return
	}
	if l := o.core.linkOf(p); l != nil {
		// Either both sides tried at once, or the neighbour lost the link and we have not noticed: find out.
		select {
		case l.probe <- struct{}{}:
		default:
		}
		o.refuse(s, byeAlready, "there is a link")
		return
	}
	if o.isShaking(p) && o.host.ID() < p {
		o.refuse(s, byeAlready, "a link is being made the other way")
		return
	}
	if _, state := o.meshState(); !state.MayAccept(int(m.GetHello().Neighbours)) {
		o.refuse(s, byeFull, "no room for a neighbour")
		return
	}
	if err := writeMesh(o.running, s, o.hello(), handshakeTimeout); err != nil {
		s.Reset()
		return
	}
	if err := o.startLink(s, r, m.GetHello(), true); err != nil {
		s.Reset()
	}
}

// refuse says bye to a node that is no neighbour, with others to try.
func (o *Overlay) refuse(s network.Stream, code uint32, reason string) {
	bye := &pb.Bye{Code: code, Reason: reason, Candidates: o.contacts.records(candidatesMax, s.Conn().RemotePeer())}
	_ = writeMesh(o.running, s, &pb.Mesh{Kind: &pb.Mesh_Bye{Bye: bye}}, byeTimeout) // whether it hears us or not
	linger(s)
}

// startLink enters a link and starts its goroutine.
func (o *Overlay) startLink(s network.Stream, r *bufio.Reader, hello *pb.Hello, inbound bool) error {
	p := s.Conn().RemotePeer()
	c, err := openContact(hello.GetRecord())
	if err != nil || c.id != p {
		o.shunned.add(p, time.Now()) // the next hello costs it no signature check of ours
		return fmt.Errorf("the node's hello carries no record of its own: %w", errors.Join(err, errRefused))
	}
	if len(hello.Agent) > agentBytesMax {
		return fmt.Errorf("%w: its program's name has %d bytes", errRefused, len(hello.Agent))
	}
	ctx, cancel := context.WithCancelCause(o.running)
	l := &link{
		peer: p, inbound: inbound, since: time.Now(), stream: s, reader: r, out: newOutbox(), cancel: cancel,
		carrier: make(chan struct{}, 1), probe: make(chan struct{}, 1), hits: make(chan network.Stream, 1),
		agent: hello.Agent, role: hello.Role, neighbours: hello.Neighbours,
	}
	if !o.core.add(l) {
		cancel(errLinked)
		return errLinked
	}
	o.contacts.add(c, time.Now())
	o.contacts.worked(p, time.Now())
	started := o.start(func() {
		why := o.runLink(ctx, l)
		o.opts.Logger.Info("neighbour gone", "node", p, "why", why)
		o.wakeUpkeep()
	})
	if !started { // the node is stopping
		cancel(context.Canceled)
		o.core.remove(l)
		return context.Canceled
	}
	return nil
}

func (o *Overlay) startShaking(p peer.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shaking[p] || o.core.linkOf(p) != nil {
		return false
	}
	o.shaking[p] = true
	return true
}

func (o *Overlay) endShaking(p peer.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.shaking, p)
}

func (o *Overlay) isShaking(p peer.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.shaking[p]
}
