package transfer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// unlimited is the way of the bytes of tests that are about something else.
func unlimited() lane { return newDirection(0, 0).lane(true) }

// through moves bytes through a lane until stop says so, and gives how many.
func through(t *testing.T, l lane, stop func() bool) (moved int64) {
	t.Helper()
	for !stop() {
		n := l.piece(blockBytes)
		if err := l.wait(context.Background(), n); err != nil {
			t.Error(err)
			return moved
		}
		if !stop() {
			moved += int64(n)
		}
	}
	return moved
}

// TestPaceKeepsTheLimit: at any limit, with any number of streams, within 3 % over
// two seconds, each stream having its share.
func TestPaceKeepsTheLimit(t *testing.T) {
	for _, limit := range []int64{50_000, 1 << 20, 100_000_000} {
		for _, streams := range []int{1, 8} {
			t.Run(fmt.Sprintf("%d/%d", limit, streams), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { keepsTheLimit(t, limit, streams) })
			})
		}
	}
}

func keepsTheLimit(t *testing.T, limit int64, streams int) {
	d := newDirection(limit, 0)
	end := time.Now().Add(2 * time.Second)
	moved := make([]int64, streams)
	var all sync.WaitGroup
	for i := range streams {
		all.Go(func() { moved[i] = through(t, d.lane(true), func() bool { return !time.Now().Before(end) }) })
	}
	all.Wait()
	sum := int64(0)
	for _, n := range moved {
		sum += n
		if share, piece := limit*2/int64(streams), pieceAt(limit); n < share-piece || n > share+piece {
			t.Errorf("a stream moved %d bytes, its share are %d", n, share)
		}
	}
	if want := limit * 2; sum < want*97/100 || sum > want*103/100 {
		t.Errorf("%d bytes in 2 s at %d B/s", sum, limit)
	}
}

// TestPaceIdle: what an idle bucket saves up is no more than a grain.
func TestPaceIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newDirection(1<<20, 0).lane(true)
		time.Sleep(time.Hour)
		start := time.Now()
		moved := through(t, l, func() bool { return time.Since(start) > 0 })
		if most := int64(1 << 20 / 20); moved == 0 || moved > most {
			t.Errorf("%d bytes at once after an idle hour, not %d", moved, most)
		}
	})
}

// TestPaceLateWakes: who wakes late, as timers do on a busy machine, loses nothing
// by it, and has no more at once than what was late.
func TestPaceLateWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, late, pieces = 1 << 20, 100 * time.Millisecond, 200
		p := newPace(rate)
		n, start := int64(p.piece(blockBytes)), time.Now()
		for range pieces {
			delay, _ := p.take(n, false)
			if delay <= 0 {
				continue
			}
			time.Sleep(delay + late)
			if delay, _ = p.take(n, true); delay > 0 {
				t.Fatalf("%v more to wait after waking late", delay)
			}
		}
		due := timeFor(n*pieces, rate)
		if took := time.Since(start); took < due-late || took > due*103/100+late {
			t.Errorf("%d pieces took %v, due were %v", pieces, took, due)
		}
	})
}

// TestPaceChanges: a change holds at once for those who wait, in both directions,
// and a debt made at a low limit is not paid at its rate.
func TestPaceChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDirection(limitMinBytes, 0)
		d.all.borrow(1<<20, time.Now()) // 256 s at this rate
		start := time.Now()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := d.lane(true).wait(context.Background(), 1024); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		d.all.set(1 << 20) // 1 s at this one
		all.Wait()
		if took := time.Since(start); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("after the change it took %v", took)
		}
		d.all.borrow(1<<30, time.Now())
		all.Go(func() {
			if err := d.lane(true).wait(context.Background(), 1024); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		start = time.Now()
		d.all.set(0)
		all.Wait()
		if took := time.Since(start); took != 0 || d.all.limit() != 0 {
			t.Errorf("unlimited took %v", took)
		}
		d.all.set(1 << 30)
		whole := d.lane(true).piece(1 << 30)
		d.all.set(1)
		start = time.Now()
		if err := d.lane(true).wait(context.Background(), whole); err != nil || time.Since(start) > time.Second {
			t.Errorf("a large piece waited %v (%v)", time.Since(start), err)
		}
		if err := d.lane(true).wait(context.Background(), 1024); err != nil || time.Since(start) < time.Minute {
			t.Errorf("the debt was paid after %v (%v)", time.Since(start), err)
		}
		if d.all.limit() != limitMinBytes {
			t.Errorf("a limit of 1 B/s counts as %d", d.all.limit())
		}
	})
}

