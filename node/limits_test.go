package node

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"starling/config"
	"starling/transfer"
)

// limitsWorld is a limiter with a clock of the test's.
type limitsWorld struct {
	*limiter
	t       *testing.T
	clock   time.Time
	applied transfer.Limits
}

func newLimitsWorld(t *testing.T, c *config.Config, path string) *limitsWorld {
	t.Helper()
	kept, notice := openChoices(path)
	if notice != "" {
		t.Fatal(notice)
	}
	w := &limitsWorld{limiter: newLimiter(c, kept, slog.New(slog.DiscardHandler)), t: t}
	w.now = func() time.Time { return w.clock }
	w.apply = func(l transfer.Limits) { w.applied = l }
	return w
}

// at sets the clock to a time of the week that begins on Monday, 23 November 2026.
func (w *limitsWorld) at(text string) {
	w.t.Helper()
	parsed, err := time.Parse(time.DateTime, "2026-11-"+text+":00")
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock = parsed
	w.refresh()
}

func (w *limitsWorld) set(r Limits) {
	w.t.Helper()
	if _, err := w.change(r); err != nil {
		w.t.Fatal(err)
	}
}

func (w *limitsWorld) want(up, down int64, upBy, downBy string) {
	w.t.Helper()
	got := w.show()
	if *got.Up != up || *got.Down != down || got.UpBy != upBy || got.DownBy != downBy {
		w.t.Errorf("at %v: up %d by %s, down %d by %s", w.clock, *got.Up, got.UpBy, *got.Down, got.DownBy)
	}
	if w.applied.Up != up || w.applied.Down != down {
		w.t.Errorf("at %v: %+v is applied", w.clock, w.applied)
	}
}

func ptr[T any](v T) *T { return &v }

// TestLimitsByHandAndTimetable: by hand before timetable before configuration; what is set by hand during a timetable holds until its next
// entry, what was set before it holds again after it, and all of it outlives a restart.
func TestLimitsByHandAndTimetable(t *testing.T) {
	c := config.Default()
	c.Transfer.DownBytesPerSec = 9e6
	path := filepath.Join(t.TempDir(), "choices.json")
	w := newLimitsWorld(t, c, path)
	w.at("23 08:00")
	w.want(0, 9e6, byDefault, byDefault)
	w.set(Limits{Up: ptr(int64(5e6))})
	w.want(5e6, 9e6, byHand, byDefault)

	w.set(Limits{Schedule: ptr("mon-fri 9:00,1M/2M; 18:00,0")})
	w.want(0, 9e6, byTimetable, byDefault) // Friday's last entry
	w.at("23 09:00")
	w.want(1e6, 2e6, byTimetable, byTimetable)
	if got := w.show(); *got.Schedule != "mon-fri 09:00,1M/2M; mon-fri 18:00,0" || got.ScheduleBy != byHand || *got.Next != (LimitsNext{At: "2026-11-23T18:00:00Z", Up: 0, Down: 9e6}) {
		t.Errorf("shown: %s by %s, then %+v", *got.Schedule, got.ScheduleBy, got.Next)
	}

	w.at("23 12:00")
	w.set(Limits{Up: ptr(int64(3e6)), Down: ptr(int64(4e6))})
	w.want(3e6, 4e6, byHand, byHand)
	if got := w.show(); got.UpUntil != "2026-11-23T18:00:00Z" || got.DownUntil != got.UpUntil {
		t.Errorf("by hand until %q and %q", got.UpUntil, got.DownUntil)
	}
	again := newLimitsWorld(t, c, path)
	again.at("23 17:59")
	again.want(3e6, 4e6, byHand, byHand)
	again.at("23 18:00")
	again.want(0, 9e6, byTimetable, byDefault)
	again.at("24 12:00")
	again.want(1e6, 2e6, byTimetable, byTimetable)
	again.at("23 12:00") // somebody set the clock back
	again.want(3e6, 4e6, byHand, byHand)
	again.at("24 12:00")

	again.set(Limits{Schedule: ptr("off")})
	again.want(0, 9e6, byDefault, byDefault)
	if got := again.show(); *got.Schedule != "" || got.Next != nil {
		t.Errorf("shown: %q, then %+v", *got.Schedule, got.Next)
	}
}

