package node

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"starling/config"
	"starling/transfer"
)

// Who a limit is set by.
const (
	byHand          = "hand"
	byTimetable     = "timetable"
	byConfiguration = "configuration"
	byDefault       = "default"
)

// limitsLookEvery is how often the clock is looked at while a timetable holds: it may have been set, or the machine have slept.
const limitsLookEvery = time.Minute

// limiter keeps the limits in force: what was set by hand, else the timetable's, else the configuration's.
type limiter struct {
	config  *config.Config
	choices *choices
	logger  *slog.Logger
	now     func() time.Time // the wall clock, in local time
	wake    chan struct{}    // the timetable has changed

	mu    sync.Mutex // guards what follows, and puts changes in order
	apply func(transfer.Limits)
	last  *transfer.Limits // applied
}

func newLimiter(c *config.Config, kept *choices, logger *slog.Logger) *limiter {
	return &limiter{config: c, choices: kept, logger: logger, now: wallClock, wake: make(chan struct{}, 1)}
}

// wallClock has no monotonic part: a clock that was set must show.
func wallClock() time.Time { return time.Now().Round(0) }

// run applies the timetable as its entries begin.
func (l *limiter) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		case <-timer.C:
		}
		l.refresh()
		if wait, some := l.untilNext(); some {
			timer.Reset(wait)
		}
	}
}

// untilNext is how long to sleep; false without a timetable.
func (l *limiter) untilNext() (time.Duration, bool) {
	now := l.now()
	table, _ := l.timetable(l.choices.get())
	next, some := table.Next(now)
	return min(next.Start.Sub(now), limitsLookEvery), some
}

// refresh applies what holds now.
func (l *limiter) refresh() {
	l.mu.Lock()
	defer l.mu.Unlock()
	limits, _ := l.inForce(l.choices.get(), l.now())
	if l.last != nil && limits == *l.last {
		return
	}
	first := l.last == nil
	l.last = &limits
	l.apply(limits)
	if first && limits == (transfer.Limits{}) {
		return
	}
	l.logger.Info("limits set", "up", limits.Up, "down", limits.Down, "up_wan", limits.UpWAN, "down_wan", limits.DownWAN)
}

// timetable is the one that holds, and who set it.
func (l *limiter) timetable(kept choicesDoc) (config.Timetable, string) {
	if kept.Schedule != nil {
		table, err := config.ParseTimetable(*kept.Schedule)
		if err == nil {
			return table, byHand
		}
		l.logger.Error("the timetable that was set cannot be read", "err", err)
	}
	return l.config.Node.LimitSchedule, l.origin("limit_schedule")
}

func (l *limiter) origin(key string) string {
	if o, _ := l.config.Origin(key); o.Kind == config.FromDefault {
		return byDefault
	}
	return byConfiguration
}

// limitsBy says who each limit is set by.
type limitsBy struct{ up, down, upWAN, downWAN string }

// inForce is what holds at a moment.
func (l *limiter) inForce(kept choicesDoc, now time.Time) (limits transfer.Limits, by limitsBy) {
	table, _ := l.timetable(kept)
	entry, some := table.At(now)
	t := &l.config.Transfer
	limits.Up, by.up = t.UpBytesPerSec, l.origin("transfer.up")
	limits.Down, by.down = t.DownBytesPerSec, l.origin("transfer.down")
	limits.UpWAN, by.upWAN = t.UpWANBytesPerSec, l.origin("transfer.up_wan")
	limits.DownWAN, by.downWAN = t.DownWANBytesPerSec, l.origin("transfer.down_wan")
	if some {
		limits.Up, by.up = entry.Up, byTimetable
	}
	if some && entry.SaysDown {
		limits.Down, by.down = entry.Down, byTimetable
	}
	if kept.Up != nil && handHolds(kept.UpDuring, entry, by.up) {
		limits.Up, by.up = *kept.Up, byHand
	}
	if kept.Down != nil && handHolds(kept.DownDuring, entry, by.down) {
		limits.Down, by.down = *kept.Down, byHand
	}
	if kept.UpWAN != nil {
		limits.UpWAN, by.upWAN = *kept.UpWAN, byHand
	}
	if kept.DownWAN != nil {
		limits.DownWAN, by.downWAN = *kept.DownWAN, byHand
	}
	return limits.Held(), by
}

