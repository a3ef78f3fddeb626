package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"starling/share"
	"starling/share/content"
)

var (
	errPaused    = errors.New("paused")
	errCancelled = errors.New("cancelled")
)

// Get asks for a file. One that is in the list already goes on, with the new
// sources; one that failed or is done, paused or not, starts again as asked now.
// Errors: a bad request, or a folder that cannot be.
func (x *Exchange) Get(q Request) (Status, error) {
	if err := q.check(); err != nil {
		return Status{}, err
	}
	q.placed()
	dir, err := x.absolute(q.Dir)
	if err != nil {
		return Status{}, fmt.Errorf("get %s: %w", q.ID.Short(), err)
	}
	q.Dir, q.Name = dir, share.DiskName(q.Name, q.ID)
	d, err := x.enlist(q)
	if err != nil {
		return Status{}, err
	}
	x.remember(d)
	x.wakeRun()
	s, _ := d.look()
	return s, nil
}

func (q *Request) check() error {
	if q.ID.IsZero() {
		return errors.New("get: no content id")
	}
	if q.SizeBytes < 0 || q.SizeBytes > content.MaxSizeBytes {
		return fmt.Errorf("get %s: %d bytes is no size", q.ID.Short(), q.SizeBytes)
	}
	return nil
}

// enlist finds or makes the entry and sets it going.
func (x *Exchange) enlist(q Request) (*download, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return nil, ErrStopped
	}
	for i, d := range x.downloads {
		switch {
		case d.id != q.ID:
		case d.cached():
			x.downloads[i] = x.takenFrom(d, q)
			return x.downloads[i], nil
		default:
			if err := d.clashes(&q); err != nil {
				return nil, err
			}
			if err := d.again(q, x.o.StateDir); err != nil {
				return nil, err
			}
			return d, nil
		}
	}
	d := newDownload(q.record(x.numberFree()))
	x.downloads = append(x.downloads, d)
	return d, nil
}

// numberFree is the number of the next entry. The caller holds mu.
func (x *Exchange) numberFree() int {
	number := 1
	for _, d := range x.downloads {
		number = max(number, d.number+1)
	}
	return number
}

// record is the entry of a new download.
func (q *Request) record(number int) record {
	return record{
		ID: q.ID, Number: number, Name: q.Name, Dir: q.Dir, SizeBytes: q.SizeBytes, OnExists: q.OnExists,
		Sequential: q.Sequential, Searchable: q.Searchable, Sources: bounded(q.Sources), State: Queued, Added: time.Now(),
		Repair: q.Repair.record(),
	}
}

// bounded keeps a list of sources to what one download remembers.
func bounded(sources []Source) []Source {
	return slices.Clone(sources[max(0, len(sources)-sourcesKnownMax):])
}

// again sets an entry going that is in the list, as it is asked for now.
func (d *download) again(q Request, stateDir string) error {
	d.mu.Lock()
	if d.stopped == nil && d.rec.State.Final() {
		if err := d.rec.leaveOff(&q, stateDir); err != nil {
			d.mu.Unlock()
			return err
		}
		d.rec.Reserved = false // by where it goes now
		d.rec.Name, d.rec.Dir, d.rec.OnExists = q.Name, q.Dir, q.OnExists
		d.rec.Sequential, d.rec.Searchable = q.Sequential, q.Searchable
		d.rec.Path, d.rec.CutOff = "", nil
		d.rec.Repair = q.Repair.record()
	}
	d.mu.Unlock()
	d.goOn(q.Sources)
	return nil
}

// leaveOff deals with what a download has fetched before it failed: it is gone on
// with, under its name, in the same folder; in another one nothing is left of it.
func (r *record) leaveOff(q *Request, stateDir string) error {
	old := r.partialOptions(stateDir)
	if r.State != Failed || !share.PartialExists(old) {
		return nil
	}
	if q.Dir == r.Dir {
		q.Name = r.Name
		return nil
	}
	if err := share.DiscardPartial(old); err != nil {
		return fmt.Errorf("remove what was fetched to %s: %w", r.Dir, err)
	}
	return nil
}

// goOn sets an entry going as it stands, with more sources.
func (d *download) goOn(sources []Source) {
	d.mu.Lock()
	d.rec.Sources = bounded(append(d.rec.Sources, slices.DeleteFunc(slices.Clone(sources), func(s Source) bool {
		return slices.Contains(d.rec.Sources, s)
	})...))
	running := d.stopped != nil
	if !running {
		d.rec.State, d.rec.Reason, d.rec.Fail = Queued, "", FailNone
		d.fetched = 0
	}
	rec := d.rec
	d.mu.Unlock()
	if running {
		d.name(sources)
		return
	}
	d.show(newDownload(rec).status)
}

