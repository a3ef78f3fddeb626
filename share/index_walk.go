package share

import (
	"math/bits"

	"starling/share/words"
)

// straight says that walking through the postings of the only operand gives the
// best matches first, so that the walk may end early.
func (s *scratch) straight(op *operand) bool {
	return op.to-op.from == 1 && !op.wholeOnly && !s.read && !s.filter.coarse
}

// full is when a walk has enough.
func (s *scratch) full() int {
	if s.unsure() {
		return s.gathered()
	}
	return s.limit
}

// walk goes through the documents of the only operand, the best first: whole
// words in names, beginnings in names, whole words elsewhere, the rest.
func (s *scratch) walk(v *view, op *operand) {
	at, full := s.spansOf(op)[0], s.full()
	names, rest := v.posts[v.starts[at.lo]:v.mids[at.lo]], v.posts[v.mids[at.lo]:v.starts[at.lo+1]]
	s.set.begin(len(v.records))
	defer s.set.clear()
	if op.column == noColumn { // an ending: one term, in names only
		s.walkTerm(v, names, 0, noMark, full)
		return
	}
	if at.exact {
		s.walkTerm(v, names, postNameWhole, markOf(words.NameWhole, 0), full)
	}
	if len(s.found) >= full || s.effort <= 0 {
		return
	}
	u := s.union(0)
	u.open(v, s.spansOf(op))
	inName := markOf(words.NameBegin, 0)
	if u.blurred {
		inName = markOf(words.NameBegin, placeUnknown)
		full, s.blurred = max(full, s.enough()), true
	}
	s.walkUnion(v, u.name, &u.inName, inName, full)
	if at.exact {
		s.walkTerm(v, rest, postWhole, markOf(words.ElsewhereWhole, 0), full)
	}
	s.walkUnion(v, u.any, &u.outside, markOf(words.ElsewhereBegin, 0), full)
	u.close()
}

// walkTerm offers the documents of postings that have a flag, none if 0.
func (s *scratch) walkTerm(v *view, posts []posting, flag posting, m mark, full int) {
	s.rewind()
	for _, p := range posts {
		if len(s.found) >= full || s.effort <= 0 {
			return
		}
		s.effort -= costOfPosting
		if p&flag == flag {
			s.walkTo(v, p.doc(), m)
		}
	}
}

// walkTo offers one document, with the mark of the only term.
func (s *scratch) walkTo(v *view, doc uint32, m mark) {
	if s.set.has(doc) {
		return
	}
	s.set.add(doc)
	c := candidate{doc: doc}
	c.marks[0] = m
	s.offer(v, c)
}

// walkUnion offers the documents of bitmaps and of a set that were not offered
// before.
func (s *scratch) walkUnion(v *view, bitmaps [][]uint64, rest *docSet, m mark, full int) {
	s.rewind()
	if len(bitmaps) == 0 {
		rest.eachWord(func(w int) bool {
			s.walkWord(v, w, rest.words[w], m, full)
			return len(s.found) < full && s.effort > 0
		})
		return
	}
	for w := range rest.words {
		s.effort -= costOfTesting
		if len(s.found) >= full || s.effort <= 0 {
			return
		}
		s.walkWord(v, w, rest.words[w]|unite(bitmaps, w), m, full)
	}
}

func (s *scratch) walkWord(v *view, w int, some uint64, m mark, full int) {
	some &^= s.set.words[w]
	for ; some != 0 && len(s.found) < full && s.effort > 0; some &= some - 1 {
		doc := uint32(w*64 + bits.TrailingZeros64(some))
		s.walkTo(v, doc, m)
	}
}
