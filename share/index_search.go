package share

import (
	"math"
	"slices"
	"strings"

	"starling/share/words"
)

// spareMatches are candidates beyond the limit whose text is read when there are
// more, to choose the best from.
const spareMatches = 28

const exhaustive = math.MaxInt

// Measured costs in nanoseconds, to choose the cheaper way and to know when to
// give up.
const (
	costOfReading = 400 // a path, and matching it
	costOfRecord  = 200 // looking at a record, which is somewhere in memory
	costOfSeeking = 30  // one step of a cursor
	costOfTesting = 2   // a bit, or a column
	costOfPosting = 1   // going through a list
)

// candidate is a document that fulfils what was looked at so far.
type candidate struct {
	doc   uint32
	read  bool                 // only its text can tell whether it matches
	hit   mark                 // of the lookup at hand
	marks [words.MaxTerms]mark // for each term that is a single lookup
}

// scratch is the memory of one search, used again by the next.
type scratch struct {
	tuning tuning
	expr   words.Expr
	limit  int
	terms  int // of expr
	wants  []want
	bans   []ban
	pairs  []pair
	texts  []words.Lookup // of wants and bans and pairs
	read   bool           // lookups do not suffice: only the text can tell
	filter filter

	effort  int // left, in this segment
	plan    plan
	set     docSet // of candidates
	unions  []union
	exacts  []exact    // of a sweep's operands
	later   []someDocs // that lack a word in the name
	found   []candidate
	blurred bool // a bitmap was
	touched byte // keeps the compiler from leaving out a look at memory
	text    words.Text
	scores  []uint16
	order   []uint32
	matches []scored
	several bool // segments
}

type scored struct {
	record *record
	doc    uint32
	score  int32
	rank   uint8
}

func (s *scratch) search(views []view, e words.Expr, limit int) []*record {
	s.begin(e, limit)
	s.several = len(views) > 1
	for i := range views {
		s.collect(&views[i])
	}
	return s.best()
}

// begin takes an expression apart into what each segment is asked.
func (s *scratch) begin(e words.Expr, limit int) {
	s.expr, s.limit, s.terms, s.read = e, limit, len(e.Terms()), false
	s.wants, s.bans, s.pairs, s.texts = s.wants[:0], s.bans[:0], s.pairs[:0], s.texts[:0]
	s.matches = s.matches[:0]
	for i, t := range e.Terms() {
		s.want(t, i)
	}
	s.wantExts(e.Exts())
	for _, t := range e.Excluded() {
		s.ban(t)
	}
	for _, ext := range e.RefusedExts() {
		from := len(s.texts)
		s.texts = append(s.texts, words.Lookup{Text: extMark + lastPart(ext)})
		s.bans = append(s.bans, ban{from, len(s.texts), !strings.Contains(ext, ".")})
	}
	s.filter = newFilter(e)
}

// collect gathers the matches of one segment, the best of them. Half of the effort
// is kept for reading what was gathered.
func (s *scratch) collect(v *view) {
	s.effort, s.found, s.blurred = s.tuning.effortMax/2, s.found[:0], false
	if s.limit == exhaustive {
		s.effort = exhaustive / 2
	}
	if !s.prepare(v) {
		return
	}
	switch ops := s.plan.operands; {
	case len(ops) == 1 && s.straight(&ops[0]):
		s.walk(v, &ops[0])
	case len(ops) > 0 && ops[0].postings <= s.tuning.narrowMax:
		s.narrow(v)
	default:
		s.sweep(v)
	}
	s.effort += s.tuning.effortMax / 2
	s.weigh(v)
}

// enough is how many candidates are weighed when there are very many: those that
// count, and some more when their text may rank them anew.
func (s *scratch) enough() int {
	if s.limit >= exhaustive-spareMatches {
		return exhaustive
	}
	return s.limit + spareMatches
}

// gathered is how many candidates it takes to have enough, more when only their
// texts tell whether they match.
func (s *scratch) gathered() int {
	if n := s.enough(); n < exhaustive/unsureFactor && s.unsure() {
		return n * unsureFactor
	}
	return s.enough()
}

const unsureFactor = 8 // that many texts are read in half a millisecond

func (s *scratch) unsure() bool {
	return s.read || slices.ContainsFunc(s.plan.bans, func(b banned) bool { return !b.sure })
}

// offer takes a document that fulfils all lookups, if nothing speaks against it.
func (s *scratch) offer(v *view, c candidate) {
	read, ok := s.pass(v, c.doc)
	if !ok {
		return
	}
	c.read = c.read || read
	s.found = append(s.found, c)
}

// pass judges a document by all but the words it must hold: whether it is gone,
// exclusions, filters, and by their places whether words can stand next to each
// other. Documents come in order, or the cursors are rewound in between. Read
// says that only the text can tell.
func (s *scratch) pass(v *view, doc uint32) (read, ok bool) {
	s.effort -= costOfTesting
	if v.dead.Has(int(doc)) {
		return false, false
	}
	if s.filter.coarse && !s.filter.plausible(v, doc) {
		return false, false
	}
	for i := range s.plan.bans {
		s.effort -= costOfSeeking
		b := &s.plan.bans[i]
		if p, _, found := b.cursor.seek(doc); found && b.sure && p.has(postWhole) {
			return false, false
		} else if found && !b.sure {
			read = true
		}
	}
	for i := range s.plan.pairs {
		s.effort -= 2 * costOfSeeking
		if !s.plan.pairs[i].possible(doc) {
			return false, false
		}
	}
	if s.filter.needsRecord(v, doc) {
		s.effort -= costOfRecord
		return read, s.expr.MatchFilters(v.records[doc].document())
	}
	return read, true
}

func (s *scratch) rewind() {
	for i := range s.plan.bans {
		s.plan.bans[i].cursor.rewind()
	}
	for i := range s.plan.pairs {
		s.plan.pairs[i].first.rewind()
		s.plan.pairs[i].second.rewind()
	}
}
