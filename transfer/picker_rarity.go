package transfer

import "starling/share/content"

// rarity keeps the open groups by how many sources hold them, so that the rarest
// that a source can give is found in a few words of bits, however many groups a
// file has.
type rarity struct {
	groups int
	held   []uint16         // per group: how many sources hold it
	open   content.Bitset   // neither held nor asked of a live source
	levels []content.Bitset // by held: the open groups; [0] is of those nobody has
	counts []int            // of each level
}

func newRarity(groups int) rarity {
	return rarity{groups: groups, held: make([]uint16, groups), open: content.NewBitset(groups)}
}

func (r *rarity) put(g int) {
	level := int(r.held[g])
	for len(r.levels) <= level {
		r.levels = append(r.levels, content.NewBitset(r.groups))
		r.counts = append(r.counts, 0)
	}
	r.levels[level].Set(g)
	r.counts[level]++
}

func (r *rarity) take(g int) {
	r.levels[r.held[g]].Clear(g)
	r.counts[r.held[g]]--
}

// set makes g open.
func (r *rarity) set(g int) {
	if !r.open.Has(g) {
		r.open.Set(g)
		r.put(g)
	}
}

// clear makes g not open.
func (r *rarity) clear(g int) {
	if r.open.Has(g) {
		r.open.Clear(g)
		r.take(g)
	}
}

// add notes one holder of g more, or, with -1, one less.
func (r *rarity) add(g, holders int) {
	open := r.open.Has(g)
	if open {
		r.take(g)
	}
	r.held[g] += uint16(holders)
	if open {
		r.put(g)
	}
}

// rarest is one of the least held open groups that are in have, by a fair draw
// among equals; -1 where there is none.
func (r *rarity) rarest(have content.Bitset, draw func(n int) int) int {
	for level, open := range r.levels {
		if r.counts[level] == 0 {
			continue
		}
		if n := open.CountIn(have); n > 0 {
			return open.NthIn(have, draw(n))
		}
	}
	return -1
}