// TestLimitsOfAnEarlierTimetable: what was set by hand during a timetable that another has replaced does not come back after both.
func TestLimitsOfAnEarlierTimetable(t *testing.T) {
	w := newLimitsWorld(t, config.Default(), filepath.Join(t.TempDir(), "choices.json"))
	w.at("23 10:00")
	w.set(Limits{Schedule: ptr("9:00,1M/1M")})
	w.set(Limits{Up: ptr(int64(1e5)), Down: ptr(int64(2e5))})
	w.want(1e5, 2e5, byHand, byHand)
	w.set(Limits{Schedule: ptr("9:00,3M/4M")})
	w.want(3e6, 4e6, byTimetable, byTimetable)
	w.set(Limits{Schedule: ptr("off")})
	w.want(0, 0, byDefault, byDefault)
}

// TestLimitsNotWritten: a limit that cannot be remembered is not in force either, now or later.
func TestLimitsNotWritten(t *testing.T) {
	w := newLimitsWorld(t, config.Default(), filepath.Join(t.TempDir(), "none", "choices.json"))
	w.at("23 10:00")
	if _, err := w.change(Limits{Up: ptr(int64(1e6))}); err == nil {
		t.Fatal("it was written to a folder that is not there")
	}
	w.refresh()
	w.want(0, 0, byDefault, byDefault)
}

// TestLimitsStandByHand: a limit set without a timetable, or in a direction of which the timetable does not speak, is there to stay.
func TestLimitsStandByHand(t *testing.T) {
	w := newLimitsWorld(t, config.Default(), filepath.Join(t.TempDir(), "choices.json"))
	w.at("23 08:00")
	w.set(Limits{Up: ptr(int64(5e6)), UpWAN: ptr(int64(1)), DownWAN: ptr(int64(7e5))})
	w.set(Limits{Schedule: ptr("9:00,1M")})
	w.set(Limits{Down: ptr(int64(2e6))})
	w.want(1e6, 2e6, byTimetable, byHand)
	w.at("25 10:00")
	w.want(1e6, 2e6, byTimetable, byHand)
	if got := w.show(); got.UpUntil != "2026-11-26T09:00:00Z" || got.DownUntil != "" {
		t.Errorf("until %q and %q", got.UpUntil, got.DownUntil)
	}
	w.set(Limits{Schedule: ptr("")})
	w.want(5e6, 2e6, byHand, byHand)
	if got := w.show(); *got.UpWAN != 4096 || *got.DownWAN != 7e5 || got.UpWANBy != byHand || w.applied.UpWAN != 4096 {
		t.Errorf("WAN: %d by %s, %d; %+v is applied", *got.UpWAN, got.UpWANBy, *got.DownWAN, w.applied)
	}
}

// TestLimitsOfTheConfiguration: its timetable holds until another is set, and one that is switched off stays off.
func TestLimitsOfTheConfiguration(t *testing.T) {
	c := config.Default()
	table, err := config.ParseTimetable("mon 9:00,1M; 12:00,2M")
	if err != nil {
		t.Fatal(err)
	}
	c.Node.LimitSchedule = table
	path := filepath.Join(t.TempDir(), "choices.json")
	w := newLimitsWorld(t, c, path)
	w.at("29 08:00")
	w.want(2e6, 0, byTimetable, byDefault)
	w.set(Limits{Schedule: ptr("off")})
	w.want(0, 0, byDefault, byDefault)
	again := newLimitsWorld(t, c, path)
	again.at("29 08:01")
	again.want(0, 0, byDefault, byDefault)
}