// name tells a run of sources, if it has time to listen.
func (d *download) name(sources []Source) {
	select {
	case d.more <- sources:
	default:
	}
}

// AddSources names nodes that hold a file, for a download that goes on.
func (x *Exchange) AddSources(id content.ID, sources ...Source) error {
	d := x.download(id)
	if d == nil {
		return ErrUnknown
	}
	d.name(sources)
	return nil
}

// Downloads lists every download, by number.
func (x *Exchange) Downloads() []Status {
	x.mu.Lock()
	all := slices.Clone(x.downloads)
	x.mu.Unlock()
	statuses := make([]Status, len(all))
	for i, d := range all {
		statuses[i], _ = d.look()
	}
	return statuses
}

// Pause stops a download and keeps what it has; one that is paused stays so.
// Errors: ErrUnknown, ErrState.
func (x *Exchange) Pause(id content.ID) error {
	d := x.download(id)
	if d == nil {
		return ErrUnknown
	}
	d.mu.Lock()
	stopped, state := d.stopped, d.rec.State
	switch {
	case stopped != nil:
		d.cancel(errPaused)
	case state == Queued || state == Failed && d.rec.Fail == FailNoSpace:
		d.rec.State = Paused
	}
	rec := d.rec
	d.mu.Unlock()
	if stopped != nil {
		<-stopped
		return nil
	}
	if rec.State != Paused {
		return fmt.Errorf("%w: it is %s", ErrState, state)
	}
	x.showEnd(d, rec)
	x.remember(d)
	return nil
}

// Resume sets a paused or failed download going. Errors: ErrUnknown, ErrState.
func (x *Exchange) Resume(id content.ID) error {
	d := x.download(id)
	if d == nil {
		return ErrUnknown
	}
	d.mu.Lock()
	state := d.rec.State
	able := d.stopped == nil && (state == Paused || state == Failed)
	if able {
		d.rec.State, d.rec.Reason, d.rec.Fail = Queued, "", FailNone
		d.fetched = 0
	}
	rec := d.rec
	d.mu.Unlock()
	if !able {
		return fmt.Errorf("%w: it is %s", ErrState, state)
	}
	x.showEnd(d, rec)
	x.remember(d)
	x.wakeRun()
	return nil
}

// Cancel ends a download for good, removes what was fetched of it and takes it
// off the list; of a finished one only the line goes. Errors: ErrUnknown, the
// file system's.
func (x *Exchange) Cancel(id content.ID) error {
	d := x.download(id)
	if d == nil {
		return ErrUnknown
	}
	x.unlist(d)
	return x.forget(d)
}

// forget ends a download that is off the list, and removes what there is of it.
func (x *Exchange) forget(d *download) error {
	d.end(errCancelled)
	if d.takes != nil {
		x.drop(d.takes)
	}
	d.mu.Lock()
	finished := d.rec.State == Done
	d.rec.State, d.rec.Reason = Cancelled, ""
	rec := d.rec
	d.mu.Unlock()
	x.showEnd(d, rec)
	if finished {
		return x.store.remove(rec.ID)
	}
	if !rec.cached { // in case the process ends before the next two steps
		_ = x.store.put(&rec)
	}
	err := share.DiscardPartial(rec.partialOptions(x.o.StateDir))
	if !rec.cached {
		err = errors.Join(err, x.store.remove(rec.ID))
	}
	return err
}

// end ends the run, if there is one, and waits for it.
func (d *download) end(why error) {
	d.mu.Lock()
	stopped := d.stopped
	if stopped != nil {
		d.cancel(why)
	}
	d.mu.Unlock()
	if stopped != nil {
		<-stopped
	}
}

func (x *Exchange) unlist(d *download) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.downloads = slices.DeleteFunc(x.downloads, func(other *download) bool { return other == d })
}

// Watch gives the status now and after each change, the newest only where the
// reader is slow, and ends after a final state, with ctx, or with Run. It is nil
// for a download that is not there. One goroutine each, which ends with the
// channel.
func (x *Exchange) Watch(ctx context.Context, id content.ID) <-chan Status {
	d := x.download(id)
	if d == nil {
		return nil
	}
	out := make(chan Status)
	go d.watch(ctx, x.life, out)
	return out
}

func (d *download) watch(ctx, life context.Context, out chan<- Status) {
	defer close(out)
	for {
		s, changed := d.look()
		sent := false
		for !sent {
			select {
			case out <- s:
				sent = true
			case <-changed:
				s, changed = d.look()
			case <-ctx.Done():
				return
			case <-life.Done():
				return
			}
		}
		if s.State.Final() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		case <-life.Done():
			return
		}
	}
}
