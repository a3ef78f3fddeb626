package transfer

import (
	"math/rand/v2"
	"time"

	"starling/share/content"
)

// Picker decides what a download asks next, and of whom. It is a state machine:
// what happens goes in with the time it happened at, what to ask and to cancel
// comes out; it does no I/O and starts nothing. One goroutine at a time.
//
// What it considers, in this order:
//
//   - never two sources for one group, outside the endgame;
//   - a source has asked of it what it moves in windowTime, so that a fast one
//     never runs dry and a slow one never sits on much;
//   - the First groups before others;
//   - the rarest group first, among equals one at random: several fetchers of
//     one source then have different groups to trade. Only while every source
//     holds everything, the one that follows the group asked before, so that
//     disks read in order; beside other fetchers, one would trail the other
//     through the same groups;
//   - a source that moves nothing for stallTime loses its groups to others, and is
//     asked for one at a time, even when it comes anew, until it gives one;
//   - endgame: when every missing group is asked for, and has been for a moment,
//     an idle source doubles the group that would come last, as long as at most
//     wasteLimit of the file is at stake.
type Picker struct {
	o      PickerOptions
	layout content.Layout
	rnd    *rand.Rand

	have     content.Bitset
	rarity   rarity    // what is open, by how many sources hold it
	asked    []uint8   // per group: how many sources it is asked of and not stalled
	sources  []*supply // in the order they joined
	bySource map[Source]*supply
	partial  int             // sources that do not hold everything
	suspects map[Source]bool // have stalled, and not given a group since

	play    int   // groups are asked in file order from here on; -1: rarest first
	doubled int64 // bytes of groups asked twice now
	wasted  int64 // bytes that came and were not needed
}

// PickerOptions tune a Picker. The zero value is a good one.
type PickerOptions struct {
	// Sequential asks groups in file order, for what is played while it comes.
	// It costs variety: fetchers then have little to trade.
	Sequential bool
	// Random asks any group instead of the rarest; it is there to be compared with.
	Random bool
	// First is how many of the first groups are asked before all others: those
	// that say where the bytes of the others belong.
	First int
	// Exclusive says that a group cannot be written by two at once (groups too
	// large for memory): no endgame, and a stalled source keeps its groups until
	// it Leaves.
	Exclusive bool
	// WindowBytes bounds what is asked of one source at once. Default 4 MiB.
	// Larger fills longer links, smaller keeps a busy link responsive.
	WindowBytes int64
}

const (
	windowBytesDefault = 4 << 20
	windowBytesFirst   = 1 << 20 // before a source's rate is known
	// windowTime is short, so that what is asked of one source can still be asked of
	// another, and long enough for the answer of a source far away.
	windowTime = 500 * time.Millisecond
	// windowGroupsWhole is asked at least of a source of everything beside others: it
	// sends what it has sent least often, and needs some to choose from.
	windowGroupsWhole = 4
	stallTime         = 4 * time.Second // a tick later than this is within 5 s
	stallBytes        = 4 << 10         // less than this in stallTime is a stall
	wasteLimit        = 0.02
	rateFirst         = 1 << 20 // bytes/s assumed while unknown
)

// NewPicker starts with the groups held already; have is copied. rnd is the
// Picker's alone from now on.
func NewPicker(l content.Layout, have content.Bitset, o PickerOptions, rnd *rand.Rand) *Picker {
	if o.WindowBytes == 0 {
		o.WindowBytes = windowBytesDefault
	}
	p := &Picker{
		o: o, layout: l, rnd: rnd,
		have:     have.Clone(),
		rarity:   newRarity(l.Groups()),
		asked:    make([]uint8, l.Groups()),
		bySource: make(map[Source]*supply),
		suspects: make(map[Source]bool),
		play:     -1,
	}
	if o.Sequential {
		p.play = 0
	}
	for g := have.NextMissing(0); g >= 0; g = have.NextMissing(g + 1) {
		p.rarity.set(g)
	}
	return p
}

// PlayFrom asks groups in file order from this one on, and after the last those
// before it, for what is played while it comes: call it again when the player
// jumps. Negative turns back to the rarest first. What is asked for already still
// comes first.
func (p *Picker) PlayFrom(group int) { p.play = max(group, -1) }

// Complete tells whether every group is held.
func (p *Picker) Complete() bool { return p.have.Complete() }

// WastedBytes counts bytes that came and were not needed.
func (p *Picker) WastedBytes() int64 { return p.wasted }

// Ask gives the groups to ask of s now, in order; often none. It stops at room
// bytes, but not before the first group. They count as asked from here on.
func (p *Picker) Ask(s Source, room int64, now time.Time) []int {
	u := p.bySource[s]
	if u == nil || u.waiting || u.stalled || !p.refill(u) {
		return nil
	}
	var groups []int
	for p.roomFor(u) && (len(groups) == 0 || room >= p.layout.GroupBytes()) {
		g := p.next(u)
		if g < 0 || p.better(u, g) {
			break
		}
		p.take(u, g, false, now)
		groups = append(groups, g)
		room -= p.bytes(g)
	}
	if len(u.asks) == 0 && !p.suspects[s] {
		if g := p.double(u, now); g >= 0 {
			p.take(u, g, true, now)
			groups = append(groups, g)
		}
	}
	return groups
}

// Wants tells whether there is room to ask s for more, and more to ask.
func (p *Picker) Wants(s Source) bool {
	u := p.bySource[s]
	return u != nil && !u.waiting && !u.stalled && p.refill(u) && p.openIn(u, 0) >= 0
}

