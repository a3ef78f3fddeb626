package transfer

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"starling/share/content"
	"starling/transfer/pb"
)

const (
	// uploadsMax bounds the streams served or waiting at once, uploadsPerNode
	// those of one node. Each costs two goroutines and a few KiB.
	uploadsMax     = 256
	uploadsPerNode = 16
	// pendingMax bounds the groups one stream may have asked for and not got.
	pendingMax = 4096
	// slotIdle is how long a slot may be held without asking while others wait.
	slotIdle = 5 * time.Second
	// uploadTick is how often an upload looks at the clock.
	uploadTick = time.Second
	// updatesEvery is the least time between two have-updates.
	updatesEvery = 50 * time.Millisecond
)

// upload serves one stream. One goroutine reads what the other side wants, one
// sends; the stream's end ends both.
type upload struct {
	x        *Exchange
	number   int
	node     Source
	conn     *conn
	lane     lane
	id       content.ID
	layout   content.Layout
	serves   bool // what it gets
	seat     Seat
	progress progress // guarded by the list's mu
	start    time.Time
	wake     chan struct{}
	naming   *rate.Limiter // bounds the sources it may name

	sent   atomic.Int64
	ending atomic.Bool // the last word is said

	mu       sync.Mutex // guards what follows; the sender alone writes offer
	offer    *offer
	pending  []int
	current  int // the group being sent, -1 for none
	choice   *sharedChoice
	manifest bool // asked for
	window   *window
	rate     meter
	told     int // position in the queue last told; 0: none

	// The sender's own.
	offset       int64 // sent of current
	manifestSent bool
	lastWrite    time.Time
	lastAsked    time.Time // when there was last something to send
	limitedAt    time.Time // when a limit last held it back
	updatedAt    time.Time
	updateDue    bool // held back by updatesEvery
	seen         int  // of the offer's groups, those told of
	swarm        int  // version told of
	toldAt       time.Time
	listedAt     time.Time // in the swarm
}

// ServeStream serves a stream that another node has opened, until it ends, ctx
// does or Run has ended. It owns the stream.
func (x *Exchange) ServeStream(ctx context.Context, from Source, s Stream) {
	if !x.enter() {
		s.Reset()
		return
	}
	defer x.serving.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(x.life, func() { cancel(ErrStopped) })()
	defer context.AfterFunc(ctx, func() { s.Reset() })()
	u := &upload{
		x: x, node: from, conn: newConn(s), lane: x.up.lane(x.isLocal(from)), seat: NewSeat(from),
		start: time.Now(), wake: make(chan struct{}, 1), naming: swarmBudget(), current: -1, window: newWindow(),
	}
	err := u.serve(ctx)
	var told *farewell
	if errors.As(err, &told) {
		_ = u.conn.read(new(pb.Message)) // the end, or whatever: it has had its time
	}
	if errors.Is(err, errEnded) || told != nil {
		s.Close()
	} else {
		s.Reset()
	}
	x.log.Debug("upload ended", "node", from, "id", u.id.Short(), "sent_bytes", u.sent.Load(), "err", err)
}

// serve runs the upload; errEnded is the good end.
func (u *upload) serve(ctx context.Context) error {
	var m pb.Message
	if err := u.conn.read(&m); err != nil {
		return err
	}
	if m.GetHello() == nil {
		return unexpected(&m)
	}
	h, err := helloOf(m.GetHello())
	if err != nil {
		return u.refuse(pb.Error_PROTOCOL, "the greeting makes no sense", err)
	}
	u.id, u.seat.file = h.id, h.id
	if code, reason := u.x.admit(u); reason != "" {
		return u.refuse(code, reason, errors.New(reason))
	}
	defer u.x.dismiss(u)
	first, err := u.x.offerOf(u.node, u.id, u.wake)
	if err != nil {
		return u.gone(err)
	}
	u.layout = first.manifest.Layout // of all later offers as well
	u.serveFrom(first)
	defer func() { u.offer.close() }()
	defer u.joinChoice()()
	u.serves = h.serves && introduces(u.x.o.Directory, u.node, h.record)
	have := haveMessage(u.layout, first.have)
	have.GetHave().IndexGroups = uint32(first.index)
	if err := u.write(have); err != nil {
		return err
	}
	tasks, ctx := errgroup.WithContext(ctx)
	defer context.AfterFunc(ctx, func() { u.hangUp(context.Cause(ctx)) })()
	tasks.Go(func() error { return u.read() })
	tasks.Go(func() error { return u.send(ctx) })
	return tasks.Wait()
}

