package transfer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"starling/share"
	"starling/share/content"
)

// A file that is read and not held is fetched into the cache: an entry of the
// list like others, but in a folder of the state, in the order of its readers,
// and forgotten with them. Nothing of it outlives the process.
const (
	// cacheMaxBytes bounds the files in the cache together, by their full sizes.
	cacheMaxBytes = 16 << 30
	// readersMax bounds the Readers of downloads under way: their runs do not wait
	// for a turn.
	readersMax = 64
	// idleMax is how long a cached download goes on without a reader: a player that
	// jumps closes one connection and opens the next.
	idleMax = 3 * time.Second
	// lingerMin keeps an entry long enough for whoever read it to ask how it ended.
	lingerMin = 10 * time.Second
)

var (
	// ErrCacheFull says that a file is too large to be read while it comes.
	ErrCacheFull = errors.New("the cache for files that are read while they come is full")
	// ErrReaders says that too many read at once.
	ErrReaders = errors.New("too many are reading already")

	errIdle  = errors.New("nobody reads it")
	errTaken = errors.New("it is fetched to a folder now")
)

func cacheDir(stateDir string) string { return filepath.Join(stateDir, "cache") }

func cacheJournals(stateDir string) string { return filepath.Join(cacheDir(stateDir), "journals") }

// emptyCache removes what an earlier process has left.
func emptyCache(stateDir string) error {
	return os.RemoveAll(cacheDir(stateDir))
}

// FailError is why a download failed that was read from.
type FailError struct {
	Kind   FailKind
	Reason string
}

func (e *FailError) Error() string { return e.Reason }

// over tells whether a download gives a reader nothing more, and why.
func (x *Exchange) over(d *download, s Status) error {
	switch now := x.download(d.id); {
	case now == nil:
		return &FailError{FailOther, "the download was cancelled"}
	case s.State == Done && s.Reason == skipped:
		return &FailError{FailOther, s.Path + " was there already, and what it holds is not known; cancel the download to read the file from others"}
	case now != d, s.State == Done:
		return errMoved
	case s.State == Failed:
		return &FailError{s.Fail, s.Reason}
	}
	return nil
}

// attach finds the download of a reader's file, or begins one in the cache, and
// sets it going.
func (x *Exchange) attach(r *Reader) (*download, error) {
	q := r.request
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return nil, ErrStopped
	}
	readers := 0
	for _, d := range x.downloads {
		readers += d.readerCount()
	}
	if readers >= readersMax {
		return nil, fmt.Errorf("%w: %d", ErrReaders, readers)
	}
	i := slices.IndexFunc(x.downloads, func(d *download) bool { return d.id == q.ID })
	if i < 0 {
		if x.cacheBytes()+q.SizeBytes > cacheMaxBytes {
			return nil, tooLarge(q.SizeBytes)
		}
		if err := os.MkdirAll(cacheJournals(x.o.StateDir), 0o700); err != nil {
			return nil, err
		}
		q.Dir, q.Name, q.Sequential, q.OnExists, q.Searchable = cacheDir(x.o.StateDir), share.DiskName(q.Name, q.ID), true, share.ExistsRename, false
		rec := q.record(x.numberFree())
		rec.cached = true
		i = len(x.downloads)
		x.downloads = append(x.downloads, newDownload(rec))
	} else if d := x.downloads[i]; d.atRest() {
		if rec := d.snapshot(); rec.State == Done && rec.Reason != skipped {
			return nil, &FailError{FailNotFound, "the file that was fetched is gone or has changed; 'starling get' fetches it again"}
		}
		d.goOn(q.Sources)
	}
	d := x.downloads[i]
	d.attach(r)
	x.wakeRun()
	return d, nil
}

// cacheBytes sums the files in the cache. The caller holds mu.
func (x *Exchange) cacheBytes() (n int64) {
	for _, d := range x.downloads {
		if d.cached() {
			n += d.size()
		}
	}
	return n
}

func tooLarge(sizeBytes int64) error {
	return fmt.Errorf("%w: it takes %d bytes in all, and the file has %d; get it to a folder and read it there", ErrCacheFull, int64(cacheMaxBytes), sizeBytes)
}

// fitsCache looks again when the true size is known.
func (r *run) fitsCache(sizeBytes int64) *outcome {
	if !r.d.cached() {
		return nil
	}
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	if r.x.cacheBytes()-r.d.size()+sizeBytes > cacheMaxBytes {
		return failed(FailNoSpace, "%v", tooLarge(sizeBytes))
	}
	return nil
}

