package share

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// heavy is a range of terms that very many documents hold, made ready as two
// bitmaps: short beginnings of words and the most common words. A prefix is
// looked up by the largest such ranges within it and, one by one, the postings
// of its other terms, of which there are few by construction.
type heavy struct {
	lo, hi int
	name   []uint64 // documents that hold a term in the name
	any    []uint64 // or elsewhere; the same slice where there is no difference
	// blurred: name is any, to save memory. Of what begins with one or two bytes
	// hardly anybody cares where it stands, and whoever does can read the text.
	blurred bool
}

// blurredBytes is how long such beginnings are.
const blurredBytes = 2

const (
	// heavyBytesMax bounds the bitmaps, for each document. Within it, as little as
	// possible is left to go through.
	heavyBytesMax = 12
	// heavyParts is how many bitmaps may serve for one.
	heavyParts = 4
)

func (h *heavy) bytes() int {
	n := 8 * len(h.name)
	if &h.any[0] != &h.name[0] {
		n *= 2
	}
	return n
}

// findHeavy makes what no prefix and no term can do without, and tells what is
// light.
func (s *segment) findHeavy(lightMin int) (found []heavy, light int) {
	light = lightMin
	for len(s.posts) > light {
		f := heavyFinder{s: s, light: light}
		f.children(0, s.terms.len(), 0)
		if f.bytes() <= heavyBytesMax*len(s.records) {
			slices.SortFunc(f.found, func(a, b heavy) int { return cmp.Or(a.lo-b.lo, b.hi-a.hi) })
			for i := range f.found {
				f.found[i].fill(s)
			}
			return f.found, light
		}
		light += light/8 + 1
	}
	return nil, light
}

type heavyFinder struct {
	s     *segment
	light int
	found []heavy // not yet filled
}

// bytes is what the bitmaps need at most.
func (f *heavyFinder) bytes() (n int) {
	for _, h := range f.found {
		if n += 16 * len(f.s.blocks); h.blurred || string(f.s.terms.term(h.lo)[:1]) == extMark {
			n -= 8 * len(f.s.blocks)
		}
	}
	return n
}

// node looks at the terms that share their first bytes, and tells how many
// postings there are ready bitmaps for, and how many bitmaps.
func (f *heavyFinder) node(lo, hi, shared int) (ready, parts int) {
	postings := int(f.s.starts[hi] - f.s.starts[lo])
	if postings <= f.light {
		return 0, 0
	}
	if hi-lo > 1 {
		ready, parts = f.children(lo, hi, shared)
	}
	if postings-ready <= f.light && parts <= heavyParts || !f.asked(lo, hi, shared) {
		return ready, parts
	}
	f.found = append(f.found, heavy{lo: lo, hi: hi, blurred: hi-lo > 1 && shared <= blurredBytes})
	return postings, 1
}

// asked says that a lookup can ask for just these terms: for a single one, or for
// a beginning of whole characters, but no ext: asks for beginnings.
func (f *heavyFinder) asked(lo, hi, shared int) bool {
	term := f.s.terms.term(hi - 1)
	return hi-lo == 1 || string(term[:1]) != extMark && (shared == len(term) || utf8.RuneStart(term[shared]))
}

// children looks at the groups of terms that share one byte more.
func (f *heavyFinder) children(lo, hi, shared int) (ready, parts int) {
	for from := lo; from < hi; {
		to := from + 1
		if term := f.s.terms.term(from); len(term) > shared {
			_, to = f.s.terms.find(string(term[:shared+1]), true)
		}
		r, p := f.node(from, to, min(shared+1, len(f.s.terms.term(from))))
		ready, parts, from = ready+r, parts+p, to
	}
	return ready, parts
}

func (h *heavy) fill(s *segment) {
	h.name = make([]uint64, len(s.blocks))
	rest := 0
	for t := h.lo; t < h.hi; t++ {
		setBits(h.name, s.posts[s.starts[t]:s.mids[t]])
		rest += int(s.starts[t+1] - s.mids[t])
	}
	h.any = h.name
	if rest > 0 {
		if !h.blurred {
			h.any = slices.Clone(h.name)
		}
		for t := h.lo; t < h.hi; t++ {
			setBits(h.any, s.posts[s.mids[t]:s.starts[t+1]])
		}
	}
}

func setBits(words []uint64, posts []posting) {
	for _, p := range posts {
		words[p.doc()/64] |= 1 << (p.doc() % 64)
	}
}

// heavyWithin yields the largest ready ranges within some terms, ascending.
func (s *segment) heavyWithin(lo, hi int, yield func(h *heavy)) {
	i, _ := slices.BinarySearchFunc(s.heavy, lo, func(h heavy, lo int) int { return h.lo - lo })
	for ; i < len(s.heavy) && s.heavy[i].lo < hi; i++ {
		if h := &s.heavy[i]; h.lo >= lo && h.hi <= hi {
			yield(h)
			lo = h.hi
		}
	}
}
