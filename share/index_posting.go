package share

import (
	"slices"

	"starling/share/words"
)

// posting says that a term stands in a document, and where:
//
//	document 24 bits │ repeated │ whole │ whole in the name │ place 5 bits
//
// A term's postings in names come before those of documents that have it only
// elsewhere, in folders or tags; both ascend.
type posting uint32

const (
	docsMax = 1 << 24 // of a segment: what fits beside the eight bits

	postRepeated  = 1 << 7 // at more than one place of the document
	postWhole     = 1 << 6 // somewhere as a whole word, not only as the end of one
	postNameWhole = 1 << 5 // in the name as a whole word

	// The word of the name, from 0, that holds the first of the best places; or,
	// elsewhere, how many words of folders follow.
	placeUnknown = 1<<5 - 1 // beyond what five bits hold, in the tags, or not to be told by one number
)

func (p posting) doc() uint32 { return uint32(p >> 8) }

func (p posting) has(flag posting) bool { return p&flag != 0 }

// place numbers the words of a path, the first of the name being 0.
func (p posting) place(inName bool) (place int, known bool) {
	place = int(p & placeUnknown)
	known = place != placeUnknown && !p.has(postRepeated)
	if !inName {
		place = -1 - place
	}
	return place, known
}

// mark is how well a document fulfils a lookup: words.Found and, in names, the
// place. The larger mark is the better; among equally good ones the unknown
// place is the largest, so that it is noticed, then the first.
type mark uint8

const (
	noMark    mark = 0
	markVague      = placeUnknown // the low bits when the place is not known
)

func markOf(found words.Found, place posting) mark {
	low := mark(markVague)
	if place != placeUnknown {
		low = markVague - 1 - mark(place)
	}
	return mark(found)<<5 | low
}

func (m mark) found() words.Found { return words.Found(m >> 5) }

// spot is the mark as words.Tally wants it, known false when the word may
// stand at several places.
func (m mark) spot() (p words.Place, known bool) {
	low := m & markVague
	p = words.Place{Found: m.found(), First: int(markVague - 1 - low), Last: int(markVague - 1 - low)}
	return p, low != markVague || p.Found < words.NameBegin
}

// mark of a posting for a lookup. The term is exactly the lookup's text or
// begins with it; wholeOnly lookups want a whole word.
func (p posting) mark(inName, exact, wholeOnly bool) mark {
	switch {
	case wholeOnly && !p.has(postWhole):
		return noMark
	case inName && exact && p.has(postNameWhole):
		return markOf(words.NameWhole, p&placeUnknown)
	case inName && !wholeOnly:
		return markOf(words.NameBegin, p&placeUnknown)
	case exact && p.has(postWhole):
		return markOf(words.ElsewhereWhole, 0)
	}
	return markOf(words.ElsewhereBegin, 0)
}

// cursor walks through the postings of one term, only forward.
type cursor struct {
	name, rest     []posting
	atName, atRest int
}

func (s *segment) cursor(t int) cursor {
	return cursor{name: s.posts[s.starts[t]:s.mids[t]], rest: s.posts[s.mids[t]:s.starts[t+1]]}
}

func (c *cursor) rewind() { c.atName, c.atRest = 0, 0 }

// seek finds the posting of a document that is not before the last one sought.
func (c *cursor) seek(doc uint32) (p posting, inName, ok bool) {
	if c.atName = gallop(c.name, c.atName, doc); c.atName < len(c.name) && c.name[c.atName].doc() == doc {
		return c.name[c.atName], true, true
	}
	if c.atRest = gallop(c.rest, c.atRest, doc); c.atRest < len(c.rest) && c.rest[c.atRest].doc() == doc {
		return c.rest[c.atRest], false, true
	}
	return 0, false, false
}

// gallop gives the first place from at on whose document is not before doc, by
// doubling steps, then halving.
func gallop(list []posting, at int, doc uint32) int {
	lo, step := at, 1
	for lo+step < len(list) && list[lo+step].doc() < doc {
		lo += step
		step *= 2
	}
	part := list[lo:min(lo+step+1, len(list))]
	i, _ := slices.BinarySearchFunc(part, doc, func(p posting, doc uint32) int { return int(p.doc()) - int(doc) })
	return lo + i
}
