package transfer

import "time"

const (
	// A peer that takes less than slowBytes in slowTime while others wait gives its
	// slot to them: 17 kB/s would hold up a group for 15 s. Under an upload limit a
	// quarter of a slot's share is asked of it, if that is less.
	slowTime  = 15 * time.Second
	slowBytes = 256 << 10
	// A slow one may end the group it is at; one that takes less than this part of
	// what is asked of it has stalled, and loses the slot in the middle of it.
	stalledPart = 16
)

// progress judges how fast a peer takes what it asked for.
type progress struct {
	since time.Time // of the window
	sent  int64     // before it
	slow  bool
	stall bool
}

// restart begins a new window, without a judgement.
func (p *progress) restart(sent int64, now time.Time) {
	*p = progress{since: now, sent: sent}
}

// mark looks at the bytes sent so far, of which least are asked for in a window.
func (p *progress) mark(sent, least int64, now time.Time) {
	if p.since.IsZero() {
		p.restart(sent, now)
	}
	if now.Sub(p.since) < slowTime {
		return
	}
	came := sent - p.sent
	p.restart(sent, now)
	p.slow, p.stall = came < least, came < least/stalledPart
}

// leastOf is what a peer must take in a window when a slot's share of the limits is
// so many bytes/s; 0 is unlimited.
func leastOf(share int64) int64 {
	if share == 0 {
		return slowBytes
	}
	return min(slowBytes, bytesIn(slowTime, share)/4)
}