// handHolds tells whether a limit set by hand during an entry of the timetable, or when there was none, holds now. That entry is told by its
// start, and not the limit's end by the clock: so the limit outlives no entry, however the clock is set meanwhile.
func handHolds(during time.Time, entry config.Limit, otherwise string) bool {
	if during.IsZero() || entry.Start.IsZero() {
		return otherwise != byTimetable
	}
	return during.Equal(entry.Start)
}

// show describes what holds, and what begins next.
func (l *limiter) show() Limits {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.describe(l.choices.get())
}

// describe does it. The caller holds mu.
func (l *limiter) describe(kept choicesDoc) Limits {
	now := l.now()
	limits, by := l.inForce(kept, now)
	table, scheduleBy := l.timetable(kept)
	schedule := table.String()
	out := Limits{
		Up: &limits.Up, Down: &limits.Down, UpWAN: &limits.UpWAN, DownWAN: &limits.DownWAN, Schedule: &schedule,
		UpBy: by.up, DownBy: by.down, UpWANBy: by.upWAN, DownWANBy: by.downWAN, ScheduleBy: scheduleBy,
	}
	if next, some := table.Next(now); some {
		then, thenBy := l.inForce(kept, next.Start)
		out.Next = &LimitsNext{At: next.Start.Format(time.RFC3339), Up: then.Up, Down: then.Down}
		out.UpUntil, out.DownUntil = out.Next.until(by.up, thenBy.up), out.Next.until(by.down, thenBy.down)
	}
	return out
}

// until is the time at which a limit gives way to the next entry, if it does.
func (n *LimitsNext) until(by, then string) string {
	if by == then && by != byTimetable {
		return ""
	}
	return n.At
}

// change sets what is given, which holds at once and after a restart.
func (l *limiter) change(r Limits) (Limits, error) {
	for _, limit := range []*int64{r.Up, r.Down, r.UpWAN, r.DownWAN} {
		if limit != nil && *limit < 0 {
			return Limits{}, usage("a limit is a number of bytes per second, or 0 for none, not %d", *limit)
		}
	}
	if r.Schedule != nil {
		table, err := config.ParseTimetable(*r.Schedule)
		if err != nil {
			return Limits{}, usage("%v", err)
		}
		canonical := table.String()
		r.Schedule = &canonical
	}
	if err := l.keep(r); err != nil {
		return Limits{}, err
	}
	l.refresh()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return l.show(), nil
}

// keep writes down what was said, if anything was.
func (l *limiter) keep(r Limits) error {
	if r.Up == nil && r.Down == nil && r.UpWAN == nil && r.DownWAN == nil && r.Schedule == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	return l.choices.change(func(kept *choicesDoc) {
		if r.Schedule != nil {
			l.newTimetable(kept, *r.Schedule, now)
		}
		table, _ := l.timetable(*kept)
		entry, some := table.At(now)
		if r.Up != nil {
			kept.Up, kept.UpDuring = r.Up, time.Time{}
			if some {
				kept.UpDuring = entry.Start.UTC()
			}
		}
		if r.Down != nil {
			kept.Down, kept.DownDuring = r.Down, time.Time{}
			if table.SaysDown() {
				kept.DownDuring = entry.Start.UTC()
			}
		}
		if r.UpWAN != nil {
			kept.UpWAN = r.UpWAN
		}
		if r.DownWAN != nil {
			kept.DownWAN = r.DownWAN
		}
	})
}

// newTimetable puts a timetable in the place of another. What was set by hand during the old one is over, unless it holds now and there is
// none from now on; what was set without any timetable holds again when there is none.
func (l *limiter) newTimetable(kept *choicesDoc, schedule string, now time.Time) {
	_, by := l.inForce(*kept, now)
	if !kept.UpDuring.IsZero() && (by.up != byHand || schedule != "") {
		kept.Up = nil
	}
	if !kept.DownDuring.IsZero() && (by.down != byHand || schedule != "") {
		kept.Down = nil
	}
	kept.UpDuring, kept.DownDuring = time.Time{}, time.Time{}
	kept.Schedule = &schedule
}
