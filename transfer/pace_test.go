package transfer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// send moves n bytes through a pace and gives the time it took.
func paced(t *testing.T, p *pace, n int64) time.Duration {
	start := time.Now()
	for n > 0 {
		piece := p.piece(n)
		if err := p.wait(context.Background(), piece); err != nil {
			t.Fatal(err)
		}
		n -= int64(piece)
	}
	return time.Since(start)
}

func TestPaceSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(1 << 20)
		if took := paced(t, p, 10<<20); took < 9*time.Second || took > 10*time.Second {
			t.Errorf("10 MiB at 1 MiB/s took %v", took)
		}
		p.set(0)
		if took := paced(t, p, 1<<30); took != 0 || p.limit() != 0 {
			t.Errorf("unlimited took %v", took)
		}
		p.set(1)
		if p.limit() != limitMinBytes {
			t.Errorf("a limit of 1 B/s counts as %d", p.limit())
		}
		if took := paced(t, p, 40<<10); took < 9*time.Second || took > 10*time.Second {
			t.Errorf("40 KiB at 4 KiB/s took %v", took)
		}
	})
}

func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(limitMinBytes)
		paced(t, p, 8<<10)
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		for range 10 {
			if err := p.wait(ctx, p.piece(1<<20)); err != nil {
				return
			}
		}
		t.Error("went on after the end")
	})
}

func TestPaceAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(1 << 20)
		start := time.Now()
		for range 40 { // groups of 256 KiB
			for {
				wait := p.readyIn(time.Now())
				if wait == 0 {
					break
				}
				<-time.After(wait)
			}
			p.borrow(256<<10, time.Now())
		}
		if took := time.Since(start); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("10 MiB at 1 MiB/s took %v to ask for", took)
		}
		p.set(0)
		if p.readyIn(time.Now()) != 0 {
			t.Error("unlimited must wait")
		}
	})
}
