package transfer

import (
	"context"
	"time"
)

// Limits are the most bytes per second of files that are moved; 0 is unlimited,
// and anything below 4 KiB/s counts as that. What goes to, or comes from, nodes
// beyond the local network (Options.IsLocal) keeps to the WAN limit as well.
type Limits struct {
	Up, Down       int64
	UpWAN, DownWAN int64
}

// Held gives the limits as they are held: none is below 4 KiB/s.
func (l Limits) Held() Limits {
	for _, limit := range []*int64{&l.Up, &l.Down, &l.UpWAN, &l.DownWAN} {
		*limit = held(*limit)
	}
	return l
}

func held(bytesPerSec int64) int64 {
	if bytesPerSec <= 0 {
		return 0
	}
	return max(bytesPerSec, limitMinBytes)
}

// SetLimits changes all limits at once; streams under way keep to them from their
// next piece on.
func (x *Exchange) SetLimits(l Limits) {
	x.up.set(l.Up, l.UpWAN)
	x.down.set(l.Down, l.DownWAN)
	x.asking.set(l.Down, l.DownWAN)
}

// Limits gives the limits in force.
func (x *Exchange) Limits() Limits {
	return Limits{
		Up: x.up.all.limit(), UpWAN: x.up.wan.limit(),
		Down: x.down.all.limit(), DownWAN: x.down.wan.limit(),
	}
}

// direction is the limits of one direction.
type direction struct{ all, wan *pace }

func newDirection(all, wan int64) direction {
	return direction{all: newPace(all), wan: newPace(wan)}
}

func (d direction) set(all, wan int64) {
	d.all.set(all)
	d.wan.set(wan)
}

// lane is the way of one node's bytes through the limits of a direction.
func (d direction) lane(local bool) lane {
	if local {
		return lane{all: d.all}
	}
	return lane(d)
}

func (x *Exchange) isLocal(s Source) bool { return x.o.IsLocal != nil && x.o.IsLocal(s) }

// lane has a wan for nodes beyond the local network.
type lane struct{ all, wan *pace }

// limit is the lower of the limits, 0 for none.
func (l lane) limit() int64 {
	limit := l.all.limit()
	if l.wan != nil {
		if wan := l.wan.limit(); wan > 0 && (limit == 0 || wan < limit) {
			return wan
		}
	}
	return limit
}

// piece is how many of n bytes may be moved at once. Where both limits are set,
// pieces are nearly as large as anybody's: in the common line each stream has one
// at a time, and small ones would make a small share.
func (l lane) piece(n int64) int {
	n = int64(l.all.piece(n))
	if l.wan == nil || l.wan.limit() == 0 {
		return int(n)
	}
	most := pieceAt(l.wan.limit())
	if l.all.limit() > 0 {
		most = max(most, bytesIn(pieceLongest, l.wan.limit()))
	}
	return int(min(n, most))
}

// wait takes n bytes, as given by piece; first from the lane's own bucket, so
// that nobody waits in the common line for what would not be let through.
func (l lane) wait(ctx context.Context, n int) error {
	if l.wan == nil || l.wan.limit() == 0 {
		return l.all.wait(ctx, n)
	}
	if err := l.wan.wait(ctx, n); err != nil {
		return err
	}
	start := time.Now()
	err := l.all.wait(ctx, n)
	l.wan.excuse(time.Since(start))
	return err
}

func (l lane) readyIn(now time.Time) time.Duration {
	ready := l.all.readyIn(now)
	if l.wan != nil {
		ready = max(ready, l.wan.readyIn(now))
	}
	return ready
}

func (l lane) borrow(n int64, now time.Time) {
	if l.wan != nil {
		l.wan.borrow(n, now)
	}
	l.all.borrow(n, now)
}

// moves notes that the source is sending.
func (s *session) moves() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastData = time.Now()
}

// readPaced fills p with raw bytes, no faster than the limit.
func (s *session) readPaced(ctx context.Context, p []byte) error {
	for len(p) > 0 {
		n := s.lane.piece(int64(len(p)))
		if err := s.lane.wait(ctx, n); err != nil {
			return err
		}
		if err := s.conn.readRaw(p[:n], s.count); err != nil {
			return err
		}
		if p = p[n:]; len(p) > 0 {
			s.moves() // at a low limit one message takes minutes
		}
	}
	return nil
}