// sweep stops cached downloads that nobody reads and takes them off the list in
// the end.
func (x *Exchange) sweep(now time.Time) (off []*download) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.downloads = slices.DeleteFunc(x.downloads, func(d *download) bool {
		forget := d.idle(now)
		if forget {
			off = append(off, d)
		}
		return forget
	})
	return off
}

// drop forgets a cached download that is off the list.
func (x *Exchange) drop(d *download) {
	if err := x.forget(d); err != nil {
		x.log.Warn("cached file not removed", "id", d.id.Short(), "err", err)
	}
}

// takenFrom makes the download that takes a cached one's place: its owner wants
// the file for good.
func (x *Exchange) takenFrom(d *download, q Request) *download {
	taker := newDownload(q.record(d.number))
	taker.takes = d
	d.mu.Lock()
	defer d.mu.Unlock()
	taker.rec.Sources = bounded(append(slices.Clone(d.rec.Sources), q.Sources...))
	if d.stopped != nil {
		d.cancel(errTaken)
	} else {
		d.rec.State = Cancelled
	}
	d.wakeReaders()
	return taker
}

// atRest tells a download that neither runs nor is about to.
func (d *download) atRest() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stopped == nil && d.rec.State != Queued
}

// idle stops a run without readers, and tells whether the entry has had its time.
func (d *download) idle(now time.Time) (forget bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.rec.cached || len(d.heads) > 0 {
		return false
	}
	if d.stopped != nil && now.Sub(d.leftAt) > idleMax {
		d.cancel(errIdle)
	}
	return now.After(d.keepUntil)
}

func (d *download) readerCount() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.heads)
}

// attach counts a reader in. It reads from the start until it says otherwise.
func (d *download) attach(r *Reader) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heads[r] = 0
	d.readers[r.wake] = true
	d.aimed()
}

// detach counts a reader out and keeps a cached entry for a while.
func (d *download) detach(r *Reader, linger time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.heads, r)
	delete(d.readers, r.wake)
	d.leftAt = time.Now()
	if until := d.leftAt.Add(max(linger, lingerMin)); until.After(d.keepUntil) {
		d.keepUntil = until
	}
	d.aimed()
}

// playFrom notes which group a reader waits for or reads.
func (d *download) playFrom(r *Reader, group int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if head, reads := d.heads[r]; reads && head != group {
		d.heads[r] = group
		d.aimed()
	}
}

// aimed tells the run that a play head has moved. The caller holds mu.
func (d *download) aimed() {
	select {
	case d.aim <- struct{}{}:
	default:
	}
}

// playHead is the group to fetch next for the readers: that of the one whose next
// missing group is nearest before it. -1 where nobody waits for any.
func (d *download) playHead(have content.Bitset) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	best, nearest := -1, 0
	for _, head := range d.heads {
		missing := have.NextMissing(head)
		if missing >= 0 && (best < 0 || missing-head < nearest) {
			best, nearest = missing, missing-head
		}
	}
	return best
}

// aim points the picker at what readers wait for.
func (r *run) aim() {
	if r.picker == nil {
		return
	}
	head := r.d.playHead(r.picker.have)
	if head < 0 && r.sequential {
		head = 0
	}
	r.picker.PlayFrom(head)
}

// serveReaders holds a cached file that is complete until its readers have gone.
func (r *run) serveReaders() *outcome {
	for _, p := range r.peers {
		if p.session = nil; p.state != SourceCutOff && p.state != SourceGone {
			p.state = SourceIdle
		}
		p.rate = meter{}
	}
	r.rate, r.reason = meter{}, ""
	r.publish(Running)
	<-r.ctx.Done()
	return nil
}

// takeOver fills a download that was asked for from what the cache had of it.
func (r *run) takeOver(from *download) *outcome {
	r.d.takes = nil
	from.end(errTaken)
	rec := from.snapshot()
	if !share.PartialExists(rec.partialOptions(r.x.o.StateDir)) {
		return r.begin()
	}
	old, err := share.OpenPartial(r.ctx, rec.partialOptions(r.x.o.StateDir))
	if err != nil {
		r.x.log.Warn("what was read of it is fetched again", "id", r.d.id.Short(), "err", err)
		return r.begin()
	}
	defer func() {
		if err := old.Discard(); err != nil {
			r.x.log.Warn("cached file not removed", "id", r.d.id.Short(), "err", err)
		}
	}()
	m := old.Manifest()
	if m == nil || r.ctx.Err() != nil {
		return nil
	}
	r.publish(Verifying)
	if o := r.keep(sizeProven{manifest: m}); o != nil || r.ctx.Err() != nil {
		return o
	}
	r.copyGroups(old, old.Have())
	return nil
}
