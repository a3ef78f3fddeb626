package transfer

import (
	"context"
	"slices"
	"sync"
	"time"

	"starling/share"
	"starling/share/content"
)

// download is one entry of the list, whether it runs or not. Its run changes it,
// the owner's calls and uploads look at it.
type download struct {
	id     content.ID
	number int
	more   chan []Source // sources the owner, or a search, names while it runs
	aim    chan struct{} // a play head has moved
	// yieldedAt is when it last gave up its run to others; guarded by the list's mu.
	yieldedAt time.Time
	takes     *download // the cached one whose place it has taken, or nil

	mu      sync.Mutex // guards what follows
	rec     record
	status  Status
	beacon  chan struct{} // closed and replaced when status changes
	cancel  context.CancelCauseFunc
	stopped chan struct{} // closed when the run is over; nil while none
	retryAt time.Time     // of a download that failed for want of space
	fetched int64
	busyAt  time.Time // when a run began, or a group last came

	// What others are served of it: the groups held when it was offered, then
	// each as it comes.
	partial *share.Partial
	arrived []int
	readers map[chan struct{}]bool // told when arrived grows or partial changes

	// Those who read the file while it comes, each at a group.
	heads     map[*Reader]int
	leftAt    time.Time // when the last of them left
	keepUntil time.Time // of a cached one
}

func newDownload(rec record) *download {
	d := &download{
		id: rec.ID, number: rec.Number, rec: rec,
		more:    make(chan []Source, 8),
		aim:     make(chan struct{}, 1),
		beacon:  make(chan struct{}),
		readers: make(map[chan struct{}]bool),
		heads:   make(map[*Reader]int),
	}
	d.status = Status{
		ID: rec.ID, Number: rec.Number, Name: rec.Name, Path: rec.Path, SizeBytes: rec.SizeBytes, ETA: -1,
		State: rec.State, Reason: rec.Reason, Fail: rec.Fail, Added: rec.Added, Finished: rec.Finished, Cached: rec.cached, Repairs: rec.target(),
	}
	if rec.State == Done {
		d.status.HaveBytes = rec.SizeBytes
		d.status.Files, d.status.FilesHeld = rec.Files, rec.Files
	}
	return d
}

// snapshot copies the record.
func (d *download) snapshot() record {
	d.mu.Lock()
	defer d.mu.Unlock()
	rec := d.rec
	rec.Sources, rec.CutOff = slices.Clone(rec.Sources), slices.Clone(rec.CutOff)
	return rec
}

// know replaces the sources that are remembered.
func (d *download) know(sources []knownSource) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rec.Known = sources
}

func (d *download) cached() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rec.cached
}

func (d *download) size() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rec.SizeBytes
}

func (d *download) fetchedBytes() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fetched
}

func (d *download) setFiles(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n > 0 {
		d.rec.Files = n
	}
}

func (d *download) setSize(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rec.SizeBytes = n
}

// cutOffMax bounds the list of sources that are never asked again; the oldest
// are forgotten first.
const cutOffMax = 256

func (d *download) cutOff(s Source) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rec.CutOff = append(d.rec.CutOff, s)
	d.rec.CutOff = d.rec.CutOff[max(0, len(d.rec.CutOff)-cutOffMax):]
}

// show replaces the status and tells whoever watches.
func (d *download) show(s Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status = s
	close(d.beacon)
	d.beacon = make(chan struct{})
}

// look gives the status and what is closed when it changes.
func (d *download) look() (Status, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.status
	s.FetchedBytes = d.fetched
	return s, d.beacon
}

// offer lets others have what the partial holds, from now on; nil ends it.
func (d *download) offer(p *share.Partial) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.partial, d.arrived = p, nil
	d.wakeReaders()
}

func (d *download) partialNow() *share.Partial {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.partial
}

// gained notes a group of n bytes that came and was marked.
func (d *download) gained(g int, n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fetched += n
	d.busyAt = time.Now()
	d.arrived = append(d.arrived, g)
	d.wakeReaders()
}

// wakeReaders never waits for one. The caller holds mu.
func (d *download) wakeReaders() {
	for wake := range d.readers {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// subscribe gives the partial with what it holds now, and a wake-up for what comes
// later; nil when nothing is offered.
func (d *download) subscribe(wake chan struct{}) (p *share.Partial, have content.Bitset, seen int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.partial == nil {
		return nil, have, 0
	}
	d.readers[wake] = true
	return d.partial, d.partial.Have(), len(d.arrived)
}

func (d *download) unsubscribe(wake chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.readers, wake)
}

// since gives the groups that came after the first seen ones, if p is still what
// is offered.
func (d *download) since(p *share.Partial, seen int) (groups []int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.partial != p || seen > len(d.arrived) {
		return nil, false
	}
	return slices.Clone(d.arrived[seen:]), true
}