// TestPaceUnlimited: without a limit nothing is locked and no timer is made.
func TestPaceUnlimited(t *testing.T) {
	l := newDirection(0, 0).lane(false)
	l.all.mu.Lock() // whoever locks now, hangs
	l.wan.mu.Lock()
	if n := testing.AllocsPerRun(100, func() {
		if l.piece(1<<30) != blockBytes || l.readyIn(time.Time{}) != 0 {
			t.Error("unlimited is limited")
		}
		l.borrow(1<<40, time.Time{})
		if err := l.wait(context.Background(), blockBytes); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestPaceForOthers: what is no LAN neighbour's keeps to both limits, takes from the
// common one, and gets its own in a long line.
func TestPaceForOthers(t *testing.T) {
	for _, neighbours := range []int64{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			d := newDirection(1<<20, 256<<10)
			end := time.Now().Add(8 * time.Second)
			over := func() bool { return !time.Now().Before(end) }
			var near atomic.Int64
			var far int64
			var all sync.WaitGroup
			for range neighbours {
				all.Go(func() { near.Add(through(t, d.lane(true), over)) })
			}
			all.Go(func() { far = through(t, d.lane(false), over) })
			all.Wait()
			if n := near.Load(); n < 6<<20*97/100 || n > 6<<20*103/100 || far < 2<<20*97/100 || far > 2<<20*103/100 {
				t.Errorf("in 8 s %d bytes to %d neighbours, %d to the other", n, neighbours, far)
			}
		})
	}
}

func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDirection(limitMinBytes, 0)
		d.all.borrow(1<<20, time.Now())
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(context.Background())
		var all sync.WaitGroup
		for range 3 { // one with the turn, two in the line
			all.Go(func() {
				if err := d.lane(true).wait(ctx, 1024); !errors.Is(err, why) {
					t.Errorf("ended with %v", err)
				}
			})
		}
		synctest.Wait()
		cancel(why)
		all.Wait()
	})
}

// TestPaceAsking: as many bytes are asked for as the limit lets through, and no
// more than one group beyond half a second ahead.
func TestPaceAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newDirection(1<<20, 0).lane(true)
		start, asked := time.Now(), int64(0)
		for range 40 { // groups of 256 KiB
			for wait := l.readyIn(time.Now()); wait > 0; wait = l.readyIn(time.Now()) {
				time.Sleep(wait)
			}
			l.borrow(groupBytes, time.Now())
			asked += groupBytes
			if paid := time.Since(start).Seconds() * (1 << 20); float64(asked)-paid > groupBytes+1<<19+1<<16 {
				t.Fatalf("%d bytes asked for after %v", asked, time.Since(start))
			}
		}
		if took := time.Since(start); took < 9*time.Second || took > 10*time.Second {
			t.Errorf("10 MiB at 1 MiB/s took %v to ask for", took)
		}
	})
}

// TestReadingIsPaced: what comes is read evenly at the limit, not by the group.
func TestReadingIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pipe()
		defer near.Close()
		var sent sync.WaitGroup
		sent.Go(func() {
			if _, err := far.Write(make([]byte, groupBytes)); err != nil {
				t.Error(err)
			}
		})
		s := &session{fetcher: &fetcher{}, conn: newConn(near), lane: newDirection(64<<10, 0).lane(true)}
		for second := range 4 {
			start := time.Now()
			if err := s.readPaced(t.Context(), make([]byte, 64<<10)); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took < 950*time.Millisecond || took > 1050*time.Millisecond {
				t.Errorf("second %d took %v", second, took)
			}
		}
		sent.Wait()
	})
}
