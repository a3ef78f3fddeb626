package transfer

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// testLink is a link in virtual time: so many bytes a second after so much delay,
// in the order they came, with room for any queue. Its flows send as fast as their
// windows let them.
type testLink struct {
	rate  float64 // bytes/s
	delay time.Duration
	late  func() time.Duration // how long an answer takes besides; nil: not at all
	crowd time.Duration        // of others' bytes that always wait

	now   time.Time
	free  time.Time // when the link has sent all it was given
	flows []*testFlow
}

type testFlow struct {
	w       *window
	answers []windowMark // under way: how much, and when they arrive
}

func (w *window) String() string {
	return fmt.Sprintf("window %d, %d under way, fastest %v, %.0f kB/s, growing %v, probing %v, round %v", w.size, w.sent-w.received,
		w.fastest, w.rate/1e3, w.growing, w.probing, w.round.fastest)
}

// testSend is what one piece costs its sender.
const testSend = 5 * time.Microsecond

func newTestLink(rate float64, trip time.Duration, flows int) *testLink {
	l := &testLink{rate: rate, delay: trip / 2, now: time.Unix(1000, 0)}
	l.free = l.now
	for range flows {
		l.flows = append(l.flows, &testFlow{w: newWindow()})
	}
	return l
}

// waiting is how long a byte that comes now waits in front of the link.
func (l *testLink) waiting() time.Duration { return max(0, l.free.Sub(l.now)) }

// run goes on for a time and tells how many bytes each flow moved, and the
// longest wait.
func (l *testLink) run(t interface{ Fatalf(string, ...any) }, d time.Duration) (moved []int64, longest time.Duration) {
	before := make([]int64, len(l.flows))
	for i, f := range l.flows {
		before[i] = f.w.received
	}
	for end := l.now.Add(d); l.now.Before(end); {
		if !l.step(t) {
			t.Fatalf("nothing is under way and nothing may go: %v", l.flows[0].w)
		}
		longest = max(longest, l.waiting())
	}
	for i, f := range l.flows {
		moved = append(moved, f.w.received-before[i])
	}
	return moved, longest
}

// step lets every flow send one piece, or time go on to the next answer.
func (l *testLink) step(t interface{ Fatalf(string, ...any) }) bool {
	sent := false
	for _, f := range l.flows {
		for len(f.answers) > 0 && !f.answers[0].at.After(l.now) {
			if err := f.w.hear(uint64(f.answers[0].end), f.answers[0].at); err != nil {
				t.Fatalf("%v", err)
			}
			f.answers = f.answers[1:]
		}
		n := f.w.piece(blockBytes)
		if n == 0 {
			continue
		}
		sent = true
		l.send(f, n)
		if under := f.w.sent - f.w.received; under > windowMax {
			t.Fatalf("%d bytes are under way", under)
		}
	}
	if sent {
		return true
	}
	var next time.Time
	for _, f := range l.flows {
		if len(f.answers) > 0 && (next.IsZero() || f.answers[0].at.Before(next)) {
			next = f.answers[0].at
		}
	}
	if next.IsZero() {
		return false
	}
	l.now = next
	return true
}

func (l *testLink) send(f *testFlow, n int64) {
	marked := f.w.send(n, l.now)
	if others := l.now.Add(l.crowd); l.free.Before(others) {
		l.free = others
	}
	l.free = l.free.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
	if marked {
		at := l.free.Add(2 * l.delay)
		if l.late != nil {
			at = at.Add(l.late())
		}
		if k := len(f.answers); k > 0 && at.Before(f.answers[k-1].at) {
			at = f.answers[k-1].at // a stream keeps its order
		}
		f.answers = append(f.answers, windowMark{end: f.w.sent, at: at})
	}
	l.now = l.now.Add(testSend)
}

// most is what a link can move in a time with windowMax under way.
func (l *testLink) most(d time.Duration) float64 {
	return d.Seconds() * math.Min(l.rate, windowMax/(2*l.delay+time.Millisecond).Seconds())
}

const mbit = 1e6 / 8

// TestWindowFillsLinks: after the first seconds the link is full, and what waits
// in front of it is about queueTime, or windowMin on a slow link.
func TestWindowFillsLinks(t *testing.T) {
	for _, c := range []struct {
		name string
		rate float64
		trip time.Duration
	}{
		{"a slow uplink", mbit, 30 * time.Millisecond},
		{"a satellite", 10 * mbit, 600 * time.Millisecond},
		{"100 Mbit/s, near", 100 * mbit, time.Millisecond},
		{"100 Mbit/s, far", 100 * mbit, 100 * time.Millisecond},
		{"1 Gbit/s, near", 1000 * mbit, 300 * time.Microsecond},
		{"1 Gbit/s, a country", 1000 * mbit, 20 * time.Millisecond},
		{"1 Gbit/s, an ocean", 1000 * mbit, 50 * time.Millisecond},
		{"10 Gbit/s, near", 10_000 * mbit, 100 * time.Microsecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newTestLink(c.rate, c.trip, 1)
			l.run(t, 8*time.Second)
			moved, longest := l.run(t, 30*time.Second)
			if use := float64(moved[0]) / l.most(30*time.Second); use < 0.85 {
				t.Errorf("%.2f of the link is used: %v", use, l.flows[0].w)
			}
			limit := 2*queueTime + c.trip*5/4 + time.Duration(windowMin*2/c.rate*float64(time.Second))
			if longest > limit {
				t.Errorf("bytes wait for %v, more than %v: %v", longest, limit, l.flows[0].w)
			}
		})
	}
}

