package overlay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"starling/node/overlay/pb"
	"starling/query"
	"starling/share/wire"
)

// link is one neighbour: a mesh stream on which both sides have said hello.
type link struct {
	peer    peer.ID
	number  query.Link
	inbound bool // the neighbour came to us
	since   time.Time
	stream  network.Stream
	reader  *bufio.Reader
	out     *outbox
	cancel  context.CancelCauseFunc // ends the link
	carrier chan struct{}           // pubsub can carry queries now
	probe   chan struct{}           // ping at once
	hits    chan network.Stream     // the neighbour's hit stream

	writing sync.Mutex // guards writes to stream

	// Guarded by core.mu.
	agent      string
	role       uint32
	neighbours uint32
	roundTrip  time.Duration
	sentReady  bool
	gotReady   bool
	up         bool            // the router has it
	parting    bool            // it misbehaved: nothing more is taken from it
	unverified []query.Message // Verify effects, for the link's hit reader
}

// errParted is the cause of a link that we end, with the bye to say.
type errParted struct{ bye *pb.Bye }

func (e errParted) Error() string { return fmt.Sprintf("bye %d: %s", e.bye.Code, e.bye.Reason) }

// errLeft is the cause of a link that the neighbour ended with a bye.
type errLeft struct{ bye *pb.Bye }

func (e errLeft) Error() string {
	return fmt.Sprintf("the neighbour said bye: %d %s", e.bye.Code, cut(e.bye.Reason))
}

// vanished reports whether a link ended although neither side wanted it to.
func vanished(why error) bool {
	var parted errParted
	if errors.As(why, &parted) {
		return parted.bye.Code == byeBroken
	}
	var left errLeft
	return !errors.As(why, &left)
}

// part ends the link with a bye. It does not block.
func (l *link) part(bye *pb.Bye) { l.cancel(errParted{bye}) }

// write sends one frame of the mesh stream.
func (l *link) write(ctx context.Context, m *pb.Mesh, timeout time.Duration) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	return writeMesh(ctx, l.stream, m, timeout)
}

// writeMesh writes one frame of a mesh stream. Whoever cancels ctx and then sets
// a write deadline in the past interrupts it.
func writeMesh(ctx context.Context, s network.Stream, m *pb.Mesh, timeout time.Duration) error {
	if err := s.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return wire.WriteFrame(s, m)
}

// readMesh reads one frame of a mesh stream. Whoever cancels ctx and then sets a
// read deadline in the past interrupts it.
func readMesh(ctx context.Context, s network.Stream, r *bufio.Reader, buf []byte, timeout time.Duration) (*pb.Mesh, []byte, error) {
	if err := s.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return nil, buf, err
	}
	if err := ctx.Err(); err != nil {
		return nil, buf, err
	}
	buf, err := wire.ReadFrame(r, buf, meshFrameMax)
	if err != nil {
		return nil, buf, err
	}
	m := new(pb.Mesh)
	return m, buf, wire.Unmarshal(buf, m, meshElementsMax)
}

// linger frees a stream once the other side has read what was written last, or
// has had the time: a reset at once could overtake it.
func linger(s network.Stream) {
	_ = s.CloseWrite()
	s.SetReadDeadline(time.Now().Add(byeTimeout))
	_, _ = io.Copy(io.Discard, io.LimitReader(s, lingerBytes))
	s.Reset()
}

// runLink keeps a link that shook hands until it ends, and says why it did.
func (o *Overlay) runLink(ctx context.Context, l *link) error {
	o.host.ConnManager().Protect(l.peer, protocolMesh)
	defer o.host.ConnManager().Unprotect(l.peer, protocolMesh)
	var work sync.WaitGroup
	for _, task := range []func(context.Context, *link) error{o.readMeshStream, o.keepLink, o.writeHits, o.readHits} {
		work.Go(func() { l.cancel(task(ctx, l)) })
	}
	<-ctx.Done()
	l.stream.SetDeadline(time.Now()) // interrupts who reads and writes
	why := context.Cause(ctx)
	if parted := (errParted{}); errors.As(why, &parted) {
		if misbehaviour(parted.bye.Code) {
			o.shunned.add(l.peer, time.Now())
		}
		parted.bye.Candidates = o.contacts.records(candidatesMax, l.peer)
		bye := &pb.Mesh{Kind: &pb.Mesh_Bye{Bye: parted.bye}}
		_ = l.write(context.WithoutCancel(ctx), bye, byeTimeout) // the link ends either way
	}
	work.Wait()
	// Who dialled misses the neighbour: its address is proven, and one end of a link is enough to make it again.
	if vanished(why) && l.stream.Conn().Stat().Direction == network.DirOutbound {
		o.contacts.miss(l.peer, time.Now())
	}
	o.core.remove(l)
	linger(l.stream)
	return why
}

