package share

import "starling/share/words"

// union is the documents of an operand as bitmaps: those that are ready, and the
// postings of the other terms.
type union struct {
	name, any       [][]uint64 // any includes name
	inName, outside docSet     // documents of the other postings
	rest            bool       // there are some
	blurred         bool       // name includes more than it should
}

// union gives the n-th of the scratch's unions, closed.
func (s *scratch) union(n int) *union {
	for len(s.unions) <= n {
		s.unions = append(s.unions, union{})
	}
	return &s.unions[n]
}

func (u *union) open(v *view, spans []span) {
	u.name, u.any, u.rest, u.blurred = u.name[:0], u.any[:0], false, false
	u.inName.begin(len(v.records))
	u.outside.begin(len(v.records))
	for _, at := range spans {
		from := at.lo
		v.heavyWithin(at.lo, at.hi, func(h *heavy) {
			u.addRest(v, from, h.lo)
			u.name, u.any, u.blurred = append(u.name, h.name), append(u.any, h.any), u.blurred || h.blurred
			from = h.hi
		})
		u.addRest(v, from, at.hi)
	}
}

func (u *union) addRest(v *view, lo, hi int) {
	if lo >= hi {
		return
	}
	u.rest = true
	flood := v.starts[hi]-v.starts[lo] > floodMin
	if flood {
		u.inName.flood()
		u.outside.flood()
	}
	for t := lo; t < hi; t++ {
		from, mid, to := v.starts[t], v.mids[t], v.starts[t+1]
		if flood {
			setBits(u.inName.words, v.posts[from:mid])
			setBits(u.outside.words, v.posts[mid:to])
			continue
		}
		u.inName.addAll(v.posts[from:mid])
		u.outside.addAll(v.posts[mid:to])
	}
}

// close clears the sets for the next use and lets go of the bitmaps.
func (u *union) close() {
	u.inName.clear()
	u.outside.clear()
	clear(u.name)
	clear(u.any)
}

// unite gives one word of the union of bitmaps.
func unite(bitmaps [][]uint64, w int) uint64 {
	some := uint64(0)
	for _, b := range bitmaps {
		some |= b[w]
	}
	return some
}

func (u *union) nameWord(w int) uint64 { return u.inName.words[w] | unite(u.name, w) }

func (u *union) anyWord(w int) uint64 {
	some := uint64(0)
	if u.rest {
		some = u.inName.words[w] | u.outside.words[w]
	}
	for _, b := range u.any {
		some |= b[w]
	}
	return some
}

// and keeps of some words from a place on what is in the union, and tells whether
// anything is left.
func (u *union) and(some []uint64, from int) bool {
	left := uint64(0)
	to := from + len(some)
	if len(u.any) == 1 && !u.rest {
		for i, w := range u.any[0][from:to] {
			some[i] &= w
			left |= some[i]
		}
		return left != 0
	}
	var room chunk
	all := room[:len(some)]
	if u.rest {
		outside := u.outside.words[from:to]
		for i, w := range u.inName.words[from:to] {
			all[i] = w | outside[i]
		}
	}
	for _, b := range u.any {
		for i, w := range b[from:to] {
			all[i] |= w
		}
	}
	for i, w := range all {
		some[i] &= w
		left |= some[i]
	}
	return left != 0
}

// mark tells what bitmaps can tell of a document: not the place in the name, and
// not for sure whether it is in the name at all if they are blurred.
func (u *union) mark(doc uint32) mark {
	w, bit := int(doc/64), uint64(1)<<(doc%64)
	switch {
	case u.nameWord(w)&bit != 0:
		return markOf(words.NameBegin, placeUnknown)
	case u.anyWord(w)&bit != 0:
		return markOf(words.ElsewhereBegin, placeUnknown)
	}
	return noMark
}
