package transfer

import (
	"context"
	"errors"
	"math"
	"time"
)

// peer is one source as the loop sees it.
type peer struct {
	source  Source
	fetcher *fetcher
	stop    context.CancelCauseFunc
	trying  bool // the fetcher is at work
	session *session
	holding holding
	lane    lane // of the stream

	state    SourceState
	err      error // the last
	endedAt  time.Time
	bytes    int64 // of verified groups
	before   int64 // and in earlier runs
	position int
	eta      time.Duration
	rate     meter
	listedAt time.Time // in the swarm
	moved    int64     // of fetcher.moved, counted so far
	wasted   int64

	startedAt time.Time // of the fetcher; zero: never
	restUntil time.Time // a spare one
	usefulAt  time.Time // when it was last sending, or had begun to be with us
}

func (r *run) peer(s Source) *peer {
	for _, p := range r.peers {
		if p.source == s {
			return p
		}
	}
	return nil
}

func (r *run) start(ctx context.Context, p *peer) {
	ctx, p.stop = context.WithCancelCause(ctx)
	p.trying, p.state, p.startedAt = true, SourceConnecting, time.Now()
	p.moved, p.wasted = 0, 0
	f := &fetcher{
		source: p.source, id: r.d.id, dial: r.x.dial, memory: r.x.memory, events: r.events,
		serves:    !r.x.o.NoSeed,
		self:      r.x.o.Self,
		directory: r.x.o.Directory,
		lane:      func() lane { return r.x.down.lane(r.x.isLocal(p.source)) },
		wholeMax:  r.x.o.wholeMax,
		sizeBytes: r.d.size,
		partial:   r.d.partialNow,
	}
	p.fetcher = f
	r.fetchers.Go(func() { f.run(ctx) })
}

// from finds the peer of an event; nil when it is about a fetcher that was
// stopped since.
func (r *run) from(f *fetcher) *peer {
	if p := r.peer(f.source); p != nil && p.fetcher == f && p.state != SourceCutOff {
		return p
	}
	return nil
}

func (r *run) opened(e opened) {
	p := r.from(e.fetcher)
	if p == nil {
		return
	}
	p.session, p.holding, p.state, p.err = e.session, e.holding, SourceIdle, nil
	p.usefulAt = time.Now()
	p.lane = r.x.asking.lane(r.x.isLocal(p.source))
	switch {
	case r.picker == nil:
		r.claims.add(p.source, e.holding)
		r.prove()
	case e.holding.layout != r.layout:
		r.cutOff(p, wrongSize(e.holding.layout.SizeBytes, r.layout.SizeBytes))
	default:
		r.picker.Join(p.source, e.holding.groups, time.Now())
		r.ask(p)
	}
	if known := r.x.swarms.others(r.d.id, p.source); p.session != nil && len(known) > 0 {
		p.session.tell(known)
	}
}

// cutOff ends a source for good.
func (r *run) cutOff(p *peer, why error) {
	r.leave(p)
	var bad *badGroupError
	if r.picker != nil && errors.As(why, &bad) {
		r.picker.Wasted(r.picker.bytes(bad.group))
	}
	p.stop(why)
	p.trying = false
	p.state, p.err, p.endedAt = SourceCutOff, why, time.Now()
	r.d.cutOff(p.source)
	r.x.remember(r.d)
	r.x.swarms.remove(r.d.id, p.source)
	r.x.log.Info("source cut off", "id", r.d.id.Short(), "node", p.source, "reason", plainly(why))
}

// leave takes a source out of the reckoning.
func (r *run) leave(p *peer) {
	r.count(p, time.Now())
	p.session, p.position, p.eta = nil, 0, 0
	r.claims.remove(p.source)
	if r.picker != nil {
		r.picker.Leave(p.source)
	}
}

func (r *run) closed(ctx context.Context, e closed) {
	p := r.from(e.fetcher)
	if p == nil {
		return
	}
	if e.final {
		p.trying = false
	}
	var disk *diskError
	if errors.As(e.err, &disk) {
		r.verdict = r.diskFailed(disk.err)
		return
	}
	r.x.log.Debug("source ended", "id", r.d.id.Short(), "node", p.source, "err", e.err)
	switch {
	case e.final && (forGood(e.err) || errors.Is(e.err, errProtocol)):
		r.cutOff(p, e.err)
	case e.final:
		r.leave(p)
		p.state, p.err, p.endedAt = SourceGone, e.err, time.Now()
	default:
		r.leave(p)
		p.state, p.err = SourceRetrying, e.err
	}
	r.fill(ctx)
	r.askAll()
}

