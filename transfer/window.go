package transfer

import (
	"fmt"
	"math/bits"
	"time"
)

const (
	// windowFirst is what may be under way before anything is known of the link:
	// little, for half a second of a slow one.
	windowFirst = 64 << 10
	// windowMin keeps the slowest link moving, windowMax is the muxer's own window.
	windowMin = 16 << 10
	windowMax = 4 << 20
	// limitedMin is what may be under way where a limit of the sender's own holds it
	// back, and not the link: pieces of 4 KiB would spare nobody, and cost CPU.
	limitedMin = 64 << 10
	// queueTime is what may wait on the link, in time: it bridges the moments when
	// a sender is late, and every search on the same connection waits as long.
	queueTime = 3 * time.Millisecond
	// queueTimeFast is that where more goes than through 1 Gbit/s: there it is the
	// processors that are late, by the turns of others, and waiting for answers costs
	// them more than it spares anybody.
	queueTimeFast = 8 * time.Millisecond
	fastRate      = 150e6
	// roundMin makes a round long enough to measure a rate in it.
	roundMin = 4 * time.Millisecond
	// fastestFor is how long the shortest round trip is believed.
	fastestFor = 10 * time.Second
	// roundsSure is how many rounds in a row must agree on what one would not prove.
	roundsSure    = 3
	roundsSureMax = 96
	// regrowth makes the first round of a later growth one by an eighth: a long link
	// would be flooded by more.
	regrowth = 3
	// windowPieces is how many pieces a window has at least, windowMarks how many
	// answers it asks for at least. What has come and is not answered yet is missing
	// on the link, so that is no more than a part of what waits there, markPart.
	windowPieces = 6
	windowMarks  = 4
	markPart     = 0.4
)

// window bounds the bytes that a source has under way on one stream, so that they
// fill the link and no more: what waits in front of the link holds up the searches
// of the same connection. It is a state machine: bytes sent and received go in
// with the time, how much may go comes out. One goroutine at a time.
//
// The source marks a piece now and then, and the other side answers with Received
// when it has read it. That gives round trips, and the rate between them:
//
//   - the window first grows by what is received, that is doubles with each round
//     trip, until round trips grow;
//   - from then on it is rate × (shortest round trip + queueTime), at most doubled
//     from one round to the next;
//   - the shortest round trip is looked for again when it is fastestFor old, with a
//     window that leaves no queue; and at once when even windowMin under way has a
//     long one, for then the way has changed, or others fill it.
//
// A round is at least a round trip; what counts of it is its shortest one, which
// only a queue that stays can lengthen.
type window struct {
	limited  bool  // a limit of the sender's own holds it back, see limitedMin
	size     int64 // bytes that may be under way
	sent     int64 // in all
	received int64 // of them, as far as is known
	marks    []windowMark
	sentAt   time.Time // the last piece
	held     bool      // since then something was held back
	movedAt  time.Time // when received grew, or an answer was asked for after a rest

	fastest   time.Duration // shortest round trip
	fastestAt time.Time
	rate      float64 // bytes/s
	growing   bool    // by what is received, shifted by slowly
	slowly    int
	probing   bool          // looking for the shortest round trip
	probed    time.Duration // what it was before
	calm      int           // rounds in a row without a queue though the window was full
	enough    int           // of them to grow again; more when that was in vain
	grewFrom  int64         // the size then
	crowded   int           // rounds in a row with a queue though the window was least
	round     windowRound
}

// windowMark is a piece that is to be answered.
type windowMark struct {
	end int64 // bytes sent with it, in all
	at  time.Time
}

type windowRound struct {
	start      time.Time
	received   int64         // at its start
	fastest    time.Duration // 0: none yet
	full       bool          // the window held something back
	fullBefore bool          // in the round before
	marked     bool          // its first piece has gone
}

func newWindow() *window { return &window{size: windowFirst, growing: true, enough: roundsSure} }

// piece is how many of n bytes may go now, 0 for none. A group's pieces are small
// in a small window. Without an answer to wait for a piece may always go.
func (w *window) piece(n int64) int64 {
	n = min(n, w.pieceMax())
	if len(w.marks) > 0 && w.sent+n-w.received > w.open() {
		w.held, w.round.full = true, true
		return 0
	}
	return n
}

// least is the smallest window, and open what may be under way now.
func (w *window) least() int64 {
	if w.limited {
		return limitedMin
	}
	return windowMin
}

func (w *window) open() int64 { return max(w.size, w.least()) }

// part is so much of the window, or of what waits. While it is a limit that holds
// back, and not the window, small pieces would spare nobody and cost time.
func (w *window) part(of int64) int64 {
	if w.limited && w.growing && !w.round.full && !w.round.fullBefore {
		return w.size / 2
	}
	n := w.size / of
	if w.rate > 0 {
		n = min(n, int64(w.rate*markPart*w.wait().Seconds()))
	}
	return max(n, w.least()/windowMarks)
}

// pieceMax is a power of two, so that no group ends in a small piece.
func (w *window) pieceMax() int64 {
	return min(int64(1)<<(bits.Len64(uint64(w.part(windowPieces)))-1), blockBytes)
}

// send notes a piece that goes now, and says whether to mark it.
func (w *window) send(n int64, now time.Time) (mark bool) {
	if rested := !w.held && now.Sub(w.sentAt) > roundMin; rested && !w.round.start.IsZero() {
		w.begin(now) // a rate with a rest in it says nothing of the link
	}
	w.sentAt, w.held = now, false
	w.sent += n
	if !w.due() {
		return false
	}
	if len(w.marks) == 0 {
		w.movedAt = now
	}
	w.marks = append(w.marks, windowMark{end: w.sent, at: now})
	w.round.marked = true
	return true
}

