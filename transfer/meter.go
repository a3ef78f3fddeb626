package transfer

import (
	"math"
	"time"
)

// meter smooths a rate out of a growing total.
type meter struct {
	at    time.Time
	total int64
	rate  float64 // bytes/s
}

const (
	meterMemory  = 2 * time.Second // how far back a rate remembers
	meterShortly = 100 * time.Millisecond
)

// mark notes the total at this moment.
func (m *meter) mark(total int64, now time.Time) {
	if m.at.IsZero() {
		m.at, m.total = now, total
		return
	}
	took := now.Sub(m.at)
	if took < meterShortly {
		return
	}
	rate := float64(total-m.total) / took.Seconds()
	m.rate += (1 - math.Exp(-float64(took)/float64(meterMemory))) * (rate - m.rate)
	m.at, m.total = now, total
}
