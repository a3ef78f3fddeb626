package transfer

import (
	"context"
	"errors"
	"slices"
	"time"
)

const (
	// A run that has got no group for waitTurn does not count against ActiveMax: it
	// waits for sources or in their queues, and others can use the link meanwhile.
	waitTurn = 30 * time.Second
	// waitFactor times ActiveMax is how many runs there are at most, those that
	// wait included: each costs some streams.
	waitFactor = 4
	// yieldAfter is how long a run waits in queues, while others cannot even start,
	// before it gives up its place and goes to the end.
	yieldAfter = 2 * time.Minute
)

// errYield ends a run that has waited while others could not start.
var errYield = errors.New("others have a turn")

// due gives runs of the downloads to start now: those that are read, and the others
// in the order of the list, where whoever yielded comes last.
func (x *Exchange) due(ctx context.Context, now time.Time) (due []*run) {
	x.mu.Lock()
	defer x.mu.Unlock()
	busy, runs, left := 0, 0, 0
	for _, d := range x.downloads {
		running, moving := d.turn(now)
		if running {
			runs++
		}
		if moving {
			busy++
		}
	}
	for _, d := range x.inTurn() {
		full := busy >= x.o.ActiveMax || runs >= waitFactor*x.o.ActiveMax
		if full && d.readerCount() == 0 {
			left++
			continue
		}
		if runCtx := d.claim(ctx, now); runCtx != nil {
			due = append(due, newRun(runCtx, x, d))
			busy, runs = busy+1, runs+1
		}
	}
	if left > 0 && runs >= waitFactor*x.o.ActiveMax {
		x.yield(now)
	}
	return due
}

// inTurn gives the downloads that wait for a run. The caller holds mu.
func (x *Exchange) inTurn() (waiting []*download) {
	for _, d := range x.downloads {
		if d.waits() {
			waiting = append(waiting, d)
		}
	}
	slices.SortStableFunc(waiting, func(a, b *download) int { return a.yieldedAt.Compare(b.yieldedAt) })
	return waiting
}

// waits tells a download that should run and does not.
func (d *download) waits() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stopped == nil && (d.rec.State == Queued || d.rec.State == Failed)
}

// turn tells whether there is a run, and whether it gets on.
func (d *download) turn(now time.Time) (running, moving bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	running = d.stopped != nil
	return running, running && (now.Sub(d.busyAt) < waitTurn || d.status.State == Verifying)
}

// yield sends the run that has waited longest in queues to the end of the list.
// The caller holds mu.
func (x *Exchange) yield(now time.Time) {
	var longest *download
	for _, d := range x.downloads {
		running, moving := d.turn(now)
		if running && !moving && d.queues(now) && d.readerCount() == 0 && (longest == nil || d.idleSince().Before(longest.idleSince())) {
			longest = d
		}
	}
	if longest == nil {
		return
	}
	longest.yieldedAt = now
	longest.mu.Lock()
	defer longest.mu.Unlock()
	if longest.cancel != nil {
		longest.cancel(errYield)
	}
}

func (d *download) idleSince() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.busyAt
}

// queues tells a run that has waited with its sources for long enough; one without
// any ends by itself.
func (d *download) queues(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status.State == Running && now.Sub(d.busyAt) > yieldAfter
}

// observe notes how fast all downloads are together, once a second or so.
func (x *Exchange) observe() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.total = 0
	for _, d := range x.downloads {
		s, _ := d.look()
		x.total += float64(s.Rate)
	}
	x.best = max(x.total, x.best*bestFades)
}

// bestFades halves the best rate seen in some ten minutes of observations.
const bestFades = 0.999

// speed gives the rate of all downloads together and the best of lately, in
// bytes/s.
func (x *Exchange) speed() (total, best float64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.total, x.best
}
