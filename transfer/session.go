package transfer

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"starling/share/content"
	"starling/transfer/pb"
)

// session is one open stream to a source. Three goroutines share the work: one
// reads, one verifies and writes to the disk, one sends what the download's loop
// orders. The first that fails ends all three.
//
//	stream ──read──► blocks ──jobs──► verify, write, mark ──event──► the loop
//	stream ◄──────── ranges, cancels ◄──────orders──────────────────────┘
type session struct {
	fetcher *fetcher
	conn    *conn
	lane    lane
	layout  content.Layout // by the size the source claims
	jobs    chan job
	wake    chan struct{} // orders has something
	naming  *rate.Limiter // bounds the sources it may name
	came    atomic.Int64  // raw bytes of groups, wanted or not

	answerAt int64 // of came, what the source wants to know of; the reader's own
	underWay int   // the group that has begun to come, -1 for none; the reader's own
	dropping bool  // what is read is for no one; the reader's own
	told     int64 // of came; the sender's own

	mu       sync.Mutex // guards what follows
	wanted   map[int]*incoming
	orders   orders
	waiting  bool      // in the source's queue
	proving  bool      // the manifest is asked for
	spoiled  bool      // a group was taken back, of which something may be held
	lastData time.Time // or when the first thing that is due was asked for
}

// incoming is a group on its way.
type incoming struct {
	probe     *content.Manifest // proves the size first; nil in the ordinary case
	cancelled bool
	again     int // asked for anew after that: so often it may come from its beginning

	// The reader's own.
	got      int64    // bytes come
	blocks   []*block // not yet handed on, all but the last full
	reserved int64    // bytes of memory held for blocks
	lost     bool     // bytes of it were dropped: what goes on behind them is no use
}

// orders is what the loop wants sent, in the order of its fields.
type orders struct {
	answer   bool // how much has come
	manifest bool
	cancel   []int
	ask      []int
	sources  []Source
}

func (o *orders) empty() bool {
	return !o.answer && !o.manifest && len(o.cancel) == 0 && len(o.ask) == 0 && len(o.sources) == 0
}

// jobsAhead is how many pieces may wait for the disk. The stream's own window
// holds more back than a longer queue would.
const jobsAhead = 3

// openSession greets the source and reads what it claims to hold.
func openSession(f *fetcher, s Stream, sizeBytes int64, serves bool) (*session, holding, error) {
	c := newConn(s)
	hello := &pb.Hello{Id: f.id[:], SizeBytes: uint64(sizeBytes), Serves: serves}
	if serves {
		hello.Record = f.directory.Record(f.self)
	}
	if err := c.write(&pb.Message{Kind: &pb.Message_Hello{Hello: hello}}); err != nil {
		return nil, holding{}, err
	}
	var m pb.Message
	if err := c.read(&m); err != nil {
		return nil, holding{}, err
	}
	if m.GetHave() == nil {
		return nil, holding{}, endingOf(&m)
	}
	h, err := holdingOf(m.GetHave())
	if err != nil {
		return nil, holding{}, err
	}
	return &session{
		fetcher: f, conn: c, lane: f.lane(), layout: h.layout,
		jobs: make(chan job, jobsAhead), wake: make(chan struct{}, 1), naming: swarmBudget(),
		wanted: make(map[int]*incoming), underWay: -1,
	}, h, nil
}

// endingOf is the error for a message that ends a stream or has no place in it.
func endingOf(m *pb.Message) error {
	switch kind := m.GetKind().(type) {
	case *pb.Message_Gone:
		return &goneError{strangersReason(kind.Gone.GetReason())}
	case *pb.Message_Error:
		return &refusedError{kind.Error.GetCode(), strangersReason(kind.Error.GetReason())}
	}
	return unexpected(m)
}

// run moves the file until the stream fails or ctx ends; it returns what ended it.
// What has come whole when the stream fails still goes to the disk and the loop.
func (s *session) run(fetching context.Context) error {
	tasks, ctx := errgroup.WithContext(fetching)
	defer context.AfterFunc(ctx, func() { s.hangUp(context.Cause(ctx)) })()
	tasks.Go(func() error { return s.send(ctx) })
	tasks.Go(func() error { return s.sink(fetching) })
	tasks.Go(func() error {
		defer close(s.jobs)
		return s.read(ctx)
	})
	err := tasks.Wait()
	s.giveBack()
	return err
}

// hangUp ends the stream politely when the work is done.
func (s *session) hangUp(cause error) {
	if errors.Is(cause, errFinished) {
		s.conn.stream.Close()
		return
	}
	s.conn.stream.Reset()
}