// serveFrom takes an offer to serve.
func (u *upload) serveFrom(o *offer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.offer, u.seen = o, o.seen
}

func (u *upload) hangUp(cause error) {
	if errors.Is(cause, errEnded) {
		u.conn.stream.Close()
		return
	}
	u.conn.stream.Reset()
}

// read takes in what the other side wants.
func (u *upload) read() error {
	var m pb.Message
	for {
		if err := u.conn.read(&m); err != nil {
			return streamEnd(err)
		}
		if u.ending.Load() {
			return errEnded
		}
		if err := u.handle(&m); err != nil {
			return err
		}
	}
}

func (u *upload) handle(m *pb.Message) error {
	switch kind := m.GetKind().(type) {
	case *pb.Message_KeepAlive:
		return nil
	case *pb.Message_Received:
		return u.heard(kind.Received)
	case *pb.Message_Range:
		return u.ranged(kind.Range)
	case *pb.Message_Cancel:
		return u.cancelled(kind.Cancel)
	case *pb.Message_ManifestRequest:
		return u.manifestWanted()
	case *pb.Message_Sources:
		if !u.naming.Allow() {
			return nil
		}
		u.x.heard(u.id, sourcesOf(u.x.o.Directory, kind.Sources))
		return nil
	}
	return unexpected(m)
}

// heard takes the other side's word on how much it has read.
func (u *upload) heard(m *pb.Received) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := u.window.received
	err := u.window.hear(m.GetBytes(), time.Now())
	if u.window.received > before {
		u.wakeSender()
	}
	return err
}

func (u *upload) ranged(m *pb.Range) error {
	groups, err := groupsOf(m.GetRuns(), u.layout)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.told > 0 {
		return nil // void: asked before our word of the queue arrived there
	}
	if len(u.pending)+len(groups) > pendingMax {
		return errProtocol
	}
	u.pending = append(u.pending, groups...)
	u.wakeSender()
	return nil
}

func (u *upload) cancelled(m *pb.Cancel) error {
	groups, err := groupsOf(m.GetRuns(), u.layout)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.pending) == 0 && u.current < 0 {
		return nil
	}
	off := content.NewBitset(u.layout.Groups())
	for _, g := range groups {
		off.Set(g)
	}
	u.pending = slices.DeleteFunc(u.pending, off.Has)
	if u.current >= 0 && off.Has(u.current) {
		u.abandon()
	}
	return nil
}

// manifestWanted: once is enough for anyone.
func (u *upload) manifestWanted() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.manifest {
		return errProtocol
	}
	u.manifest = true
	u.wakeSender()
	return nil
}

func (u *upload) wakeSender() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

func (u *upload) write(m *pb.Message) error {
	u.lastWrite = time.Now()
	return u.conn.write(m)
}

// refuse says why before the stream ends, and returns the error.
func (u *upload) refuse(code pb.Error_Code, reason string, err error) error {
	return u.lastWords(&pb.Message{Kind: &pb.Message_Error{Error: &pb.Error{Code: code, Reason: reason}}}, err)
}

func (u *upload) gone(err error) error {
	return u.lastWords(&pb.Message{Kind: &pb.Message_Gone{Gone: &pb.Gone{Reason: "not here"}}}, err)
}

// lastWords writes a message that ends the stream. A reset would overtake it, so
// the stream stays until the other side has hung up, or says anything more.
func (u *upload) lastWords(m *pb.Message, err error) error {
	u.ending.Store(true)
	if err := u.write(m); err != nil {
		return err
	}
	if err := u.conn.stream.CloseWrite(); err != nil {
		return err
	}
	return &farewell{err}
}

// farewell is the error that was told to the other side.
type farewell struct{ err error }

func (e *farewell) Error() string { return "told the other side: " + e.err.Error() }
func (e *farewell) Unwrap() error { return e.err }
