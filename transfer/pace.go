package transfer

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// limitMinBytes is the least limit, in bytes/s: below it the share of one of
// several slots could no longer be told from a stalled stream.
const limitMinBytes = 4 << 10

// pace is a token bucket of bytes for one direction. It may be changed while it
// is used; 0 means unlimited.
type pace struct{ limiter *rate.Limiter }

func newPace(bytesPerSec int64) *pace {
	p := &pace{limiter: rate.NewLimiter(rate.Inf, blockBytes)}
	p.set(bytesPerSec)
	return p
}

func (p *pace) set(bytesPerSec int64) {
	if bytesPerSec <= 0 {
		p.limiter.SetLimit(rate.Inf)
		return
	}
	p.limiter.SetLimit(rate.Limit(max(bytesPerSec, limitMinBytes)))
	p.limiter.SetBurst(paceBurst(bytesPerSec))
}

// paceBurst lets a limit be moved in pieces of a quarter of a second.
func paceBurst(bytesPerSec int64) int {
	return int(min(max(bytesPerSec, limitMinBytes)/4, blockBytes))
}

// limit is in bytes/s, 0 for none.
func (p *pace) limit() int64 {
	if l := p.limiter.Limit(); l != rate.Inf {
		return int64(l)
	}
	return 0
}

// piece is how many of n bytes may be sent at once.
func (p *pace) piece(n int64) int {
	if p.limiter.Limit() == rate.Inf {
		return int(min(n, blockBytes))
	}
	return int(min(n, int64(p.limiter.Burst())))
}

// wait takes n bytes, as given by piece, from the bucket; it ends early with ctx.
func (p *pace) wait(ctx context.Context, n int) error {
	if p.limiter.Limit() == rate.Inf {
		return nil
	}
	reserved := p.limiter.ReserveN(time.Now(), min(n, p.limiter.Burst()))
	delay := reserved.Delay()
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		reserved.Cancel()
		return context.Cause(ctx)
	}
}

// readyIn is how long to wait before anything may be asked for; 0 is now.
// Downloads are paced by what they ask, not by how they read: a source that is
// read slowly stalls, and its connection with it.
func (p *pace) readyIn(now time.Time) time.Duration {
	limit := p.limiter.Limit()
	if limit == rate.Inf {
		return 0
	}
	missing := 1 - p.limiter.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / float64(limit) * float64(time.Second))
}

// borrow takes n bytes at once, into debt where need be. readyIn then waits
// until it is paid.
func (p *pace) borrow(n int64, now time.Time) {
	if p.limiter.Limit() == rate.Inf {
		return
	}
	for burst := int64(p.limiter.Burst()); n > 0; n -= burst {
		p.limiter.ReserveN(now, int(min(n, burst)))
	}
}
