package share

import (
	"math"

	"starling/share/words"
)

// Limits of one search. They bound what a stranger's expression costs, at the
// price that among very many candidates some matches are not looked at.
const (
	spareMatches = 412     // matches gathered beyond the limit, to choose the best from
	maxTested    = 1 << 18 // candidates tested against posting lists
	maxRead      = 1 << 14 // candidates whose path is read again
	exhaustive   = math.MaxInt
)

// scratch is the memory of one search, used again by the next.
type scratch struct {
	expr    words.Expr
	limit   int
	enough  int // matches to gather in each segment
	tests   int // candidates left to test
	reads   int // paths left to read
	lookups []words.Lookup
	read    bool // the lookups do not suffice: read the path
	filter  bool // there are filters beside the words
	text    words.Text
	matches []scored
	seen    map[uint32]struct{} // documents of this segment that matched already
	lists   []list
}

type scored struct {
	record *record
	score  int
}

// list is the posting list of one lookup, with a cursor that moves only forward.
type list struct {
	docs  []uint32
	base  int // of docs in the segment's postings
	at    int
	exact bool
}

func (s *scratch) begin(e words.Expr, limit int) {
	s.expr, s.limit, s.enough, s.tests, s.reads = e, limit, limit+spareMatches, maxTested, maxRead
	if limit == exhaustive {
		s.enough, s.tests, s.reads = exhaustive, exhaustive, exhaustive
	}
	s.matches = s.matches[:0]
	s.lookups = e.Lookups()
	s.filter = e.HasFilters()
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
	s.seen = nil
	if driver < 0 {
		s.scan(v, enough)
		return
	}
	lo, hi := v.terms.find(s.lookups[driver].Text, s.lookups[driver].Prefix)
	if hi-lo > 1 {
		s.seen = make(map[uint32]struct{})
	}
	for t := lo; t < hi && len(s.matches) < enough; t++ {
		exact := len(v.terms.term(t)) == len(s.lookups[driver].Text)
		s.walk(v, v.postings(t, exact), enough)
	}
}

func (v *view) postings(t int, exact bool) list {
	from, to := v.starts[t], v.starts[t+1]
	return list{docs: v.posts[from:to], base: int(from), exact: exact}
}

// plan chooses the rarest lookup to drive the search, makes lists of the others
// that stand for one term, and leaves the rest to reading. It is not ok when
// some lookup has no term at all; the driver is -1 when there are no lookups.
func (s *scratch) plan(v *view) (driver int, ok bool) {
	driver, rarest := -1, math.MaxInt
	for i, l := range s.lookups {
		lo, hi := v.terms.find(l.Text, l.Prefix)
		if lo == hi {
			return 0, false
		}
		if n := int(v.starts[hi] - v.starts[lo]); n < rarest {
			driver, rarest = i, n
		}
	}
	s.read = !s.expr.Sufficient()
	s.lists = s.lists[:0]
	for i, l := range s.lookups {
		if i == driver {
			continue
		}
		lo, hi := v.terms.find(l.Text, l.Prefix)
		if hi-lo == 1 {
			s.lists = append(s.lists, v.postings(lo, len(v.terms.term(lo)) == len(l.Text)))
		} else {
			s.read = true
		}
	}
	return driver, true
}

// scan tries every record, for expressions that have filters only.
func (s *scratch) scan(v *view, enough int) {
	for doc := 0; doc < len(v.records) && len(s.matches) < enough && s.tests > 0; doc++ {
		s.tests--
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
		s.tests--
		score, inAll := s.inLists(v, doc)
		if inAll {
			s.try(v, doc, score+v.score(driver, i))
		}
	}
}

// inLists says whether all other lists hold doc, and adds up their scores.
func (s *scratch) inLists(v *view, doc uint32) (score int, ok bool) {
	for i := range s.lists {
		l := &s.lists[i]
		if !l.seek(doc) {
			return 0, false
		}
		score += v.score(*l, l.at)
	}
	return score, true
}

// score of a posting, in the measure of words.Expr.Score.
func (v *view) score(l list, at int) int {
	switch {
	case !v.inName.Has(l.base + at):
		return 0
	case l.exact:
		return 3
	}
	return 2
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

// try takes the document if it is alive, new and fulfils all that the lists
// could not say.
func (s *scratch) try(v *view, doc uint32, score int) {
	if v.dead.Has(int(doc)) {
		return
	}
	if _, again := s.seen[doc]; again {
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
	if s.seen != nil {
		s.seen[doc] = struct{}{}
	}
	s.matches = append(s.matches, scored{r, score})
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