// giveBack frees what did not get as far as the disk.
func (s *session) giveBack() {
	for j := range s.jobs {
		s.fetcher.memory.free(j.blocks, j.reserved)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
}

// forget drops all that was asked for. The caller holds mu and reads the stream,
// or nobody does.
func (s *session) forget() {
	for _, in := range s.wanted {
		s.fetcher.memory.free(in.blocks, in.reserved)
	}
	clear(s.wanted)
	s.orders.ask, s.orders.cancel = nil, nil
}

// ask orders groups; with a probe, to prove the source's claim of the size. In
// the source's queue it orders nothing: the loop is about to hear of that.
func (s *session) ask(groups []int, probe *content.Manifest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting {
		return
	}
	if !s.due() {
		s.lastData = time.Now()
	}
	for _, g := range groups {
		if in := s.wanted[g]; in != nil { // taken back before, and its bytes may still be on their way
			in.probe, in.cancelled = probe, false
			in.again++
			continue
		}
		s.wanted[g] = &incoming{probe: probe}
	}
	s.orders.ask = append(s.orders.ask, groups...)
	s.wakeSender()
}

// cancel takes a group back. The bytes of it that still come are dropped.
func (s *session) cancel(g int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.wanted[g]
	if in == nil || in.cancelled {
		return
	}
	in.cancelled, s.spoiled = true, true
	if i := slices.Index(s.orders.ask, g); i >= 0 { // the source has not heard of it yet
		s.orders.ask = slices.Delete(s.orders.ask, i, i+1)
		in.again = max(in.again-1, 0)
		return
	}
	s.orders.cancel = append(s.orders.cancel, g)
	s.wakeSender()
}

func (s *session) askManifest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders.manifest, s.proving = true, true
	s.lastData = time.Now()
	s.wakeSender()
}

func (s *session) tell(sources []Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders.sources = sources
	s.wakeSender()
}

// count is told of raw bytes as they come. What the source waits for is answered
// before anything else is done with them.
func (s *session) count(n int) {
	if !s.dropping {
		s.fetcher.count(n)
	}
	if s.came.Add(int64(n)) != s.answerAt {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders.answer = true
	s.wakeSender()
}

func (s *session) wakeSender() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// due tells whether the source should be sending. The caller holds mu.
func (s *session) due() bool {
	if s.waiting {
		return false
	}
	for _, in := range s.wanted {
		if !in.cancelled {
			return true
		}
	}
	return s.proving
}

// send writes orders and keeps the stream alive.
func (s *session) send(ctx context.Context) error {
	quiet := time.NewTicker(keepAliveEvery)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.wake:
		case <-quiet.C:
			if err := s.sendSign(); err != nil {
				return err
			}
		}
		if err := s.sendOrders(); err != nil {
			return err
		}
	}
}

// sendSign shows that this side is there, and how much has come where it moves
// too slowly for the source's marks.
func (s *session) sendSign() error {
	if s.came.Load() == s.told {
		return s.conn.write(keepAlive())
	}
	return s.sendAnswer()
}

func (s *session) sendAnswer() error {
	s.told = s.came.Load()
	return s.conn.write(&pb.Message{Kind: &pb.Message_Received{Received: &pb.Received{Bytes: uint64(s.told)}}})
}

func (s *session) sendOrders() error {
	s.mu.Lock()
	o := s.orders
	s.orders = orders{}
	s.mu.Unlock()
	if o.empty() {
		return nil
	}
	if o.answer {
		if err := s.sendAnswer(); err != nil {
			return err
		}
	}
	if o.manifest {
		if err := s.conn.write(&pb.Message{Kind: &pb.Message_ManifestRequest{ManifestRequest: &pb.ManifestRequest{}}}); err != nil {
			return err
		}
	}
	for len(o.cancel) > 0 {
		var runs []uint32
		runs, o.cancel = runsOf(o.cancel)
		if err := s.conn.write(&pb.Message{Kind: &pb.Message_Cancel{Cancel: &pb.Cancel{Runs: runs}}}); err != nil {
			return err
		}
	}
	for len(o.ask) > 0 {
		var runs []uint32
		runs, o.ask = runsOf(o.ask)
		if err := s.conn.write(&pb.Message{Kind: &pb.Message_Range{Range: &pb.Range{Runs: runs}}}); err != nil {
			return err
		}
	}
	if m := sourcesMessage(s.fetcher.directory, o.sources); m != nil {
		return s.conn.write(m)
	}
	return nil
}

// streamEnd words a clean end of the stream.
func streamEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return errEnded
	}
	return err
}
