package transfer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"starling/share"
	"starling/share/content"
)

// library is what an Exchange needs of share.Library.
type library interface {
	For(who share.Viewer) share.View
	Open(id content.ID) (*share.Handle, error)
	Adopt(path string, m *content.Manifest, id content.ID, searchable bool) (share.File, error)
	Restored(path string, m *content.Manifest, id content.ID, verified share.FileState) (known bool, err error)
	AdoptCollection(c *share.Landed, m *content.Manifest, id content.ID, searchable bool) (share.File, error)
}

// Exchange moves files to and from other nodes: it keeps the list of downloads
// and runs them, and serves what the library holds and what is on its way.
type Exchange struct {
	o       Options
	library library
	dial    Dial
	find    Find
	log     *slog.Logger
	store   *store
	notices []string

	up, down direction // what is sent and read
	asking   direction // what is asked for: as down, in whole groups
	memory   *memory
	tiny     tiny // uploads that need no slot
	swarms   swarms
	choices  choices
	shares   shares
	searches *rate.Limiter // for sources, over all downloads
	uploads  uploadList
	ledger   *ledger
	// placesKept is how many places uploads.json holds.
	placesKept int

	life    context.Context // ends when Run does
	end     context.CancelCauseFunc
	serving sync.WaitGroup

	mu        sync.Mutex // guards what follows
	downloads []*download
	ended     bool
	total     float64       // rate of all downloads, see observe
	best      float64       // of lately
	wake      chan struct{} // the list has changed
}

// spaceRetryEvery is how often a download that lacks space looks for some.
const spaceRetryEvery = 10 * time.Second

// New opens the list of downloads in o.StateDir; it starts nothing. find may be
// nil. End it with Close when Run has returned. A broken list is set aside and
// rebuilt, see Notices. Errors: the file system's, and another process having
// the list open.
func New(o Options, lib *share.Library, dial Dial, find Find) (*Exchange, error) {
	return newExchange(o, lib, dial, find)
}

func newExchange(o Options, lib library, dial Dial, find Find) (*Exchange, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(partialsDir(o.StateDir), 0o700); err != nil {
		return nil, fmt.Errorf("open downloads: %w", err)
	}
	s, records, notice, err := openStore(o.StateDir)
	if err != nil {
		return nil, fmt.Errorf("open downloads: %w", err)
	}
	if err := emptyCache(o.StateDir); err != nil { // nobody else's, now that the list is ours
		return nil, fmt.Errorf("open downloads: %w", errors.Join(err, s.close()))
	}
	x := &Exchange{
		o: o, library: lib, dial: dial, find: find, log: o.Logger, store: s,
		up: newDirection(o.UpBytesPerSec, o.UpWANBytesPerSec), down: newDirection(o.DownBytesPerSec, o.DownWANBytesPerSec),
		asking:  newDirection(o.DownBytesPerSec, o.DownWANBytesPerSec),
		memory:  newMemory(o.MemoryBytes),
		uploads: uploadList{queue: NewQueue(o)}, ledger: newLedger(),
		searches: rate.NewLimiter(rate.Every(searchesEvery), searchesBurst),
		wake:     make(chan struct{}, 1),
	}
	x.life, x.end = context.WithCancelCause(context.Background())
	x.note(notice)
	x.openStanding(time.Now())
	for _, rec := range records {
		if !rec.State.Final() && rec.State != Paused || rec.Fail == FailNoSpace {
			rec.State, rec.Fail, rec.Reason = Queued, FailNone, ""
		}
		x.downloads = append(x.downloads, newDownload(rec))
	}
	slices.SortFunc(x.downloads, func(a, b *download) int { return a.rec.Number - b.rec.Number })
	return x, nil
}

func (x *Exchange) note(notice string) {
	if notice != "" {
		x.notices = append(x.notices, notice)
		x.log.Warn("state rebuilt", "notice", notice)
	}
}

// Notices says what had to be set aside and rebuilt.
func (x *Exchange) Notices() []string { return x.notices }

// Close gives the list back. Call it after Run has returned.
func (x *Exchange) Close() error {
	x.stop()
	x.keepStanding(time.Now())
	return x.store.close()
}

// Run runs the downloads until ctx ends, then ends the uploads, too, and returns
// when every goroutine is gone.
func (x *Exchange) Run(ctx context.Context) error {
	defer x.stop()
	var runs sync.WaitGroup
	defer runs.Wait()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	keep := time.NewTicker(standingEvery)
	defer keep.Stop()
	for {
		for _, d := range x.sweep(time.Now()) {
			runs.Go(func() { x.drop(d) })
		}
		for _, r := range x.due(ctx, time.Now()) {
			runs.Go(func() { x.run(r) })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-x.wake:
		case <-ticker.C:
			x.observe()
		case now := <-keep.C:
			x.keepStanding(now)
		}
	}
}

