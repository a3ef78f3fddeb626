package share

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"starling/share/content"
)

func TestUnsettled(t *testing.T) {
	now := time.Unix(1000, 500_000_000)
	for _, c := range []struct {
		mtime time.Time
		want  time.Duration
	}{
		{now.Add(-time.Hour), 0},
		{now.Add(-21 * time.Millisecond), 0},
		{now.Add(-5 * time.Millisecond), 16 * time.Millisecond},
		{now.Add(-time.Nanosecond), 21*time.Millisecond - time.Nanosecond},
		{now.Add(time.Hour), 0},      // a clock that was wrong: the state is told by it all the same
		{time.Unix(1000, 0), 1501e6}, // whole seconds: a coarse clock
		{time.Unix(998, 0), 0},
		{time.Unix(999, 0), 501e6},
	} {
		if got := unsettled(fileStat{mtime: c.mtime.UnixNano()}, now); got != c.want {
			t.Errorf("mtime %v before now: wait %v, want %v", now.Sub(c.mtime), got, c.want)
		}
	}
}

// A file that is altered in place while it is read has neither its old id nor
// its new one.
func TestFileAlteredWhileItIsRead(t *testing.T) {
	dir := realDir(t)
	r := newRoot("x", dir, time.Now())
	alterations := map[string]func(path string) error{
		"in place": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte("altered"), 5)
			return errors.Join(err, f.Close())
		},
		"cut":   func(path string) error { return os.Truncate(path, 300<<10) },
		"grown": func(path string) error { return os.Truncate(path, 900<<10) },
	}
	for what, alter := range alterations {
		path := filepath.Join(dir, what)
		must(t, os.WriteFile(path, []byte(strings.Repeat("x", 600<<10)), 0o644))
		past(t, path)
		stat, err := r.look(what)
		must(t, err)
		done := false
		h := (job{root: r, raw: what, stat: stat}).hash(context.Background(), new(content.Hasher), func(n int) {
			if !done {
				done = true
				must(t, alter(path))
			}
		})
		if !done || !errors.Is(h.err, ErrChanged) {
			t.Errorf("%s: %v", what, h.err)
		}
		if h := (job{root: r, raw: what, stat: stat}).hash(context.Background(), new(content.Hasher), func(int) { t.Errorf("%s: read although it changed before", what) }); !errors.Is(h.err, ErrChanged) {
			t.Errorf("%s, before it is read: %v", what, h.err)
		}
	}
}

func TestHashingEndsWithItsRootOrContext(t *testing.T) {
	dir := realDir(t)
	path := filepath.Join(dir, "big")
	must(t, os.WriteFile(path, []byte(strings.Repeat("x", 1<<20)), 0o644))
	for _, what := range []string{"root", "context"} {
		r := newRoot("x", dir, time.Now())
		ctx, cancel := context.WithCancel(context.Background())
		stat, err := r.look("big")
		must(t, err)
		reads := 0
		h := (job{root: r, raw: "big", stat: stat}).hash(ctx, new(content.Hasher), func(int) {
			if reads++; what == "root" {
				r.end()
			} else {
				cancel()
			}
		})
		if !errors.Is(h.err, context.Canceled) || reads != 1 {
			t.Errorf("end of the %s: %v after %d reads", what, h.err, reads)
		}
		cancel()
		r.end()
	}
}

func TestRetriesWaitLonger(t *testing.T) {
	r := retries{files: make(map[fileName]retry)}
	j := job{raw: "growing"}
	now := time.Unix(0, 0)
	var pauses []time.Duration
	for range 14 {
		r.add(j, now, 20*time.Millisecond)
		if settling := len(pauses) < settlingTries; (r.settling == 1) != settling {
			t.Errorf("after %d tries %d are settling", len(pauses), r.settling)
		}
		due, ok := r.next()
		if !ok || len(r.take(due.Add(-1))) != 0 {
			t.Fatal("due too early")
		}
		taken := r.take(due)
		if len(taken) != 1 || r.has(j.name()) || r.settling != 0 {
			t.Fatalf("%d are due", len(taken))
		}
		pauses = append(pauses, due.Sub(now))
		j, now = taken[0], due
	}
	for i, want := range []time.Duration{20e6, 20e6, 20e6, 1e9, 2e9, 4e9} {
		if pauses[i] != want {
			t.Errorf("pause %d is %v, want %v", i, pauses[i], want)
		}
	}
	if last := pauses[len(pauses)-1]; last != retryLast {
		t.Errorf("the longest pause is %v", last)
	}
	r.add(job{raw: "changed"}, now, 0) // changed while it was read: not waited for
	if r.settling != 0 {
		t.Error("counts as settling")
	}
	if due, _ := r.next(); due.Sub(now) != retryFirst {
		t.Errorf("first pause is %v", due.Sub(now))
	}
}

func TestRescanAfterAPause(t *testing.T) {
	k := &keeper{Library: &Library{opts: Options{}.withDefaults(), log: Options{}.withDefaults().Logger}}
	for took, want := range map[time.Duration]time.Duration{time.Millisecond: time.Minute, 10 * time.Second: 500 * time.Second} {
		k.began = time.Now().Add(-took)
		k.endLook()
		if pause := time.Until(k.due); pause < want-time.Second || pause > want+2*time.Second {
			t.Errorf("after a look of %v the pause is %v", took, pause)
		}
	}
}
