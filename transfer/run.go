package transfer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"starling/share"
	"starling/share/content"
)

const (
	// tickEvery is how often a download looks at the clock.
	tickEvery = 250 * time.Millisecond
	// eventsAhead lets sources go on while the loop is at another's event.
	eventsAhead = 64
)

// run is one run of a download, from its start to a pause or an end. Its loop
// goroutine owns everything here; fetchers tell it what happens by events.
type run struct {
	x      *Exchange
	d      *download
	ctx    context.Context
	events chan any

	fetchers sync.WaitGroup
	finds    sync.WaitGroup
	peers    []*peer // in the order they were named

	layout  content.Layout // once settled
	claims  claims         // until then
	picker  *Picker        // from then on
	partial *share.Partial

	paced    *time.Timer // when the download limit lets us ask again
	search   search
	aliveAt  time.Time // when a source was last with us
	gainedAt time.Time // when a group last came
	toldAt   time.Time // when sources were last told of each other
	toldOf   int       // the swarm's version they were told of
	keptAt   time.Time // when sources were last written down
	kept     int       // how many had given something then
	rate     meter
	reason   string

	reviewedAt time.Time // when a source last had to make room
	sequential bool      // wanted in file order
	reserved   bool      // that is written down
	primed     bool      // the file that is repaired has given what is good of it
	verdict    *outcome
	completed  bool
}

// outcome is how a run ended.
type outcome struct {
	state  State
	path   string
	reason string
	fail   FailKind
	landed *share.Partial // the finished file, whose journal is kept until the list says so
}

func failed(kind FailKind, format string, args ...any) *outcome {
	return &outcome{state: Failed, fail: kind, reason: fmt.Sprintf(format, args...)}
}

func newRun(ctx context.Context, x *Exchange, d *download) *run {
	now := time.Now()
	r := &run{
		x: x, d: d, ctx: ctx,
		events:  make(chan any, eventsAhead),
		claims:  claims{id: d.id},
		paced:   time.NewTimer(time.Hour),
		aliveAt: now, gainedAt: now, toldAt: now,
	}
	r.paced.Stop()
	return r
}

// do fetches, finishes, and says how it ended; nil when ctx ended it.
func (r *run) do() *outcome {
	defer r.close()
	if o := r.begin(); o != nil {
		return o
	}
	for {
		if r.toPrime() {
			r.verdict = r.prime()
		} else if !r.completed {
			r.gather()
		}
		switch {
		case r.verdict != nil:
			return r.verdict
		case r.ctx.Err() != nil:
			return nil
		case r.toPrime() || !r.completed:
			continue
		}
		if r.d.cached() {
			return r.serveReaders()
		}
		o, again := r.finish()
		if !again {
			return o
		}
		r.startPicker()
	}
}

// begin takes up what an earlier run left.
func (r *run) begin() *outcome {
	if o := r.skip(); o != nil {
		return o
	}
	if from := r.d.takes; from != nil {
		return r.takeOver(from)
	}
	if r.d.snapshot().Repair != nil {
		return r.beginRepair()
	}
	if !share.PartialExists(r.partialOptions()) {
		return r.copyOwn()
	}
	r.publish(Verifying)
	if out := r.openPartial(); out != nil || r.partial == nil {
		return out
	}
	if m := r.partial.Manifest(); m != nil {
		r.settled(m)
	}
	if !r.completed {
		return r.nameTaken()
	}
	return nil
}

func (r *run) partialOptions() share.PartialOptions {
	rec := r.d.snapshot()
	return rec.partialOptions(r.x.o.StateDir)
}

// openPartial opens or creates the .part.
func (r *run) openPartial() *outcome {
	o := r.partialOptions()
	if out := r.makeDir(o); out != nil {
		return out
	}
	o.Hook = r.x.o.hook
	p, err := share.OpenPartial(r.ctx, o)
	if err != nil {
		return r.diskFailed(err)
	}
	r.partial = p
	return nil
}

// makeDir makes the target folder, but not that of a file to repair.
func (r *run) makeDir(o share.PartialOptions) *outcome {
	if o.KeepDir {
		return r.targetGone()
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return r.diskFailed(err)
	}
	return nil
}

