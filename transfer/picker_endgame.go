package transfer

import "time"

// doubleAfter is how long a group must have been asked for before it is doubled:
// the last groups of a fast download come by themselves.
const doubleAfter = 500 * time.Millisecond

// double chooses the group that u, which has nothing open left to fetch, should
// fetch beside another source: the one expected last, if u is likely to bring it
// in less than half that time. -1 where nothing is worth it.
func (p *Picker) double(u *supply, now time.Time) int {
	if p.o.Exclusive {
		return -1
	}
	best, worst := -1, 0.0
	for _, other := range p.sources {
		if other == u {
			continue
		}
		ahead := -other.came
		for _, a := range other.asks {
			ahead += a.bytes
			if a.released || now.Sub(a.at) < doubleAfter || p.asked[a.group] != 1 || !u.have.Has(a.group) {
				continue
			}
			if wait := p.expect(other, ahead, now); wait > worst {
				best, worst = a.group, wait
			}
		}
	}
	if best < 0 || 2*float64(p.bytes(best))/u.speed() > worst || !p.affords(best) {
		return -1
	}
	return best
}

// expect is when a source will have sent so many bytes, in seconds: by its rate,
// and never sooner than it has been silent for.
func (p *Picker) expect(u *supply, n int64, now time.Time) float64 {
	return max(float64(n)/u.speed(), now.Sub(u.progressAt).Seconds())
}

// affords keeps what could be fetched twice within the waste limit. A small
// file, of which that is less than a group, may double one group at a time.
func (p *Picker) affords(g int) bool {
	n := p.bytes(g)
	if p.wasted+p.doubled+n <= int64(wasteLimit*float64(p.layout.SizeBytes)) {
		return true
	}
	return p.doubled == 0 && p.wasted < n
}
