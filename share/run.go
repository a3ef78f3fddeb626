package share

import (
	"context"
	"errors"
	"maps"
	"time"

	"golang.org/x/sync/errgroup"

	"starling/share/content"
)

// ErrRunning says that Run was called while it runs.
var ErrRunning = errors.New("the library runs already")

// flushEvery is how long hashed files may wait to be shared and written while
// more are being hashed.
const flushEvery = time.Second

// briefMax is the size of a file that does not wait for large ones.
const briefMax = 16 << 20

// keeper is the state of Run. Its loop owns it; the goroutine that looks at
// folders and the readers that hash talk to it by channels.
//
//	wake, timer ──► looker ──found──► loop ──jobs──► readers
//	 system ──► watch ──stirs──────────┘ ▲───results────┘
type keeper struct {
	*Library
	looks   chan look    // asks the looker for a look
	found   chan scanned // what one root had; a nil root ends the look
	stirs   chan stirred // where something has changed
	jobs    chan job
	brief   chan job // for one reader more, while large files keep all others
	large   int      // being read
	results chan hashed

	looking bool
	again   bool      // look once more
	began   time.Time // the last look
	due     time.Time // the next one; zero means at once
	ended   time.Time // the last look at all
	took    time.Duration

	watcher *watcher
	stirred stirred // to look at
	part    bool    // the look that goes on is one at some folders
	lost    bool    // something that happened during the look that goes on
	told    bool    // that not all is watched

	partEnded time.Time // the last such look
	partTook  time.Duration

	known map[*root]bool // looked at before

	queue   []job                 // to hash, the smallest first
	busy    map[fileName]fileStat // queued or being hashed
	fresh   map[*root][]*record   // hashed, not on the shelf yet
	retries retries
	faults  map[*root]map[string]error // files that could not be read
	faulty  map[*root]bool             // of those, the roots whose owner has not been told
	making  packing

	nextLook  []chan struct{} // these wait for a look that has not begun
	thisLook  []chan struct{}
	thenQuiet []chan struct{} // and these until all is hashed
	lookedYet bool
	patience  time.Time // files that change after it are not waited for
}

// Run looks at the shared folders, hashes what is new and keeps looking, until
// ctx ends; then it returns nil. Trouble with a file or folder becomes the
// Problem of its Root. The error is ErrRunning, or that of writing state at the
// end.
func (l *Library) Run(ctx context.Context) error {
	if !l.running.TryLock() {
		return ErrRunning
	}
	defer l.running.Unlock()
	w, noWatch := newWatcher(l.opts.WatchFolders)
	k := &keeper{
		Library: l, looks: make(chan look), stirs: make(chan stirred), known: make(map[*root]bool),
		found: make(chan scanned), jobs: make(chan job), brief: make(chan job), results: make(chan hashed),
		busy: make(map[fileName]fileStat), fresh: make(map[*root][]*record), faults: make(map[*root]map[string]error),
		retries: retries{files: make(map[fileName]retry)},
	}
	k.watcher = w
	l.tells.Store(w)
	k.watchNotice(noWatch)
	group, ctx := errgroup.WithContext(ctx)
	lookerEnded := make(chan struct{})
	group.Go(func() error { return k.loop(ctx) })
	group.Go(func() error { defer close(lookerEnded); return k.look(ctx) })
	group.Go(func() error { return k.watch(ctx, lookerEnded) })
	for range l.opts.HashReaders {
		group.Go(func() error { return k.read(ctx, k.jobs) })
	}
	group.Go(func() error { return k.read(ctx, k.brief) })
	_ = group.Wait() // always the end of ctx
	k.shelveFresh()
	l.meter.reset()
	return l.save()
}

// save writes what has gathered.
func (l *Library) save() error {
	return errors.Join(l.catalog.flush(), l.choices.sync())
}

// Rescan looks at all shared folders now and returns when every new file in
// them is hashed and shared. It needs Run to be running; the error is ctx's.
func (l *Library) Rescan(ctx context.Context) error {
	done := make(chan struct{})
	if err := send(ctx, l.rescans, done); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read hashes one file after another.
func (k *keeper) read(ctx context.Context, jobs <-chan job) error {
	var hasher content.Hasher
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j := <-jobs:
			h := k.stillShared(k.hashOnce(ctx, j, &hasher))
			if err := send(ctx, k.results, h); err != nil {
				return err
			}
		}
	}
}

// hashOnce does not read what was read since the job was made: the same file by
// another name, or in a look that overlapped with its hashing.
func (k *keeper) hashOnce(ctx context.Context, j job, hasher *content.Hasher) hashed {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(j.root.gone, stop)()
	h, read := hashed{job: j}, int64(0)
	before, known := k.catalog.lookup(j.stat)
	switch {
	case known && (before.looked || j.pack != nil):
		h.catalogued = before
	case known:
		if h = j.look(before.id); h.err == nil {
			k.catalog.put(h.stat, h.catalogued, nil)
		}
	default:
		h = j.hash(ctx, hasher, func(n int) {
			read += int64(n)
			k.hashedBytes.Add(int64(n))
			k.meter.read(n, time.Now())
			k.throttle.wait(ctx, n)
		})
		if h.err == nil {
			k.hashedFiles.Add(1)
			k.catalog.put(h.stat, h.catalogued, h.manifest)
		}
	}
	if h.err == nil && j.pack == nil { // who deletes or renames an open file is not noticed through it
		if stat, err := j.root.look(j.raw); err != nil {
			h.err = err
		} else if stat != j.stat {
			h.err = ErrChanged
		}
	}
	h.unread = j.stat.size - read
	return h
}