// due tells whether the last piece is to be marked: as the first of a round, which
// meets what waits in front of the link already; when enough has gone without; or
// when nothing more may go and no answer is on its way.
func (w *window) due() bool {
	unmarked := w.sent - w.received
	if len(w.marks) > 0 {
		unmarked = w.sent - w.marks[len(w.marks)-1].end
	}
	return !w.round.marked || unmarked >= w.part(windowMarks) ||
		len(w.marks) == 0 && w.sent+w.pieceMax()-w.received > w.open()
}

// hear takes the other side's word on how much it has read in all. The error is
// errProtocol for more than was sent, or less than before.
func (w *window) hear(bytes uint64, now time.Time) error {
	if bytes > uint64(w.sent) || bytes < uint64(w.received) {
		return fmt.Errorf("%w: it has received %d bytes, after %d of %d", errProtocol, bytes, w.received, w.sent)
	}
	if come := int64(bytes) - w.received; come > 0 {
		w.received, w.movedAt = int64(bytes), now
		if w.growing && (w.round.full || w.round.fullBefore) {
			w.size = min(w.size+come>>w.slowly, windowMax)
		}
	}
	answered := 0
	for answered < len(w.marks) && w.marks[answered].end <= w.received {
		answered++
	}
	if answered > 0 {
		last := w.marks[answered-1] // the others may have been answered together with it
		w.marks = w.marks[:copy(w.marks, w.marks[answered:])]
		w.measure(last.at, now)
	}
	return nil
}

// stalled tells whether the other side has had bytes for progressTime and has not
// told of any.
func (w *window) stalled(now time.Time) bool {
	return len(w.marks) > 0 && now.Sub(w.movedAt) > progressTime
}

// measure takes a round trip, and ends the round when it began in it.
func (w *window) measure(sent, now time.Time) {
	trip := max(now.Sub(sent), time.Microsecond)
	if w.fastest == 0 || trip < w.fastest {
		w.fastest, w.fastestAt = trip, now
	}
	if again := w.grewFrom > 0; again && trip > w.fastest*5/4+queueTime {
		w.growing = false // that was enough to see where it leads
	}
	r := &w.round
	if r.start.IsZero() {
		w.begin(now)
		return
	}
	within := !sent.Before(r.start)
	if counts := within || !w.probing; counts && (r.fastest == 0 || trip < r.fastest) {
		r.fastest = trip
	}
	if within && (w.growing || w.probing || now.Sub(r.start) >= roundMin) {
		w.adjust(now)
		w.begin(now)
	}
}

func (w *window) begin(now time.Time) {
	w.round = windowRound{start: now, received: w.received, fullBefore: w.round.full}
}

// adjust sets the size by what the round has shown.
func (w *window) adjust(now time.Time) {
	queue := w.round.fastest - w.fastest
	w.note(queue, now)
	switch {
	case w.probing && w.round.fastest >= w.probed*7/8:
		w.probing = false
		w.believe(w.round.fastest, now)
		w.size = windowMax // as before, not twice what it was to look
		w.set(w.target())
	case w.probing, now.Sub(w.fastestAt) >= fastestFor: // while it gets shorter, go on
		w.probing, w.probed = true, w.fastest
		w.size = max(int64(w.rate*w.fastest.Seconds()/2), windowMin)
	case w.crowded >= roundsSure:
		w.believe(w.round.fastest, now)
	case w.growing && queue > max(queueTime/2, w.fastest/8):
		w.growing = false
		w.set(w.target())
	case queue > queueTime/2 && !w.growing:
		w.set(w.target())
		w.judgeGrowth()
	case !w.round.full: // others hold it back
	case w.growing:
		w.slowly = max(w.slowly-1, 0)
	case w.calm >= w.enough:
		w.growAgain()
	default:
		w.set(w.target())
	}
}

func (w *window) growAgain() { w.growing, w.slowly, w.grewFrom = true, regrowth, w.size }

// judgeGrowth looks where the last growth has led. In vain, the next one waits
// longer.
func (w *window) judgeGrowth() {
	if w.grewFrom == 0 {
		return
	}
	if w.enough = min(2*w.enough, roundsSureMax); w.size > w.grewFrom*5/4 {
		w.enough = roundsSure
	}
	w.grewFrom = 0
}

// note keeps the rate and what several rounds agree on.
func (w *window) note(queue time.Duration, now time.Time) {
	if rate := float64(w.received-w.round.received) / now.Sub(w.round.start).Seconds(); !w.probing {
		switch {
		case w.rate == 0, w.growing, queue > 2*queueTime:
			w.rate = rate
		case w.round.full || rate > w.rate || queue > queueTime:
			w.rate = (w.rate + rate) / 2
		}
	}
	if w.calm++; queue > queueTime/2 || !w.round.full {
		w.calm = 0
	}
	if w.crowded++; queue <= queueTime || w.size > windowMin || w.sent-w.received > 2*windowMin {
		w.crowded = 0
	}
}

// believe takes a shortest round trip. Where it is another than before, the rate
// is open again.
func (w *window) believe(fastest time.Duration, now time.Time) {
	if fastest > w.fastest+queueTime {
		w.growAgain()
	}
	w.fastest, w.fastestAt = fastest, now
	w.calm, w.crowded = 0, 0
}

// target is what fills the link and leaves some waiting in front of it.
func (w *window) target() int64 {
	return int64(w.rate * (w.fastest + w.wait()).Seconds())
}

func (w *window) wait() time.Duration {
	if w.rate > fastRate {
		return queueTimeFast
	}
	return queueTime
}

func (w *window) set(size int64) {
	w.size = min(max(size, windowMin), 2*w.size, windowMax)
}