func (r *run) learned(e learned) {
	p := r.from(e.fetcher)
	if p == nil || p.session == nil {
		return
	}
	for _, g := range e.groups {
		p.holding.groups.Set(g)
	}
	if r.picker == nil {
		r.claims.learn(p.source, e.groups)
		r.prove()
		return
	}
	for _, g := range e.groups {
		for _, s := range r.picker.Learn(p.source, g) {
			if other := r.peer(s); other.session != nil {
				other.session.cancel(g)
			}
		}
	}
	r.ask(p)
}

// queued notes a place in a source's queue, or the turn.
func (r *run) queued(e queued) {
	p := r.from(e.fetcher)
	if p == nil || p.session == nil {
		return
	}
	p.position, p.eta = e.position, e.eta
	if p.position > 0 {
		p.state = SourceWaiting
		r.claims.remove(p.source)
		if r.picker != nil {
			r.picker.Wait(p.source)
		}
		return
	}
	p.state = SourceIdle
	if r.picker == nil {
		r.claims.add(p.source, p.holding)
		r.prove()
		return
	}
	r.picker.Serve(p.source, time.Now())
	r.ask(p)
}

// holdsMuch is the size of groups of which a few that have begun and stalled would
// take all the memory there is for downloads.
const holdsMuch = 1 << 20

func (r *run) stalled(s Source) {
	p := r.peer(s)
	p.state = SourceStalled
	if p.session != nil && (r.picker.o.Exclusive || r.layout.GroupBytes() >= holdsMuch) {
		p.session.conn.stream.Reset() // its group, or the memory for it, is free once it has left
	}
}

// count tells the picker what has moved since it was last told.
func (r *run) count(p *peer, now time.Time) {
	if p.fetcher == nil {
		return
	}
	moved, wasted := p.fetcher.moved.Load(), p.fetcher.wasted.Load()
	if r.picker != nil {
		if moved > p.moved {
			r.picker.Moved(p.source, moved-p.moved, now)
		}
		r.picker.Wasted(wasted - p.wasted)
	}
	if moved > p.moved && p.state == SourceStalled && p.session != nil {
		p.state = SourceSending
	}
	p.moved, p.wasted = moved, wasted
	p.rate.mark(moved, now)
}

func (r *run) askAll() {
	for _, p := range r.peers {
		r.ask(p)
	}
}

// ask lets the picker choose for a source, within the download limit.
func (r *run) ask(p *peer) {
	if r.picker == nil || p.session == nil || p.position > 0 {
		return
	}
	for r.askOnce(p) {
	}
}

// askOnce asks for what the picker chooses; where there is a limit, for one group
// at a time, and more means that there is room for another.
func (r *run) askOnce(p *peer) (more bool) {
	now := time.Now()
	room := int64(math.MaxInt64)
	limited, key := p.lane.limit() > 0, shareKey{r.d, p.lane.wan != nil}
	if limited {
		wait := p.lane.readyIn(now)
		if wait > 0 && r.picker.Wants(p.source) {
			r.x.shares.held(key, now)
		} else if wait == 0 {
			wait = r.x.shares.turn(key, now)
		}
		if wait > 0 {
			if wait < tickEvery { // or the next tick asks
				r.paced.Reset(wait)
			}
			return false
		}
		room = r.layout.GroupBytes()
	}
	groups := r.picker.Ask(p.source, room, now)
	if len(groups) == 0 {
		if p.state == SourceSending && r.picker.Idle(p.source) {
			p.state = SourceIdle
		}
		r.x.shares.rests(key)
		return false
	}
	bytes := int64(0)
	for _, g := range groups {
		_, n := r.layout.Span(g)
		bytes += n
	}
	if limited {
		r.x.shares.took(key, bytes)
	}
	p.lane.borrow(bytes, now)
	p.state = SourceSending
	p.session.ask(groups, nil)
	return limited
}

func (r *run) groupCame(e groupCame) {
	p := r.peer(e.fetcher.source)
	if p == nil || r.picker == nil {
		return
	}
	now := time.Now()
	r.count(p, now)
	_, n := r.layout.Span(e.group)
	p.bytes += n
	r.gained(e.group, n, now)
	r.aim()
	held := r.picker.have.Has(e.group)
	others := r.picker.Got(p.source, e.group, now)
	if !held && len(others) == 0 { // or it may be another's bytes that verified
		r.x.ledger.gave(p.source, n)
	}
	for _, s := range others {
		if other := r.peer(s); other.session != nil {
			other.session.cancel(e.group)
		}
	}
	if now.Sub(p.listedAt) >= swarmRefresh {
		p.listedAt = now
		r.x.swarms.add(r.d.id, p.source)
	}
	r.completed = r.picker.Complete()
	if !r.completed {
		r.ask(p)
	}
}

// gained notes a verified group.
func (r *run) gained(g int, n int64, now time.Time) {
	r.gainedAt = now
	r.d.gained(g, n)
}
