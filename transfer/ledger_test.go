package transfer

import (
	"fmt"
	"math"
	"testing"
	"time"
)

func TestLedgerCredit(t *testing.T) {
	l := newLedger()
	if c, n := l.credit("nobody"); c != 0 || n != 0 {
		t.Errorf("a stranger has %v for %d", c, n)
	}
	l.gave("giver", 10*ledgerInertia)
	l.gave("fair", 10*ledgerInertia)
	l.took("fair", 10*ledgerInertia)
	l.gave("little", ledgerInertia/16)
	l.took("taker", 10*ledgerInertia)
	order := []Source{"taker", "little", "fair", "giver"}
	before := -1.0
	for _, node := range order {
		c, _ := l.credit(node)
		if c <= before || c >= 1 {
			t.Errorf("%s has %v, the one before %v", node, c, before)
		}
		before = c
	}
	if c, n := l.credit("giver"); math.Abs(c-10.0/11) > 1e-9 || n != 10*ledgerInertia {
		t.Errorf("the giver has %v for %d", c, n)
	}
}

// TestLedgerAges: by the time that passes here, half in three days, whatever the
// wall clock does; what is nearly nothing goes.
func TestLedgerAges(t *testing.T) {
	l := newLedger()
	l.gave("a", 1<<30)
	l.gave("b", ledgerLeast+1)
	l.age(testEpoch)
	if _, n := l.credit("a"); n != 1<<30 {
		t.Errorf("%d after no time", n)
	}
	l.age(testEpoch.Add(ledgerHalfLife))
	if _, n := l.credit("a"); n != 1<<29 {
		t.Errorf("%d after a half-life", n)
	}
	if len(l.by) != 1 {
		t.Error("nearly nothing is kept")
	}
	l.age(testEpoch.AddDate(-10, 0, 0))
	if _, n := l.credit("a"); n != 1<<29 {
		t.Errorf("%d after the clock was set back", n)
	}
}

func TestLedgerIsBounded(t *testing.T) {
	l := newLedger()
	l.gave("friend", 1<<20)
	for i := range 2 * ledgerMax {
		l.took(Source(fmt.Sprint(i)), 1<<20)
	}
	if len(l.by) != ledgerMax {
		t.Errorf("%d accounts", len(l.by))
	}
	if _, n := l.credit("friend"); n != 1<<20 {
		t.Error("strangers pushed out one that gave")
	}
	accounts, changed := l.accounts()
	again := newLedger()
	again.restore(append([]account{{Node: "x", Given: -1}, {Node: "y", Given: math.NaN()}, {Node: "z", Taken: math.Inf(1)}}, accounts...))
	if _, n := again.credit("friend"); n != 1<<20 || !changed || len(again.by) > ledgerMax {
		t.Errorf("restored: %d, %d accounts", n, len(again.by))
	}
	for _, bad := range []Source{"x", "y", "z"} {
		if again.by[bad] != nil {
			t.Errorf("%s is taken in: %v", bad, *again.by[bad])
		}
	}
	if _, changed := l.accounts(); changed {
		t.Error("changed by being listed")
	}
}

func TestProgress(t *testing.T) {
	for _, c := range []struct {
		sent, least int64
		slow, stall bool
	}{
		{slowBytes, slowBytes, false, false},
		{slowBytes - 1, slowBytes, true, false},
		{slowBytes/stalledPart - 1, slowBytes, true, true},
		{0, slowBytes, true, true},
		{4000, leastOf(1024), false, false},
		{200, leastOf(1024), true, true},
	} {
		var p progress
		now := testEpoch
		p.mark(1000, c.least, now)
		p.mark(1000+c.sent, c.least, now.Add(slowTime-time.Second))
		if p.slow || p.stall {
			t.Error("judged too early")
		}
		p.mark(1000+c.sent, c.least, now.Add(slowTime))
		if p.slow != c.slow || p.stall != c.stall {
			t.Errorf("%d of %d bytes: %+v", c.sent, c.least, p)
		}
	}
	if leastOf(0) != slowBytes || leastOf(1<<30) != slowBytes || leastOf(1024) != 1024*15/4 {
		t.Error("least")
	}
}
