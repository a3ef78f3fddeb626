package share

import (
	"math"

	"starling/share/words"
)

// Limits of one search. They bound what a stranger's expression costs, at the
// price that among very many candidates some matches are not looked at.
const (
	spareMatches = 412     // matches gathered beyond the limit, to choose the best from
	maxTested    = 1 << 18 // candidates tested against posting lists and filters
	maxRead      = 1 << 14 // candidates whose path is read again
	exhaustive   = math.MaxInt
)

// Measured costs in nanoseconds, to choose the cheaper way.
const (
	costOfReading = 500 // a path, and matching it
	costOfMarking = 2   // a posting
	costOfClear   = 1   // 256 documents
)

// scratch is the memory of one search, used again by the next.
type scratch struct {
	expr    words.Expr
	limit   int
	enough  int // matches to gather in each segment
	tests   int // candidates left to test
	reads   int // paths left to read
	lookups []words.Lookup
	filter  bool // there are filters beside the words
	types   []words.Type
	least   uint8 // magnitudes of the sizes that are wanted
	most    uint8

	ranges []termRange
	lists  []list  // lookups of one term
	unions []marks // lookups of many terms
	used   int     // of unions
	read   bool    // the lists and unions do not suffice: read the path

	repeats bool  // the driver may name a document twice
	seen    marks // then: documents of this segment that matched already
	text    words.Text
	matches []scored
}

type scored struct {
	record *record
	score  int
}

// termRange is the terms that fulfil a lookup.
type termRange struct {
	lo, hi   int
	length   int // of the lookup's text
	postings int
}

func (r termRange) exact(v *view, t int) bool { return len(v.terms.term(t)) == r.length }

// list is the posting list of one term, with a cursor that moves only forward.
type list struct {
	docs  []uint32
	base  int // of docs in the segment's postings
	at    int
	exact bool
}

func (v *view) postings(t int, exact bool) list {
	from, to := v.starts[t], v.starts[t+1]
	return list{docs: v.posts[from:to], base: int(from), exact: exact}
}

// mark of the posting at a place of the list.
func (l *list) mark(v *view, at int) uint64 {
	switch {
	case !v.inName.Has(l.base + at):
		return markFolder
	case l.exact:
		return markWhole
	}
	return markName
}

func (s *scratch) begin(e words.Expr, limit int) {
	s.expr, s.limit, s.enough, s.tests, s.reads = e, limit, limit+spareMatches, maxTested, maxRead
	if limit == exhaustive {
		s.enough, s.tests, s.reads = exhaustive, exhaustive, exhaustive
	}
	s.matches = s.matches[:0]
	s.lookups = e.Lookups()
	s.filter, s.types = e.HasFilters(), e.Types()
	least, most := e.SizeRange()
	s.least, s.most = magnitude(least), magnitude(most)
	if exts := e.Exts(); len(exts) == 1 {
		s.lookups = append(s.lookups, words.Lookup{Text: extMark + lastPart(exts[0])})
	}
}

// lastPart of an extension such as tar.gz is what the index knows.
func lastPart(ext string) string {
	for i := len(ext) - 1; i >= 0; i-- {
		if ext[i] == '.' {
			return ext[i+1:]
		}
	}
	return ext
}

// collect gathers the matches of one segment.
func (s *scratch) collect(v *view) {
	driver, ok := s.plan(v)
	if !ok {
		return
	}
	enough := s.enough
	if enough != exhaustive {
		enough += len(s.matches)
	}
	if driver < 0 {
		s.scan(v, enough)
		return
	}
	r := s.ranges[driver]
	if s.repeats = r.hi-r.lo > 1; s.repeats {
		s.seen.begin(len(v.records))
	}
	for t := r.lo; t < r.hi && len(s.matches) < enough; t++ {
		s.walk(v, v.postings(t, r.exact(v, t)), enough)
	}
}

// plan chooses the rarest lookup to drive the search and makes ready what the
// others are tested by. It is not ok when some lookup has no term at all; the
// driver is -1 when there are no lookups.
func (s *scratch) plan(v *view) (driver int, ok bool) {
	s.ranges, s.lists, s.used, s.read = s.ranges[:0], s.lists[:0], 0, !s.expr.Sufficient()
	driver = -1
	for i, l := range s.lookups {
		lo, hi := v.terms.find(l.Text, l.Prefix)
		if lo == hi {
			return 0, false
		}
		r := termRange{lo, hi, len(l.Text), int(v.starts[hi] - v.starts[lo])}
		s.ranges = append(s.ranges, r)
		if driver < 0 || r.postings < s.ranges[driver].postings {
			driver = i
		}
	}
	for i, r := range s.ranges {
		switch {
		case i == driver:
		case r.hi-r.lo == 1:
			s.lists = append(s.lists, v.postings(r.lo, r.exact(v, r.lo)))
		case s.worthMarking(v, s.ranges[driver].postings, r.postings):
			s.union().fill(v, r)
		default:
			s.read = true
		}
	}
	return driver, true
}

