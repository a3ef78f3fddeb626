package share

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"starling/share/content"
)

// Two readers together read no more than they may, and no less.
func TestHashRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const each, perSec = 8 << 20, 2 << 20
		limit := newThrottle(perSec)
		began := time.Now()
		var readers sync.WaitGroup
		for range 2 {
			readers.Go(func() {
				data := bytes.NewReader(make([]byte, each))
				r := &countingReader{t.Context(), t.Context(), data, func(n int) { limit.wait(t.Context(), n) }}
				if _, _, err := new(content.Hasher).Hash(r, each); err != nil {
					t.Error(err)
				}
			})
		}
		readers.Wait()
		want := time.Duration(2*each-hashBurst) * time.Second / perSec
		if took := time.Since(began); took < want || took > want+10*time.Millisecond {
			t.Errorf("took %v, want %v", took, want)
		}
	})
}

// Verifying keeps to the same bound.
func TestVerifyKeepsToTheHashRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total, perSec = 8 << 20, 2 << 20
		v := newVerification(t.Context(), &Library{throttle: newThrottle(perSec)}, VerifyOptions{})
		began := time.Now()
		for range total / recheckBytes {
			v.count(recheckBytes)
		}
		want := time.Duration(total-hashBurst) * time.Second / perSec
		if took := time.Since(began); took < want || took > want+10*time.Millisecond || v.counts.Bytes != total {
			t.Errorf("%d bytes took %v, want %v", v.counts.Bytes, took, want)
		}
	})
}

func TestNoHashRate(t *testing.T) {
	newThrottle(0).wait(context.Background(), 1<<40)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	newThrottle(1).wait(ended, 1<<30)
}
