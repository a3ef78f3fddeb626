package share

import "math/bits"

// sweep goes through all documents, 64 at a time, for expressions whose every
// operand has many of them, or that have filters only. Documents that have all
// words in their names come before others.
func (s *scratch) sweep(v *view) {
	ops := s.plan.operands
	s.exacts, s.later = s.exacts[:0], s.later[:0]
	for i := range ops {
		s.union(i).open(v, s.spansOf(&ops[i]))
		s.blurred = s.blurred || s.unions[i].blurred
		s.exacts = append(s.exacts, s.exact(v, &ops[i]))
	}
	s.rewind()
	enough := s.gathered()
	for from := 0; from < len(v.blocks) && len(s.found) < enough && s.effort > 0; from += len(chunk{}) {
		s.effort -= costOfPosting * len(chunk{})
		s.sweepChunk(v, from, enough)
	}
	s.rewind()
	for i := range s.exacts {
		s.exacts[i].rewind()
	}
	for _, some := range s.later {
		s.sweepWord(v, some.w, some.rest, enough)
	}
	for i := range ops {
		s.union(i).close()
	}
}

// someDocs are some of 64 documents.
type someDocs struct {
	w    int
	rest uint64
}

// chunk is words of a bitmap that are worked on together, which is several times
// quicker than one by one.
type chunk [64]uint64

func (s *scratch) sweepChunk(v *view, from, enough int) {
	var room chunk
	some := room[:min(len(room), len(v.blocks)-from)]
	for i := range some {
		some[i] = ^uint64(0)
	}
	for i := range s.plan.operands {
		if !s.unions[i].and(some, from) {
			return
		}
	}
	for i, rest := range some {
		w := from + i
		if rest == 0 || s.filter.sized && !s.filter.possible(v.blocks[w]) {
			continue
		}
		if last := len(v.records) - 1; w == last/64 {
			rest &= ^uint64(0) >> (63 - last%64)
		}
		if s.filter.typed {
			rest &= s.ofTypes(v, w)
		}
		if s.filter.sized && rest != 0 {
			s.effort -= 64 / sizeLanes * costOfPosting
			rest &= v.sizedWithin(w, s.filter.least, s.filter.most)
		}
		if len(s.found) >= enough || s.effort <= 0 {
			return
		}
		inName := s.inNames(w, rest)
		s.sweepWord(v, w, inName, enough)
		if rest &^= inName; rest != 0 {
			s.later = append(s.later, someDocs{w, rest})
		}
	}
}

// inNames are those of some documents that have all words in their names.
func (s *scratch) inNames(w int, rest uint64) uint64 {
	for i := range s.plan.operands {
		if rest &= s.unions[i].nameWord(w); rest == 0 {
			return 0
		}
	}
	return rest
}

func (s *scratch) sweepWord(v *view, w int, rest uint64, enough int) {
	for ; rest != 0 && len(s.found) < enough && s.effort > 0; rest &= rest - 1 {
		s.sweepTo(v, uint32(w*64+bits.TrailingZeros64(rest)))
	}
}

func (s *scratch) sweepTo(v *view, doc uint32) {
	read, ok := s.pass(v, doc)
	if !ok {
		return
	}
	c := candidate{doc: doc, read: read}
	for i, op := range s.plan.operands {
		if !op.wholeOnly && op.column == noColumn {
			continue
		}
		s.effort -= costOfSeeking
		m := s.exacts[i].better(doc, s.unions[i].mark(doc), op.wholeOnly)
		if m == noMark {
			return
		}
		if op.column != noColumn {
			c.marks[op.column] = m
		}
	}
	s.found = append(s.found, c)
}

// ofTypes are the documents of the wanted types among 64.
func (s *scratch) ofTypes(v *view, w int) uint64 {
	some := uint64(0)
	for _, t := range s.filter.wantedByType {
		if b := v.ofType[slot(t)%len(v.ofType)]; b != nil {
			some |= b[w]
		}
	}
	return some
}

// exact is the term that is just a lookup's text, if there is one: its postings
// tell more than bitmaps.
type exact struct{ cursor }

func (s *scratch) exact(v *view, op *operand) exact {
	if at := s.spansOf(op)[0]; at.exact {
		return exact{v.cursor(at.lo)}
	}
	return exact{}
}

// better gives the mark of the exact term if it is the better one, or if only it
// counts. Documents come in order.
func (e *exact) better(doc uint32, m mark, wholeOnly bool) mark {
	p, inName, ok := e.seek(doc)
	switch {
	case wholeOnly && !ok:
		return noMark
	case !ok:
		return m
	}
	if own := p.mark(inName, true, wholeOnly); wholeOnly || own.found() > m.found() {
		return own
	}
	return m
}