// TestWindowStartsFast: a second is enough on any ordinary link.
func TestWindowStartsFast(t *testing.T) {
	for _, rate := range []float64{10 * mbit, 100 * mbit, 500 * mbit} {
		l := newTestLink(rate, 30*time.Millisecond, 1)
		l.run(t, 500*time.Millisecond)
		moved, _ := l.run(t, 500*time.Millisecond)
		if use := float64(moved[0]) / l.most(500*time.Millisecond); use < 0.9 {
			t.Errorf("%.0f Mbit/s: %.2f is used after half a second", rate/mbit, use)
		}
	}
}

// TestWindowFollowsTheWay: a longer way, a shorter one, a slower and a faster link
// are noticed.
func TestWindowFollowsTheWay(t *testing.T) {
	for _, c := range []struct {
		name       string
		from, to   time.Duration
		slow, fast float64
	}{
		{"longer", 5 * time.Millisecond, 50 * time.Millisecond, 200 * mbit, 200 * mbit},
		{"shorter", 50 * time.Millisecond, 5 * time.Millisecond, 200 * mbit, 200 * mbit},
		{"slower", 20 * time.Millisecond, 20 * time.Millisecond, 500 * mbit, 5 * mbit},
		{"faster", 20 * time.Millisecond, 20 * time.Millisecond, 5 * mbit, 500 * mbit},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newTestLink(c.slow, c.from, 1)
			l.run(t, 20*time.Second)
			l.delay, l.rate = c.to/2, c.fast
			l.run(t, 45*time.Second)
			moved, longest := l.run(t, 30*time.Second)
			if use := float64(moved[0]) / l.most(30*time.Second); use < 0.9 || longest > 2*queueTime+c.to+time.Duration(windowMin*2/c.fast*float64(time.Second)) {
				t.Errorf("%.2f is used, bytes wait for %v: %v", use, longest, l.flows[0].w)
			}
		})
	}
}

// TestWindowAmongOthers: others who keep a long queue do not push it aside for more
// than a moment, and when they are gone it keeps no such queue itself.
func TestWindowAmongOthers(t *testing.T) {
	l := newTestLink(100*mbit, 10*time.Millisecond, 1)
	l.run(t, 5*time.Second)
	l.crowd = 100 * time.Millisecond
	l.run(t, 3*time.Second)
	moved, _ := l.run(t, 2*time.Second)
	if least := int64(3 * windowMin * 20); moved[0] < least {
		t.Errorf("beside others %d bytes move in two seconds, fewer than %d: %v", moved[0], least, l.flows[0].w)
	}
	l.run(t, 10*time.Second)
	l.crowd = 0
	l.run(t, 30*time.Second)
	if moved, longest := l.run(t, 5*time.Second); longest > 2*queueTime+l.delay || float64(moved[0]) < 0.9*l.most(5*time.Second) {
		t.Errorf("when they are gone bytes wait for %v, %d move: %v", longest, moved[0], l.flows[0].w)
	}
}

// TestWindowsShareALink: several at once fill it, each gets some, and the queue
// does not grow with their number beyond measure.
func TestWindowsShareALink(t *testing.T) {
	l := newTestLink(100*mbit, 10*time.Millisecond, 4)
	l.run(t, 20*time.Second)
	moved, longest := l.run(t, 60*time.Second)
	total := int64(0)
	for _, n := range moved {
		total += n
	}
	use := float64(total) / l.most(60*time.Second)
	if use < 0.95 || longest > 6*queueTime || float64(slices.Min(moved)) < 0.05*float64(total) {
		t.Errorf("%.2f is used, shares are %v, bytes wait for %v", use, moved, longest)
	}
}

// TestWindowOnAnyLink: never more than windowMax, never stuck, and the link is
// used, also when answers come late now and then.
func TestWindowOnAnyLink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := math.Pow(10, rapid.Float64Range(4.7, 9).Draw(t, "rate, log"))
		trip := time.Duration(math.Pow(10, rapid.Float64Range(4.5, 8.3).Draw(t, "trip, log")))
		l := newTestLink(rate, trip, 1)
		if lateness := rapid.IntRange(0, 1000).Draw(t, "late, µs"); lateness > 0 {
			draws := uint64(lateness)
			l.late = func() time.Duration {
				draws = draws*6364136223846793005 + 1442695040888963407
				return time.Duration(draws>>33%uint64(lateness)) * time.Microsecond
			}
		}
		warm := 4*time.Second + 40*trip + time.Duration(windowFirst/rate*2*float64(time.Second))
		l.run(t, warm)
		d := 2*time.Second + 10*trip
		moved, _ := l.run(t, d)
		if use := (float64(moved[0]) + windowMin) / l.most(d); use < 0.6 {
			t.Fatalf("%.2f of %.0f kB/s, %v is used: %v", use, rate/1e3, trip, l.flows[0].w)
		}
	})
}

