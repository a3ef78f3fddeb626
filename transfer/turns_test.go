package transfer

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestDownloadsShareTheLink: several downloads go on side by side and have equal
// shares, from one source or several, whichever side has the limit.
func TestDownloadsShareTheLink(t *testing.T) {
	for _, c := range []struct {
		name      string
		sources   int
		downloads int
		up, down  int64
	}{
		{"one source, limited down", 1, 2, 0, 2 << 20},
		{"two sources, limited down", 2, 2, 0, 2 << 20},
		{"one source, five downloads", 1, 5, 2 << 20, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t, false)
				var sources []*node
				for i := range c.sources {
					o := n.options(Source(fmt.Sprint("a", i)))
					o.UpBytesPerSec = c.up
					sources = append(sources, n.start(o.Self, o, nil))
				}
				o := n.options("z")
				o.DownBytesPerSec = c.down
				z := n.start("z", o, nil)
				for i := range c.downloads {
					s := newSample(t, 160*groupBytes, byte(80+i)) // 40 MiB
					from := sources[i%c.sources]
					from.share(s)
					if _, err := z.Get(Request{ID: s.id, Name: fmt.Sprint(i), Sources: []Source{from.name}}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Duration(15*c.downloads) * time.Second)
				total, least, most := int64(0), int64(1<<40), int64(0)
				for _, d := range z.Downloads() {
					total, least, most = total+d.HaveBytes, min(least, d.HaveBytes), max(most, d.HaveBytes)
				}
				mean := float64(total) / float64(c.downloads)
				slack := max(0.1*mean, 1.1*siblingTurn.Seconds()*(2<<20)) // somebody is in the middle of a turn
				if float64(least) < mean-slack || float64(most) > mean+slack || total < int64(25*c.downloads)<<20 {
					t.Errorf("shares from %d to %d bytes of %d", least, most, total)
				}
			})
		})
	}
}

// TestSlowDownloadTakesNoShare: one that gets little from its source leaves the rest
// of the limit to others.
func TestSlowDownloadTakesNoShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		slow, fast := newSample(t, 160*groupBytes, 90), newSample(t, 160*groupBytes, 91)
		slowly(n, "slow", slow, 50<<10)
		n.start("fast", n.options("fast"), nil).share(fast)
		o := n.options("z")
		o.DownBytesPerSec = 2 << 20
		z := n.start("z", o, nil)
		if _, err := z.Get(Request{ID: slow.id, Name: "slow", Sources: []Source{"slow"}}); err != nil {
			t.Fatal(err)
		}
		z.wait(slow.id, func(st Status) bool { return st.HaveBytes > 0 })
		start := time.Now()
		want(t, fast, z.get(Request{ID: fast.id, Sources: []Source{"fast"}}))
		if took := time.Since(start); took > 21*time.Second { // 20 s alone
			t.Errorf("took %v", took)
		}
	})
}

// TestSiblingsShareATurn: the seats of one node take turns at its slot, which are one
// turn to everybody else.
func TestSiblingsShareATurn(t *testing.T) {
	now := testEpoch
	q := newQueue(1, 10, time.Minute)
	first, second, other := NewSeat("x"), NewSeat("x"), NewSeat("y")
	for _, s := range []*Seat{&first, &second} {
		q.Visit(s, Visit{Enter: true}, now)
	}
	served := map[*Seat]int{}
	for range 60 {
		now = now.Add(time.Second)
		for _, s := range []*Seat{&first, &second, &other} {
			if s == &other && now.Sub(testEpoch) < 20*time.Second {
				continue
			}
			q.Visit(s, Visit{Enter: true, Yield: true}, now)
		}
		for _, s := range []*Seat{&first, &second, &other} {
			if s.Serving() {
				served[s]++
			}
		}
		if total := served[&first] + served[&second]; served[&other] > 0 && total < 59 {
			t.Fatalf("y is served after %d s of x's turn", total)
		}
	}
	if d := served[&first] - served[&second]; d < -3 || d > 3 || served[&other] == 0 {
		t.Errorf("x's seats had %d and %d s, y %d", served[&first], served[&second], served[&other])
	}
}
