package share

import (
	"context"

	"golang.org/x/time/rate"
)

// hashBurst is how much may be read at once under a bound: as much as a Hasher
// reads at a time.
const hashBurst = 256 << 10

// throttle bounds what all readers read together.
type throttle struct{ limiter *rate.Limiter }

func newThrottle(bytesPerSec int64) throttle {
	if bytesPerSec <= 0 {
		return throttle{}
	}
	return throttle{rate.NewLimiter(rate.Limit(bytesPerSec), hashBurst)}
}

// wait returns when n bytes that were read are paid for, or ctx ends.
func (t throttle) wait(ctx context.Context, n int) {
	for ; t.limiter != nil && n > 0; n -= hashBurst {
		if t.limiter.WaitN(ctx, min(n, hashBurst)) != nil {
			return // ctx, which the next read sees
		}
	}
}