// TestWindowPieces: no piece is below the protocol's least unless it is all there
// is, and none is longer than asked for.
func TestWindowPieces(t *testing.T) {
	for size := int64(windowMin); size <= windowMax; size += 7919 {
		w := &window{size: size}
		if n := w.piece(blockBytes); n < blockMinBytes || n > blockBytes || n*3 > size {
			t.Errorf("a window of %d has pieces of %d", size, n)
		}
		if n := w.piece(77); n != 77 {
			t.Errorf("the end of a group goes as %d bytes", n)
		}
	}
}

// TestWindowUnderALimit: while only the sender's own limit holds back, pieces are
// large; once the window has, they are a part of what may be under way in any case,
// and as small as ever when the limit does not hold back any more.
func TestWindowUnderALimit(t *testing.T) {
	now := time.Unix(1000, 0)
	w := newWindow()
	w.limited = true
	for range 20 { // 32 KiB each 8 ms, answered after one
		n := w.piece(blockBytes)
		if n != windowFirst/2 {
			t.Fatalf("a piece of %d bytes under a limit", n)
		}
		w.send(n, now)
		if err := w.hear(uint64(w.sent), now.Add(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		now = now.Add(8 * time.Millisecond)
	}
	w.size = windowMin // the limit leaves more under way than that
	for n := w.piece(blockBytes); n > 0; n = w.piece(blockBytes) {
		w.send(n, now)
	}
	if n := w.pieceMax(); n != limitedMin/windowMarks {
		t.Errorf("a piece of %d bytes in a full window of %d", n, w.size)
	}
	if under := w.sent - w.received; under < limitedMin-w.pieceMax() || under > limitedMin {
		t.Errorf("%d bytes are under way", under)
	}
	w.limited = false
	if n := w.pieceMax(); n != windowMin/windowMarks || w.piece(n) != 0 {
		t.Errorf("without the limit a piece of %d bytes in a window of %d", n, w.size)
	}
}

// TestWindowWaitsForAnswers: full it holds back, an answer lets go on, and answers
// that cannot be are the other side's fault.
func TestWindowWaitsForAnswers(t *testing.T) {
	now := time.Unix(1000, 0)
	w := newWindow()
	marks := 0
	for n := w.piece(blockBytes); n > 0; n = w.piece(blockBytes) {
		if w.send(n, now) {
			marks++
		}
	}
	if w.sent != windowFirst || marks == 0 {
		t.Fatalf("%d bytes went with %d marks", w.sent, marks)
	}
	if w.stalled(now.Add(progressTime)) || !w.stalled(now.Add(progressTime+1)) {
		t.Error("a side that never answers is not stalled after progressTime")
	}
	for _, bad := range []uint64{windowFirst + 1, 1 << 63, math.MaxUint64} {
		if err := w.hear(bad, now); !errors.Is(err, errProtocol) {
			t.Errorf("%d bytes were received of %d: %v", bad, w.sent, err)
		}
	}
	if err := w.hear(20_000, now); err != nil {
		t.Fatal(err)
	}
	if w.stalled(now.Add(progressTime)) || w.piece(blockBytes) == 0 {
		t.Error("an answer does not let go on")
	}
	if err := w.hear(19_999, now); !errors.Is(err, errProtocol) {
		t.Errorf("fewer bytes than before: %v", err)
	}
	if err := w.hear(windowFirst, now); err != nil || len(w.marks) != 0 {
		t.Errorf("all is answered: %v, %d marks", err, len(w.marks))
	}
	later := now.Add(time.Hour)
	if w.send(w.piece(blockBytes), later); w.stalled(later.Add(progressTime)) {
		t.Error("what was sent after a rest is stalled at once")
	}
}

// TestWindowNeverLocksUp: a window that shrinks below what is under way unmarked
// still lets a piece go, with a mark.
func TestWindowNeverLocksUp(t *testing.T) {
	now := time.Unix(1000, 0)
	w := newWindow()
	w.fastest, w.size, w.round.marked = time.Millisecond, windowMax, true
	for range 3 {
		if w.send(blockBytes, now) {
			t.Fatal("a quarter of the window has a mark already")
		}
	}
	w.size = windowMin
	n := w.piece(blockBytes)
	if n == 0 || !w.send(n, now) {
		t.Errorf("%d bytes may go", n)
	}
	if w.piece(blockBytes) != 0 {
		t.Error("a second piece may go without an answer")
	}
}