// TestLimitsAsDocumented: the example of the documentation is what the node answers.
func TestLimitsAsDocumented(t *testing.T) {
	w := newLimitsWorld(t, config.Default(), filepath.Join(t.TempDir(), "choices.json"))
	w.at("23 12:00")
	w.set(Limits{Up: ptr(int64(2e6)), UpWAN: ptr(int64(3e5)), Schedule: ptr("mon-fri 9:00,1M; 18:00,0")})
	answer, err := MarshalLine(w.show())
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "docs", "control-api.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "### Limits")
	_, example, _ := strings.Cut(section, "```json\n")
	example, _, _ = strings.Cut(example, "```")
	if example = strings.ReplaceAll(strings.ReplaceAll(example, "\n ", ""), "\n", ""); example != string(answer) {
		t.Errorf("documented:\n%s\nanswered:\n%s", example, answer)
	}
}

func TestLimitsRefuseNonsense(t *testing.T) {
	w := newLimitsWorld(t, config.Default(), filepath.Join(t.TempDir(), "choices.json"))
	w.at("23 08:00")
	for _, r := range []Limits{{Up: ptr(int64(-1))}, {DownWAN: ptr(int64(-5))}, {Up: ptr(int64(1e6)), Schedule: ptr("mon 25:00,1M")}} {
		var p *Problem
		if _, err := w.change(r); !errors.As(err, &p) || p.Code != CodeUsage {
			t.Errorf("%+v: %v", r, err)
		}
	}
	w.want(0, 0, byDefault, byDefault)
}

// TestLimitsFollowTheClock: entries begin on time without a look at every moment, a new timetable at once, and a clock that is set is noticed
// within a minute.
func TestLimitsFollowTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLimitsWorld(t, config.Default(), filepath.Join(t.TempDir(), "choices.json"))
		c := &clockedLimits{began: time.Now()}
		w.now, w.apply = c.now, c.apply
		ctx, cancel := context.WithCancel(context.Background())
		var done sync.WaitGroup
		done.Go(func() {
			if err := w.run(ctx); err != nil {
				t.Error(err)
			}
		})
		after := func(wait time.Duration, want int64, when string) {
			t.Helper()
			time.Sleep(wait)
			synctest.Wait()
			if up := c.up(); up != want {
				t.Errorf("%s it is %d, not %d", when, up, want)
			}
		}
		after(time.Hour, 0, "an hour after midnight of 2000-01-01") // where synctest begins
		if n := c.looked(); n > 3 {
			t.Errorf("%d looks without a timetable", n)
		}
		w.set(Limits{Schedule: ptr("2:00,1M; 3:00,2M; 20:00,3M")})
		after(0, 3e6, "by yesterday's last entry")
		after(time.Hour, 1e6, "at 2:00")
		after(time.Hour-time.Nanosecond, 1e6, "before 3:00")
		after(time.Nanosecond, 2e6, "at 3:00")
		if n := c.looked(); n > 1000 {
			t.Errorf("%d looks in two hours", n)
		}
		c.set(20 * time.Hour)
		after(limitsLookEvery, 3e6, "after the clock was set to 23:01")
		cancel()
		done.Wait()
	})
}

// clockedLimits is a clock that can be set, and what was last applied.
type clockedLimits struct {
	began time.Time

	mu      sync.Mutex // guards what follows
	shift   time.Duration
	looks   int
	applied transfer.Limits
}

func (c *clockedLimits) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks++
	return c.began.Add(time.Since(c.began) + c.shift).UTC()
}

func (c *clockedLimits) set(shift time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift = shift
}

func (c *clockedLimits) apply(l transfer.Limits) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.applied = l
}

func (c *clockedLimits) up() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.applied.Up
}

func (c *clockedLimits) looked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.looks
}

// TestNeighboursAreLocal: a node on this machine is a LAN neighbour, one that is not connected is not.
func TestNeighboursAreLocal(t *testing.T) {
	holder, asker, _, _ := pair(t, map[string]string{"one.txt": "1"})
	if !holder.overlay.IsLocal(asker.overlay.ID()) {
		t.Error("a node on loopback is none")
	}
	for _, node := range []string{"", "nonsense", holder.overlay.ID()} {
		if holder.overlay.IsLocal(node) {
			t.Errorf("%q is one", node)
		}
	}
}