// worthMarking guesses how many candidates it takes to find enough, and so what
// reading their paths would cost.
func (s *scratch) worthMarking(v *view, candidates, postings int) bool {
	if s.enough != exhaustive {
		needed := float64(s.enough) * float64(len(v.records)) / float64(postings)
		candidates = min(candidates, int(needed), s.reads)
	}
	return candidates*costOfReading > postings*costOfMarking+len(v.records)/256*costOfClear
}

func (s *scratch) union() *marks {
	if s.used == len(s.unions) {
		s.unions = append(s.unions, marks{})
	}
	s.used++
	return &s.unions[s.used-1]
}

// scan tries every record, for expressions that have filters only.
func (s *scratch) scan(v *view, enough int) {
	s.repeats = false
	for doc := range v.records {
		if len(s.matches) >= enough || s.tests <= 0 || s.reads <= 0 {
			return
		}
		s.try(v, uint32(doc), 0)
	}
}

// walk tries the documents of one term of the driver.
func (s *scratch) walk(v *view, driver list, enough int) {
	for i := range s.lists {
		s.lists[i].at = 0
	}
	for i, doc := range driver.docs {
		if len(s.matches) >= enough || s.tests <= 0 || s.reads <= 0 {
			return
		}
		if score, ok := s.others(v, doc); ok {
			s.try(v, doc, score+markScores[driver.mark(v, i)])
		} else {
			s.tests--
		}
	}
}

// others says whether doc fulfils all lookups but the driver, as far as lists
// and unions know, and adds up their scores.
func (s *scratch) others(v *view, doc uint32) (score int, ok bool) {
	for i := range s.lists {
		l := &s.lists[i]
		if !l.seek(doc) {
			return 0, false
		}
		score += markScores[l.mark(v, l.at)]
	}
	for i := range s.used {
		mark := s.unions[i].of(doc)
		if mark == markNone {
			return 0, false
		}
		score += markScores[mark]
	}
	return score, true
}

// seek moves forward to doc by doubling steps, then halving.
func (l *list) seek(doc uint32) bool {
	lo, step := l.at, 1
	for lo+step < len(l.docs) && l.docs[lo+step] < doc {
		lo += step
		step *= 2
	}
	hi := min(lo+step+1, len(l.docs))
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if l.docs[mid] < doc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	l.at = lo
	return lo < len(l.docs) && l.docs[lo] == doc
}

// try takes the document if it is alive, new and fulfils all that lists and
// unions could not say.
func (s *scratch) try(v *view, doc uint32, score int) {
	s.tests--
	if v.dead.Has(int(doc)) || s.repeats && s.seen.of(doc) != markNone || s.filter && !s.plausible(v, doc) {
		return
	}
	r := v.records[doc]
	if s.read {
		s.reads--
		s.text.Set(r.path)
		if !s.expr.MatchText(&s.text, r.document()) {
			return
		}
		score = s.expr.Score(&s.text)
	} else if s.filter && !s.expr.MatchFilters(r.document()) {
		return
	}
	if s.repeats {
		s.seen.raise(doc, markFolder)
	}
	s.matches = append(s.matches, scored{r, score})
}

// plausible judges type and size by the columns of the segment.
func (s *scratch) plausible(v *view, doc uint32) bool {
	if m := v.magnitudes[doc]; m < s.least || m > s.most {
		return false
	}
	for _, t := range s.types {
		if t == v.types[doc] {
			return true
		}
	}
	return len(s.types) == 0
}

// best gives the matches by score, of equal ones those found first, which have
// the shorter paths.
func (s *scratch) best() []*record {
	top := 0
	for _, m := range s.matches {
		top = max(top, m.score)
	}
	out := make([]*record, 0, min(s.limit, len(s.matches)))
	for score := top; score >= 0 && len(out) < s.limit; score-- {
		for _, m := range s.matches {
			if m.score == score && len(out) < s.limit {
				out = append(out, m.record)
			}
		}
	}
	clear(s.matches) // hold on to no record
	return out
}
