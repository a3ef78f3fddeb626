package share

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestStirringWaitsForCalm(t *testing.T) {
	s := stirring{folders: make(map[fileName]stir)}
	now := time.Unix(0, 0)
	busy, once := fileName{nil, "busy"}, fileName{nil, "once"}
	s.add(once, true, now)
	for step := time.Duration(0); step <= stirLongest; step += stirRest / 3 { // never calm for long
		var out stirred
		s.add(busy, false, now.Add(step))
		next := s.calm(now.Add(step), &out)
		deep, had := out.folders[once]
		if had != (step == stirRest) || had && !deep {
			t.Errorf("after %v: %v", step, out.folders)
		}
		if _, had = out.folders[busy]; had != (step >= stirLongest) {
			t.Errorf("after %v: %v", step, out.folders)
		}
		if !had && (next.Before(now.Add(step)) || next.After(now.Add(stirLongest))) {
			t.Errorf("after %v next in %v", step, next.Sub(now))
		}
	}
	if len(s.folders) != 0 {
		t.Errorf("%d folders stay", len(s.folders))
	}
}

// Where more happens than can be told apart, one look at everything takes the
// place of many.
func TestStirringTooMuch(t *testing.T) {
	s := stirring{folders: make(map[fileName]stir)}
	now := time.Unix(0, 0)
	for i := range maxStirred + 1 {
		s.add(fileName{nil, fmt.Sprint(i)}, false, now)
	}
	var out stirred
	s.calm(now.Add(time.Hour), &out)
	if !out.all || len(out.folders) != 0 || s.all {
		t.Errorf("all %v, %d folders", out.all, len(out.folders))
	}
	var one, other stirred
	for i := range maxStirred {
		one.take(fileName{nil, fmt.Sprint(i)}, false)
		other.take(fileName{nil, fmt.Sprint(-i)}, false)
	}
	if one.all || one.empty() || len(one.folders) != maxStirred {
		t.Errorf("%d folders are too many", len(one.folders))
	}
	if one.merge(other); !one.all || len(one.folders) != 0 {
		t.Errorf("two loads together: all %v, %d folders", one.all, len(one.folders))
	}
}

func TestStirredFoldersWaitForTheirTurn(t *testing.T) {
	o := Options{}.withDefaults()
	k := &keeper{Library: &Library{opts: o, log: o.Logger}}
	now := time.Now()
	k.began, k.part = now.Add(-time.Second), true
	k.endPart(now)
	if pause := k.partDueNow().Sub(now); pause != idlePauses*time.Second {
		t.Errorf("after a look of a second the pause is %v", pause)
	}
	k.heedStirred(stirred{folders: map[fileName]bool{{nil, "x"}: false}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody would take the look
	k.startPart(ctx, now.Add(time.Second))
	if k.looking || k.stirred.empty() {
		t.Error("looked at during the pause")
	}
	k.due, k.ended, k.took = now.Add(time.Hour), now, time.Second
	if k.heedStirred(stirred{all: true}); k.due != now.Add(idlePauses*time.Second) || !k.stirred.empty() {
		t.Errorf("a look at all is due in %v", k.due.Sub(now))
	}
	if k.due = now; true {
		k.heedStirred(stirred{all: true})
	}
	if k.due != now {
		t.Error("a look that is due sooner was put off")
	}
}

func TestBurst(t *testing.T) {
	var b burst
	now := time.Unix(100, 0)
	taken := 0
	for end := now.Add(10 * time.Second); now.Before(end); taken++ {
		now = now.Add(b.take(now) + time.Microsecond) // a million a second are to be had
	}
	if most := 101 * burstEvents; taken > most || taken < most*9/10 {
		t.Errorf("%d events in 10 s, want about %d", taken, most)
	}
	b, now = burst{}, time.Unix(100, 0)
	for range 10 * burstEvents {
		now = now.Add(2 * burstTime / burstEvents)
		if pause := b.take(now); pause > 0 {
			t.Fatal("a pause although half as much happens as may")
		}
	}
}
