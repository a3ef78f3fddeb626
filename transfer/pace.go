package transfer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// limitMinBytes is the least limit, in bytes/s: below it the share of one of
	// several slots could no longer be told from a stalled stream.
	limitMinBytes = 4 << 10
	// paceGrain is the time that one piece takes at the limit, and what an idle
	// bucket saves up: 50 ms is 2.5 % of two seconds. Longer bursts, shorter costs
	// more messages.
	paceGrain = 50 * time.Millisecond
	// pieceMinBytes is the least piece but at a group's end: the protocol's.
	pieceMinBytes = 1 << 10
	// pieceLongest is what a piece is waited for at most: one that was cut at a
	// higher limit is owed for the rest. It is that of the least piece at the least
	// limit, and of pieces that keep to two limits, see lane.
	pieceLongest = 5 * paceGrain
	// paceLate bounds what is made good when the one who waited woke late.
	paceLate = 250 * time.Millisecond
	// askAhead is how much time's worth may be asked for before it is paid: a
	// source needs a round trip to send it, and reading is paced exactly.
	askAhead = 500 * time.Millisecond
)

// pace is a token bucket of bytes for one direction. It may be changed while it
// is used; 0 means unlimited, and then nothing is locked and no timer set.
// Those who wait are served in the order they came, a piece each.
type pace struct {
	rate atomic.Int64  // bytes/s, 0 for none
	turn chan struct{} // held by the one who is next; channels are fair

	mu      sync.Mutex    // guards what follows
	paid    time.Time     // when all that was taken is paid for
	excused time.Duration // of the time since, when those who take woke late or waited elsewhere
	changed chan struct{} // closed with the next change
}

func newPace(bytesPerSec int64) *pace {
	p := &pace{turn: make(chan struct{}, 1), changed: make(chan struct{})}
	p.set(bytesPerSec)
	return p
}

// set changes the limit for all who wait. Debts stay as they are in bytes.
func (p *pace) set(bytesPerSec int64) {
	bytesPerSec = held(bytesPerSec)
	p.mu.Lock()
	defer p.mu.Unlock()
	before, now := p.rate.Load(), time.Now()
	if before == bytesPerSec {
		return
	}
	debt := int64(0)
	if before > 0 {
		debt = max(0, bytesIn(p.paid.Sub(now), before))
	}
	p.rate.Store(bytesPerSec)
	p.paid = now
	if bytesPerSec > 0 {
		p.paid = now.Add(timeFor(debt, bytesPerSec))
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// limit is in bytes/s, 0 for none.
func (p *pace) limit() int64 { return p.rate.Load() }

// piece is how many of n bytes may be moved at once.
func (p *pace) piece(n int64) int {
	n = min(n, blockBytes)
	if rate := p.rate.Load(); rate > 0 {
		n = min(n, pieceAt(rate))
	}
	return int(n)
}

func pieceAt(rate int64) int64 {
	return min(max(bytesIn(paceGrain, rate), pieceMinBytes), blockBytes)
}

// wait takes n bytes, as given by piece, from the bucket; it ends early with ctx.
func (p *pace) wait(ctx context.Context, n int) error {
	if p.rate.Load() == 0 {
		return nil
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-p.turn }()
	var timer *time.Timer
	for {
		delay, changed := p.take(int64(n), timer != nil)
		if delay <= 0 {
			return nil
		}
		if timer == nil {
			timer = time.NewTimer(delay)
			defer timer.Stop()
		} else {
			timer.Reset(delay)
		}
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// take takes n bytes if they are there, and otherwise gives the time until they
// are. Who has waited is not charged for waking late.
func (p *pace) take(n int64, waited bool) (delay time.Duration, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rate := p.rate.Load()
	if rate == 0 {
		return 0, nil
	}
	now, took := time.Now(), timeFor(n, rate)
	if waited {
		p.spend(now, took+paceLate)
	} else {
		p.spend(now, p.excused+max(paceGrain, timeFor(pieceAt(rate), rate)))
	}
	if delay = p.paid.Add(min(took, pieceLongest)).Sub(now); delay > 0 {
		return delay, p.changed
	}
	p.paid = p.paid.Add(took)
	if waited {
		p.excused = max(0, now.Sub(p.paid))
	} else {
		p.excused = max(0, p.excused-took)
	}
	return delay, nil
}

// spend leaves no more than this much time's worth saved up. The caller holds mu.
func (p *pace) spend(now time.Time, saved time.Duration) {
	if earliest := now.Add(-saved); p.paid.Before(earliest) {
		p.paid = earliest
	}
}

// excuse says that who took last could not come sooner: the bucket was not idle.
func (p *pace) excuse(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.excused = min(p.excused+waited, paceLate)
}

// readyIn is how long to wait before anything may be asked for; 0 is now. A
// download asks no faster than the limit, so that sources keep no slot for what
// would wait; what comes is paced again as it is read.
func (p *pace) readyIn(now time.Time) time.Duration {
	if p.rate.Load() == 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.paid.Sub(now)-askAhead)
}

// borrow takes n bytes at once, into debt where need be. readyIn then waits
// until it is nearly paid.
func (p *pace) borrow(n int64, now time.Time) {
	if p.rate.Load() == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if rate := p.rate.Load(); rate > 0 {
		p.spend(now, paceLate)
		p.paid = p.paid.Add(timeFor(n, rate))
	}
}

// bytesIn and timeFor convert at a rate; a day is enough for any debt.
func bytesIn(d time.Duration, rate int64) int64 {
	return int64(min(d, 24*time.Hour).Seconds() * float64(rate))
}

func timeFor(n, rate int64) time.Duration {
	const day = float64(24 * time.Hour)
	return time.Duration(min(float64(n)/float64(rate)*float64(time.Second), day))
}