// diskFailed words a failure of our own disk; nil where ctx caused it.
func (r *run) diskFailed(err error) *outcome {
	switch {
	case r.ctx.Err() != nil:
		return nil
	case errors.Is(err, share.ErrNoSpace):
		return failed(FailNoSpace, "%v; it goes on by itself when there is room", err)
	}
	return failed(FailOther, "%v", err)
}

// settled notes the true layout and makes the partial ready to be served.
func (r *run) settled(m *content.Manifest) {
	r.layout = m.Layout
	r.d.setSize(m.SizeBytes)
	r.startPicker()
	r.d.offer(r.partial)
}

func (r *run) startPicker() {
	have := r.partial.Have()
	r.sequential = r.d.snapshot().Sequential
	o := PickerOptions{Sequential: r.sequential, Exclusive: r.layout.GroupBytes() > r.x.o.wholeMax}
	for _, p := range r.peers {
		o.First = max(o.First, p.holding.index)
	}
	r.picker = NewPicker(r.layout, have, o, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	r.completed = have.Complete()
	r.aim()
}

// gather fetches until every group is here, the verdict falls or ctx ends.
func (r *run) gather() {
	fetching, stop := context.WithCancelCause(r.ctx)
	defer func() {
		stop(errFinished)
		r.fetchers.Wait()
		r.finds.Wait()
		r.drain()
		r.x.shares.leave(r.d)
		r.keepSources()
	}()
	now := time.Now() // what came before, a check of the disk, was no source's silence
	r.aliveAt, r.gainedAt, r.search = now, now, search{}
	r.recall(fetching)
	r.publish(Finding)
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for !r.completed && r.verdict == nil && !r.toPrime() {
		select {
		case <-r.ctx.Done():
			return
		case e := <-r.events:
			r.handle(fetching, e)
		case named := <-r.d.more:
			r.addSources(fetching, named)
		case <-r.d.aim:
			r.aim()
		case <-r.paced.C:
			r.askAll()
		case <-ticker.C:
			r.tick(fetching)
		}
	}
}

// handle dispatches one event.
func (r *run) handle(ctx context.Context, event any) {
	switch e := event.(type) {
	case opened:
		r.opened(e)
	case closed:
		r.closed(ctx, e)
	case learned:
		r.learned(e)
	case manifestCame:
		r.claims.proven(e.manifest)
		r.prove()
	case sizeProven:
		r.sizeProven(e)
	case groupCame:
		r.groupCame(e)
	case queued:
		r.queued(e)
	case named:
		r.addSources(ctx, e.sources)
	case found:
		r.found(ctx, e)
	}
}

// drain frees what events still hold when the fetchers are gone.
func (r *run) drain() {
	for {
		select {
		case event := <-r.events:
			if e, ok := event.(sizeProven); ok {
				r.x.memory.free(e.blocks, e.reserved)
			}
		default:
			return
		}
	}
}

// tick does what time asks for.
func (r *run) tick(ctx context.Context) {
	r.noteReserved()
	now := time.Now()
	for _, p := range r.peers {
		r.count(p, now)
	}
	if r.picker != nil {
		for _, s := range r.picker.Tick(now) {
			r.stalled(s)
		}
	} else {
		r.prove()
	}
	r.fill(ctx)
	r.review(ctx, now)
	r.askAll()
	r.tellSources(now)
	r.keepNow(now)
	r.look(ctx, now)
	r.rate.mark(r.d.fetchedBytes(), now)
	if o := r.judge(now); o != nil {
		r.verdict = o
	}
	r.publish(r.state())
}

// state is what the owner sees of a run that fetches.
func (r *run) state() State {
	for _, p := range r.peers {
		if p.session != nil {
			return Running
		}
	}
	return Finding
}

// close ends the run's hold on the disk.
func (r *run) close() {
	r.paced.Stop()
	r.d.offer(nil)
	if r.partial == nil {
		return
	}
	if err := r.partial.Close(); err != nil {
		r.x.log.Warn("partial file not closed cleanly, it will be checked at the next start", "id", r.d.id.Short(), "err", err)
	}
}