func (k *keeper) loop(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	for {
		k.startLook(ctx)
		k.startPart(ctx, time.Now())
		k.settle()
		k.meter.rest(len(k.retries.files))
		timer.Reset(time.Until(k.nextDue()))
		jobs, next := k.offer()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case jobs <- next:
			k.queue = k.queue[1:]
			if next.stat.size > briefMax {
				k.large++
			}
		case h := <-k.results:
			k.take(h)
		case s := <-k.found:
			k.takeFound(s)
		case s := <-k.stirs:
			k.heedStirred(s)
		case <-k.wake:
			k.again = true
		case done := <-k.rescans:
			k.nextLook = append(k.nextLook, done)
			k.again = true
		case rec := <-k.doubts:
			k.lookAt(job{root: rec.root, raw: rec.raw, path: rec.path, searchable: rec.searchable, pack: rec.pack, lies: rec.lies})
		case <-timer.C:
			k.dueNow(time.Now())
		case <-flush.C:
			k.shelveFresh()
			if err := k.save(); err != nil {
				k.log.Warn("library state not written", "err", err)
			}
		}
	}
}

// offer gives the readers' channel and the next job; a nil channel while there
// is none.
func (k *keeper) offer() (chan<- job, job) {
	if len(k.queue) == 0 {
		return nil, job{}
	}
	if next := k.queue[0]; k.large >= k.opts.HashReaders && next.stat.size <= briefMax {
		return k.brief, next
	}
	return k.jobs, k.queue[0]
}

// startLook asks for a look when one is wanted and none is going on.
func (k *keeper) startLook(ctx context.Context) {
	if k.looking || !k.again {
		return
	}
	k.looking, k.again = true, false
	k.began = time.Now()
	k.thisLook, k.nextLook = k.nextLook, nil
	k.stirred = stirred{}
	k.shelveFresh() // what has gone since must be there to be taken off
	for _, r := range k.shelf.folders() {
		r.looks.Add(1) // what is hashed from now on comes on the shelf when its root has been looked at
	}
	_ = send(ctx, k.looks, look{}) // the looker waits for this
}

// endLook lets those who wanted this look wait for the hashing only.
func (k *keeper) endLook() {
	now := time.Now()
	took := now.Sub(k.began)
	k.looking, k.lookedYet, k.making.due = false, true, true
	k.ended, k.took = now, took
	if len(k.thisLook) > 0 || !k.isReady() {
		k.patience = now.Add((settlingTries + 1) * max(k.opts.QuietTime, settleCoarse))
	}
	maps.DeleteFunc(k.known, func(r *root, _ bool) bool { return r.gone.Err() != nil })
	maps.DeleteFunc(k.faults, func(r *root, _ map[string]error) bool { return r.gone.Err() != nil })
	k.due = now.Add(max(k.opts.RescanEvery, idlePauses*took))
	if k.lost { // what happened during the look, where it had been already
		k.lost, k.due = false, now.Add(idlePauses*took)
	}
	k.thenQuiet, k.thisLook = append(k.thenQuiet, k.thisLook...), nil
	k.log.Debug("looked at all shared folders", "took", took)
}

// nextDue is when a look or a retry is due.
func (k *keeper) nextDue() time.Time {
	due := k.due
	if k.looking {
		due = time.Now().Add(k.opts.RescanEvery)
	} else if soon := k.partDueNow(); !k.stirred.empty() && soon.Before(due) {
		due = soon
	}
	if next, ok := k.retries.next(); ok && next.Before(due) {
		due = next
	}
	if at := k.making.at; !at.IsZero() && at.Before(due) {
		due = at
	}
	return due
}

func (k *keeper) dueNow(now time.Time) {
	if at := k.making.at; !at.IsZero() && !at.After(now) {
		k.making.due, k.making.at = true, time.Time{}
	}
	for _, j := range k.retries.take(now) {
		k.lookAt(j)
	}
	k.again = k.again || !k.looking && !k.due.After(now)
}

// settle does what waits for quiet: all found, all hashed.
func (k *keeper) settle() {
	if !k.lookedYet || len(k.busy) > 0 || k.retries.settling > 0 && time.Now().Before(k.patience) {
		return
	}
	k.shelveFresh()
	if k.looking || k.collect(time.Now()) || len(k.thenQuiet) == 0 && k.isReady() {
		return
	}
	if err := k.save(); err != nil {
		k.log.Warn("library state not written", "err", err)
	}
	k.shelf.compact()
	k.catalog.prune(k.shelf.used)
	for _, done := range k.thenQuiet {
		close(done)
	}
	k.thenQuiet = nil
	if !k.isReady() {
		close(k.ready)
	}
}

func (k *keeper) isReady() bool {
	select {
	case <-k.ready:
		return true
	default:
		return false
	}
}
