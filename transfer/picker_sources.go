package transfer

import (
	"time"

	"starling/share/content"
)

// supply is what the Picker knows of one source.
type supply struct {
	source Source
	have   content.Bitset
	asks   []ask // in the order they were asked; a source of several may send them in another
	owed   int64 // bytes of all asks
	came   int64 // of these, come and not yet verified
	last   int   // the group asked last

	waiting bool // in the source's queue
	stalled bool

	delivered  int64     // bytes of verified groups
	fresh      int64     // bytes moved since progressAt
	progressAt time.Time // when stallBytes had last moved, or asking began
	ticked     int64     // bytes moved since the last tick
	tickedAt   time.Time
	busyTick   bool    // something was asked of it all through the tick
	rate       float64 // bytes/s, smoothed; 0 while unknown
}

// ask is one group asked of one source.
type ask struct {
	group    int
	bytes    int64
	at       time.Time
	released bool // the source stalled: others may be asked too
	double   bool // asked in the endgame, beside another source
}

// outstanding are the bytes still to come.
func (u *supply) outstanding() int64 { return u.owed - u.came }

// cameOf guesses how much of the i-th ask has come, as if in the order asked.
func (u *supply) cameOf(i int) int64 {
	came := u.came
	for _, a := range u.asks[:i] {
		came -= a.bytes
	}
	return min(max(came, 0), u.asks[i].bytes)
}

func (u *supply) find(g int) int {
	for i, a := range u.asks {
		if a.group == g {
			return i
		}
	}
	return -1
}

func (u *supply) progress(now time.Time) {
	u.progressAt, u.fresh, u.stalled = now, 0, false
}

// speed is the rate to reckon with.
func (u *supply) speed() float64 {
	if u.rate == 0 {
		return rateFirst
	}
	return max(u.rate, 1)
}

// Join adds a source that holds the given groups, which are copied. One that is
// there already starts over.
func (p *Picker) Join(s Source, have content.Bitset, now time.Time) {
	p.Leave(s)
	u := &supply{source: s, have: have.Clone(), last: -2, tickedAt: now}
	p.bySource[s] = u
	p.sources = append(p.sources, u)
	for g := range have.All() {
		p.rarity.add(g, 1)
	}
	if !have.Complete() {
		p.partial++
	}
}

// Leave removes a source; what was asked of it is open again.
func (p *Picker) Leave(s Source) {
	u := p.bySource[s]
	if u == nil {
		return
	}
	p.void(u)
	delete(p.bySource, s)
	for i := range p.sources {
		if p.sources[i] == u {
			p.sources = append(p.sources[:i], p.sources[i+1:]...)
			break
		}
	}
	for g := range u.have.All() {
		p.rarity.add(g, -1)
	}
	if !u.have.Complete() {
		p.partial--
	}
}

// Learn notes that s holds g now. What a source of everything was asked for and has
// not begun is then left to s, so that the other can send what nobody else has: it
// gives that source, which can be told to stop.
func (p *Picker) Learn(s Source, g int) (cancel []Source) {
	u := p.bySource[s]
	if u == nil || u.have.Has(g) {
		return nil
	}
	u.have.Set(g)
	p.rarity.add(g, 1)
	if u.have.Complete() {
		p.partial--
	}
	if u.waiting || u.stalled || p.asked[g] != 1 || p.o.Exclusive || p.play >= 0 {
		return nil
	}
	for _, whole := range p.sources {
		i := whole.find(g)
		if i < 0 || whole == u || !whole.have.Complete() || whole.asks[i].released || whole.cameOf(i) > 0 {
			continue
		}
		p.drop(whole, i)
		return []Source{whole.source}
	}
	return nil
}

// Wait notes that s put us into its queue: what was asked of it will not come.
func (p *Picker) Wait(s Source) {
	if u := p.bySource[s]; u != nil {
		p.void(u)
		u.waiting, u.stalled = true, false
	}
}

// Serve notes that s will serve us again.
func (p *Picker) Serve(s Source, now time.Time) {
	if u := p.bySource[s]; u != nil {
		u.waiting = false
		p.revive(u, now)
	}
}

// void takes back everything asked of u.
func (p *Picker) void(u *supply) {
	for len(u.asks) > 0 {
		p.drop(u, len(u.asks)-1)
	}
}

// Moved notes bytes of groups that came from s and are not verified yet.
func (p *Picker) Moved(s Source, n int64, now time.Time) {
	u := p.bySource[s]
	if u == nil {
		return
	}
	u.ticked += n
	if u.fresh += n; u.fresh >= stallBytes {
		p.revive(u, now)
	}
	u.came = min(u.came+n, u.owed)
}

// revive notes progress. A source that had stalled has those of its groups back
// that nobody else has been asked for.
func (p *Picker) revive(u *supply, now time.Time) {
	u.progress(now)
	for i := range u.asks {
		if a := &u.asks[i]; a.released && p.asked[a.group] == 0 {
			p.reclaim(a)
		}
	}
}

// Tick measures rates and finds the sources that have stalled since the last
// tick; call it about twice a second. Their groups may be asked elsewhere, or,
// where groups are Exclusive, once they Leave.
func (p *Picker) Tick(now time.Time) (stalled []Source) {
	for _, u := range p.sources {
		p.measure(u, now)
		if u.stalled || u.outstanding() == 0 || now.Sub(u.progressAt) < stallTime {
			continue
		}
		u.stalled, p.suspects[u.source] = true, true
		stalled = append(stalled, u.source)
		if p.o.Exclusive {
			continue
		}
		for i := range u.asks {
			if a := &u.asks[i]; !a.released {
				a.released = true
				p.unask(a.group)
			}
		}
	}
	return stalled
}

// measure smooths the rate over the ticks in which the source had work.
func (p *Picker) measure(u *supply, now time.Time) {
	took := now.Sub(u.tickedAt).Seconds()
	if took <= 0 {
		return
	}
	if u.busyTick || u.ticked > 0 {
		rate := float64(u.ticked) / took
		if u.rate == 0 {
			u.rate = rate
		} else {
			u.rate += 0.4 * (rate - u.rate)
		}
	}
	u.ticked, u.tickedAt, u.busyTick = 0, now, len(u.asks) > 0
}

// Idle tells whether nothing is asked of s.
func (p *Picker) Idle(s Source) bool {
	u := p.bySource[s]
	return u == nil || len(u.asks) == 0
}

// Rate gives the measured rate of s in bytes/s, 0 while unknown.
func (p *Picker) Rate(s Source) float64 {
	if u := p.bySource[s]; u != nil {
		return u.rate
	}
	return 0
}

// Stalled tells whether s has stalled and not moved since.
func (p *Picker) Stalled(s Source) bool {
	u := p.bySource[s]
	return u != nil && u.stalled
}

// Holds tells whether s is known to hold g.
func (p *Picker) Holds(s Source, g int) bool {
	u := p.bySource[s]
	return u != nil && u.have.Has(g)
}