// stop ends uploads; no new ones are taken.
func (x *Exchange) stop() {
	x.mu.Lock()
	x.ended = true
	x.mu.Unlock()
	x.end(ErrStopped)
	x.serving.Wait()
}

// enter counts an upload in, unless the end has come.
func (x *Exchange) enter() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return false
	}
	x.serving.Add(1)
	return true
}

func (x *Exchange) wakeRun() {
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// claim gives the context of a run if there should be one and is none.
func (d *download) claim(ctx context.Context, now time.Time) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	lacksSpace := d.rec.State == Failed && d.rec.Fail == FailNoSpace && !d.rec.cached && now.After(d.retryAt)
	if d.stopped != nil || d.rec.State != Queued && !lacksSpace {
		return nil
	}
	d.stopped, d.busyAt = make(chan struct{}), now
	ctx, d.cancel = context.WithCancelCause(ctx)
	return ctx
}

// run does one run of a download, to its end.
func (x *Exchange) run(r *run) {
	o := r.do()
	x.settle(r.d, o, context.Cause(r.ctx))
	x.wakeRun()
}

// settle writes down how a run ended.
func (x *Exchange) settle(d *download, o *outcome, cause error) {
	d.mu.Lock()
	d.cancel(nil)
	switch {
	case o != nil:
		d.rec.State, d.rec.Path, d.rec.Reason, d.rec.Fail = o.state, o.path, o.reason, o.fail
		d.rec.Finished = time.Now()
		d.retryAt = d.rec.Finished.Add(spaceRetryEvery)
	case errors.Is(cause, errPaused):
		d.rec.State = Paused
	case errors.Is(cause, errYield), errors.Is(cause, errIdle) && len(d.heads) > 0: // somebody reads again
		d.rec.State, d.rec.Reason = Queued, ""
	case errors.Is(cause, errIdle):
		d.rec.State, d.rec.Reason = Paused, errIdle.Error()
	case errors.Is(cause, errCancelled), errors.Is(cause, errTaken):
		d.rec.State = Cancelled
	}
	rec := d.rec
	d.mu.Unlock()
	if rec.State != Cancelled && x.remember(d) {
		x.forgetJournal(o)
	}
	d.mu.Lock()
	stopped := d.stopped
	d.stopped, d.cancel = nil, nil
	d.mu.Unlock()
	defer close(stopped)
	x.showEnd(d, rec)
	if o != nil {
		x.log.Info("download ended", "id", d.id.Short(), "state", rec.State, "reason", rec.Reason, "fetched_bytes", d.fetchedBytes())
	}
}

// showEnd makes the status agree with the record when no run does it.
func (x *Exchange) showEnd(d *download, rec record) {
	s, _ := d.look()
	s.Sources = slices.Clone(s.Sources) // watchers read the ones that were shown
	s.State, s.Path, s.Reason, s.Fail, s.Finished = rec.State, rec.Path, rec.Reason, rec.Fail, rec.Finished
	s.Name, s.SizeBytes, s.Rate, s.ETA = rec.Name, rec.SizeBytes, 0, -1
	if rec.State == Done {
		s.HaveBytes = rec.SizeBytes
		s.Files, s.FilesHeld = rec.Files, rec.Files
		s.ETA = 0
	}
	for i := range s.Sources {
		if state := s.Sources[i].State; state != SourceCutOff && state != SourceGone {
			s.Sources[i].State = SourceIdle
		}
		s.Sources[i].Rate = 0
	}
	d.show(s)
}

// forgetJournal ends what a finished file is recognised by until the list has it.
func (x *Exchange) forgetJournal(o *outcome) {
	x.o.hook(stepStored)
	if o == nil || o.landed == nil {
		return
	}
	if err := o.landed.Forget(); err != nil {
		x.log.Warn("journal of a finished file not removed", "err", err)
	}
}

// remember stores a record; a list that cannot be written does not stop a
// transfer.
func (x *Exchange) remember(d *download) (stored bool) {
	rec := d.snapshot()
	if rec.cached {
		return false
	}
	err := x.store.put(&rec)
	if err != nil {
		x.log.Error("list of downloads not written", "err", err)
	}
	return err == nil
}

func (x *Exchange) download(id content.ID) *download {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, d := range x.downloads {
		if d.id == id {
			return d
		}
	}
	return nil
}

// absolute makes a request's folder usable.
func (x *Exchange) absolute(dir string) (string, error) {
	if dir == "" {
		dir = x.o.Dir
	}
	if dir == "" {
		return "", errors.New("no folder to download to")
	}
	return filepath.Abs(dir)
}
