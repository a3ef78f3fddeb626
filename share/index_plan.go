package share

import (
	"slices"
	"strings"

	"starling/share/words"
)

// want is lookups, texts[from:to], of which a match fulfils one.
type want struct {
	from, to  int
	column    int  // of candidate.marks, or noColumn when it does not count for the score
	wholeOnly bool // the token must be a whole word
}

const noColumn = -1

// ban is the tokens of an excluded term, texts[from:to]: what lacks one of them
// does not hold the term. Sure: what has the one token as a whole word does.
type ban struct {
	from, to int
	sure     bool
}

// pair is two words that stand next to each other in every match: texts[at] and
// the one behind it.
type pair struct{ at int }

// want asks for the lookups of a term.
func (s *scratch) want(t words.Term, column int) {
	from := len(s.texts)
	s.texts = t.AppendLookups(s.texts)
	if t.Single() {
		s.wants = append(s.wants, want{from, len(s.texts), column, t.Exact && !s.texts[from].Prefix})
		return
	}
	s.read = true
	for i := from; i < len(s.texts); i++ {
		s.wants = append(s.wants, want{i, i + 1, noColumn, false})
	}
	if len(s.texts)-from != len(t.Words) {
		return // words of several pieces, whose places say nothing
	}
	for i := from; i+1 < len(s.texts); i++ {
		if !words.Unspaced(s.texts[i].Text) && !words.Unspaced(s.texts[i+1].Text) {
			s.pairs = append(s.pairs, pair{i})
		}
	}
}

// wantExts asks for one of some extensions. Of tar.gz the index knows gz, and that
// tar is a word of the name.
func (s *scratch) wantExts(exts []string) {
	if len(exts) == 0 {
		return
	}
	from := len(s.texts)
	for _, ext := range exts {
		s.texts = append(s.texts, words.Lookup{Text: extMark + lastPart(ext)})
	}
	s.wants = append(s.wants, want{from, len(s.texts), noColumn, false})
	if len(exts) > 1 || !strings.Contains(exts[0], ".") {
		return
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(exts[0], lastPart(exts[0])), ".") {
		if w := words.Words(part); len(w) == 1 && w[0] == part && !words.Unspaced(part) {
			s.texts = append(s.texts, words.Lookup{Text: part})
			s.wants = append(s.wants, want{len(s.texts) - 1, len(s.texts), noColumn, true})
		}
	}
}

// ban keeps the tokens of an excluded term that can be looked up each as one.
func (s *scratch) ban(t words.Term) {
	from := len(s.texts)
	s.texts = t.AppendLookups(s.texts)
	sure := len(t.Words) == 1 && !words.Unspaced(t.Words[0])
	s.texts = append(s.texts[:from], slices.DeleteFunc(s.texts[from:], func(l words.Lookup) bool { return l.Prefix })...)
	if len(s.texts) == from {
		s.read = true
		return
	}
	s.bans = append(s.bans, ban{from, len(s.texts), sure})
}

// plan is an expression in one segment.
type plan struct {
	spans    []span
	operands []operand // the rarest first
	bans     []banned
	pairs    []neighbours
}

// span is the terms that fulfil a lookup, of which the first may be exactly its
// text.
type span struct {
	lo, hi int
	exact  bool
}

// operand is a want in a segment: spans[from:to].
type operand struct {
	from, to  int
	terms     int
	postings  int
	column    int
	wholeOnly bool
}

type banned struct {
	cursor cursor
	sure   bool
}

type neighbours struct{ first, second cursor }

// possible says whether the words can stand next to each other, as far as their
// first places tell.
func (n *neighbours) possible(doc uint32) bool {
	a, aInName, okA := n.first.seek(doc)
	b, bInName, okB := n.second.seek(doc)
	if !okA || !okB {
		return true // fulfilled by another term than the one looked at
	}
	first, sureA := a.place(aInName)
	second, sureB := b.place(bInName)
	return !sureA || !sureB || second == first+1
}

// prepare looks everything up in the segment. It is not ok when some want has no
// term at all.
func (s *scratch) prepare(v *view) (ok bool) {
	p := &s.plan
	p.spans, p.operands, p.bans, p.pairs = p.spans[:0], p.operands[:0], p.bans[:0], p.pairs[:0]
	for _, w := range s.wants {
		op := operand{from: len(p.spans), column: w.column, wholeOnly: w.wholeOnly}
		for _, l := range s.texts[w.from:w.to] {
			lo, hi := v.terms.find(l.Text, l.Prefix)
			if lo < hi {
				p.spans = append(p.spans, span{lo, hi, len(v.terms.term(lo)) == len(l.Text)})
				op.terms += hi - lo
				op.postings += int(v.starts[hi] - v.starts[lo])
			}
		}
		if op.to = len(p.spans); op.to == op.from {
			return false
		}
		p.operands = append(p.operands, op)
	}
	for _, b := range s.bans {
		s.prepareBan(v, b)
	}
	for _, n := range s.pairs {
		s.preparePair(v, n)
	}
	slices.SortStableFunc(p.operands, func(a, b operand) int { return a.postings - b.postings })
	return true
}

// prepareBan watches the rarest token of an excluded term, if all are there.
func (s *scratch) prepareBan(v *view, b ban) {
	rarest, least := 0, uint32(0)
	for i, l := range s.texts[b.from:b.to] {
		lo, hi := v.terms.find(l.Text, false)
		if lo == hi {
			return
		}
		if n := v.starts[hi] - v.starts[lo]; i == 0 || n < least {
			rarest, least = lo, n
		}
	}
	s.plan.bans = append(s.plan.bans, banned{v.cursor(rarest), b.sure})
}

// preparePair can say something when each word is one term.
func (s *scratch) preparePair(v *view, n pair) {
	lo, hi := v.terms.find(s.texts[n.at].Text, s.texts[n.at].Prefix)
	lo2, hi2 := v.terms.find(s.texts[n.at+1].Text, s.texts[n.at+1].Prefix)
	if hi == lo+1 && hi2 == lo2+1 {
		s.plan.pairs = append(s.plan.pairs, neighbours{v.cursor(lo), v.cursor(lo2)})
	}
}

func (s *scratch) spansOf(op *operand) []span { return s.plan.spans[op.from:op.to] }