// keepLink sends Ready once queries can be carried, and a ping now and then. A
// neighbour that is never ready only takes the place of one that is.
func (o *Overlay) keepLink(ctx context.Context, l *link) error {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	late := time.NewTimer(handshakeTimeout)
	defer late.Stop()
	var asked time.Time
	ping := func() error {
		want := o.contacts.count() < sparesMin+o.core.degree() || time.Since(asked) > candidatesEvery
		if want = want && !o.opts.StaticMesh; want {
			asked = time.Now()
		}
		return l.write(ctx, &pb.Mesh{Kind: &pb.Mesh_Ping{Ping: &pb.Ping{Nonce: uint64(time.Now().UnixNano()), Want: want}}}, writeTimeout)
	}
	err := ping()
	for err == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.carrier:
			if o.core.sendsReady(l) {
				err = l.write(ctx, &pb.Mesh{Kind: &pb.Mesh_Ready{Ready: &pb.Ready{}}}, writeTimeout)
			}
		case <-late.C:
			if !o.core.isUp(l) {
				return errParted{&pb.Bye{Code: byeBroken, Reason: "never ready for queries"}}
			}
		case <-l.probe:
			err = ping()
		case <-ticker.C:
			err = ping()
		}
	}
	return fmt.Errorf("write mesh stream: %w", err)
}

// readMeshStream takes the neighbour's frames.
func (o *Overlay) readMeshStream(ctx context.Context, l *link) error {
	budget := rate.NewLimiter(meshFramesPerSec, 4*meshFramesPerSec)
	var buf []byte
	for {
		m, rest, err := readMesh(ctx, l.stream, l.reader, buf, silenceMax)
		if err != nil && errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrFrameTooLarge) || errors.Is(err, wire.ErrTooManyElements) {
			return errParted{byeOf(query.Malformed)}
		}
		if err != nil {
			return fmt.Errorf("read mesh stream: %w", err)
		}
		buf = rest
		if !budget.Allow() {
			return errParted{byeOf(query.OverRate)}
		}
		if err := o.takeMesh(ctx, l, m); err != nil {
			return err
		}
	}
}

// takeMesh handles one frame of a neighbour. Frames of kinds we do not know are
// a later version's and pass.
func (o *Overlay) takeMesh(ctx context.Context, l *link, m *pb.Mesh) error {
	switch {
	case m.GetReady() != nil:
		o.core.gotReady(l)
	case m.GetPing() != nil:
		return l.write(ctx, o.pong(l, m.GetPing()), writeTimeout)
	case m.GetPong() != nil:
		o.takePong(l, m.GetPong())
	case m.GetBye() != nil:
		o.takeCandidates(l, m.GetBye().Candidates)
		return errLeft{m.GetBye()}
	}
	return nil
}

func (o *Overlay) pong(l *link, p *pb.Ping) *pb.Mesh {
	pong := &pb.Pong{Nonce: p.Nonce, Neighbours: uint32(o.core.degree())}
	if p.Want {
		pong.Candidates = o.contacts.records(candidatesMax, l.peer)
	}
	return &pb.Mesh{Kind: &pb.Mesh_Pong{Pong: pong}}
}

func (o *Overlay) takePong(l *link, p *pb.Pong) {
	if took := time.Duration(time.Now().UnixNano() - int64(p.Nonce)); took > 0 && took < silenceMax {
		o.core.measured(l, took, p.Neighbours)
	}
	o.takeCandidates(l, p.Candidates)
}

// takeCandidates remembers the nodes a neighbour tells of, each by its own
// signature.
func (o *Overlay) takeCandidates(l *link, raws [][]byte) {
	for _, raw := range raws[:min(len(raws), candidatesMax)] {
		if c, err := openContact(raw); err == nil && c.id != o.host.ID() {
			o.contacts.add(c, time.Now())
		} else if err != nil {
			o.core.misbehaved(l.peer)
		}
	}
}

// reasonBytesMax bounds what a neighbour's bye may say.
const reasonBytesMax = 200

func cut(s string) string { return fmt.Sprintf("%q", s[:min(len(s), reasonBytesMax)]) }