// better tells whether a suspect should leave g to a source that is not one and
// has nothing to do.
func (p *Picker) better(u *supply, g int) bool {
	if !p.suspects[u.source] {
		return false
	}
	for _, other := range p.sources {
		if !p.suspects[other.source] && !other.waiting && len(other.asks) == 0 && other.have.Has(g) {
			return true
		}
	}
	return false
}

// refill waits until half the window is free, so that one message asks for
// several groups.
func (p *Picker) refill(u *supply) bool {
	return len(u.asks) == 0 || u.outstanding() <= p.window(u)/2 || p.lastHalf(u)
}

func (p *Picker) roomFor(u *supply) bool {
	return len(u.asks) == 0 || u.outstanding()+p.layout.GroupBytes() <= p.window(u) || p.lastHalf(u)
}

// lastHalf keeps groups larger than the window coming without a gap: the next is
// asked for when half of the last one is here.
func (p *Picker) lastHalf(u *supply) bool {
	return len(u.asks) == 1 && u.outstanding() <= p.bytes(u.asks[0].group)/2
}

func (p *Picker) window(u *supply) int64 {
	switch {
	case p.suspects[u.source]:
		return 0 // one group at a time
	case u.rate == 0:
		return min(windowBytesFirst+u.delivered, p.o.WindowBytes)
	}
	window := int64(u.rate * windowTime.Seconds())
	if p.partial > 0 && u.have.Complete() {
		window = max(window, windowGroupsWhole*p.layout.GroupBytes())
	}
	return min(window, p.o.WindowBytes)
}

func (p *Picker) bytes(g int) int64 {
	_, n := p.layout.Span(g)
	return n
}

// next chooses among the open groups that u holds; -1 if there is none.
func (p *Picker) next(u *supply) int {
	follows := u.last + 1
	if p.o.First > 0 {
		if g := p.openIn(u, 0); g >= 0 && g < p.o.First {
			return g
		}
	}
	switch {
	case p.play >= 0:
		return p.openRound(u, p.play)
	case p.o.Random:
		return p.openRound(u, p.rnd.IntN(p.layout.Groups()))
	case p.partial > 0:
		return p.rarity.rarest(u.have, p.rnd.IntN)
	case p.rarity.open.Has(follows):
		return follows
	}
	// Every source holds everything: no group is rarer than another.
	return p.openRound(u, p.rnd.IntN(p.layout.Groups()))
}

// openRound is the first open group that u holds from one on, or else from the
// start; -1 where there is none.
func (p *Picker) openRound(u *supply, from int) int {
	if g := p.openIn(u, from); g >= 0 {
		return g
	}
	return p.openIn(u, 0)
}

// openIn is the least open group ≥ from that u holds, or -1.
func (p *Picker) openIn(u *supply, from int) int { return p.rarity.open.NextSetIn(u.have, from) }

// take notes that g is asked of u.
func (p *Picker) take(u *supply, g int, double bool, now time.Time) {
	if len(u.asks) == 0 {
		u.progressAt, u.fresh = now, 0
	}
	u.asks = append(u.asks, ask{group: g, bytes: p.bytes(g), double: double, at: now})
	u.owed += p.bytes(g)
	u.last = g
	p.asked[g]++
	p.rarity.clear(g)
	if double {
		p.doubled += p.bytes(g)
	}
}

// Got notes that g has come from s and is verified. It gives the other sources
// that were asked for it, which can be told to stop.
func (p *Picker) Got(s Source, g int, now time.Time) (cancel []Source) {
	p.have.Set(g)
	p.rarity.clear(g)
	for _, u := range p.sources {
		i := u.find(g)
		if i < 0 {
			continue
		}
		if u.source == s {
			u.delivered += p.bytes(g)
			u.came = max(u.came-p.bytes(g), 0)
			delete(p.suspects, s)
			p.revive(u, now)
		} else {
			p.wasted += u.cameOf(i)
			u.came -= u.cameOf(i)
			cancel = append(cancel, u.source)
		}
		p.drop(u, i)
	}
	return cancel
}

// Lost notes that g is not held after all.
func (p *Picker) Lost(g int) {
	p.have.Clear(g)
	if p.asked[g] == 0 {
		p.rarity.set(g)
	}
}

// Wasted counts bytes that came for a group no one waits for.
func (p *Picker) Wasted(n int64) { p.wasted += n }

// drop takes the i-th ask from u.
func (p *Picker) drop(u *supply, i int) {
	a := u.asks[i]
	u.asks = append(u.asks[:i], u.asks[i+1:]...)
	u.owed -= a.bytes
	u.came = min(u.came, u.owed)
	if a.double {
		p.doubled -= p.bytes(a.group)
	}
	if !a.released {
		p.unask(a.group)
	}
}

// unask takes one live asker from g. Where it was the last, a source that had
// lost the group by a stall and moves again has it back; else the group is open.
func (p *Picker) unask(g int) {
	if p.asked[g]--; p.asked[g] > 0 || p.have.Has(g) {
		return
	}
	for _, u := range p.sources {
		if i := u.find(g); i >= 0 && u.asks[i].released && !u.stalled {
			p.reclaim(&u.asks[i])
			return
		}
	}
	p.rarity.set(g)
}

// reclaim makes a released ask a live one.
func (p *Picker) reclaim(a *ask) {
	a.released = false
	p.asked[a.group]++
	p.rarity.clear(a.group)
}
