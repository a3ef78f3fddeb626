package share

import (
	"cmp"
	"math/bits"
	"strings"

	"starling/share/words"
)

// segment is an immutable inverted index over some records. A document is a
// record's place in records, which stand in the order that decides between
// matches of equal score: see compareRank.
type segment struct {
	records []*record
	terms   dictionary
	starts  []uint32 // postings of term t are posts[starts[t]:starts[t+1]]
	mids    []uint32 // those from mids[t] on are not in the name
	posts   []posting
	heavy   []heavy // ascending by the terms they begin with, the longer first
	light   int     // postings of a lookup that are not in heavy, at most

	// For each document, so that filters seldom have to look at the record.
	ranks  []uint8 // see rankOf
	types  []words.Type
	sizes  []uint64    // four sizeCodes in each, the first lowest
	blocks []sizeBlock // for each 64 documents
	ofType [words.Collection + 1][]uint64
}

// rankOf orders matches of equal score before anything else does: fewer words in
// the name first, which is what a name that has hardly more than the query's
// words has; then files of a known type, then others, and empty files last.
func rankOf(r *record, nameWords int) uint8 {
	class := 0
	switch {
	case r.stat.size == 0:
		class = 2
	case r.typ == words.Any:
		class = 1
	}
	return uint8(min(max(nameWords, 1), rankWordsMax)*4 + class)
}

const rankWordsMax = 31 // longer names are all alike

// compareRank goes on where rankOf is equal: files of another order of size, a cut
// copy, a sample or a subtitle behind the film, then short paths, then as paths
// sort, so that parts of a work stand in their order.
func compareRank(a, b *record, rankA, rankB uint8) int {
	if rankA != rankB {
		return int(rankA) - int(rankB)
	}
	if c := sizeOrder(b) - sizeOrder(a); c != 0 {
		return c
	}
	return cmp.Or(len(a.path)-len(b.path), strings.Compare(a.path, b.path))
}

// sizeOrder is the same for sizes that differ by less than 16 times or so.
func sizeOrder(r *record) int { return bits.Len64(uint64(r.stat.size)) / 4 }

// newSegment indexes at most docsMax records, which it owns then. It writes
// each record's place into it, so the caller holds index.mu.
func newSegment(records []*record, tuning tuning) *segment {
	b := newSegmentBuilder(len(records))
	for _, r := range records {
		b.add(r)
	}
	order := b.order(records)
	s := b.segment(order)
	s.columns(records, b.ranks, order)
	s.heavy, s.light = s.findHeavy(tuning.lightMin)
	return s
}

// columns fills what there is for each document.
func (s *segment) columns(records []*record, ranks []uint8, order []uint32) {
	n := len(records)
	s.records = make([]*record, n)
	s.ranks, s.types, s.sizes = make([]uint8, n), make([]words.Type, n), make([]uint64, (n+63)/64*(64/sizeLanes))
	s.blocks = make([]sizeBlock, (n+63)/64)
	for doc, from := range order {
		r := records[from]
		r.seg, r.doc = s, uint32(doc)
		s.records[doc], s.ranks[doc], s.types[doc] = r, ranks[from], r.typ
		code := sizeCodeOf(r.stat.size)
		s.sizes[doc/sizeLanes] |= uint64(code) << (doc % sizeLanes * sizeLaneBits)
		if block := &s.blocks[doc/64]; doc%64 == 0 {
			*block = sizeBlock{code, code}
		} else {
			*block = sizeBlock{min(block.least, code), max(block.most, code)}
		}
		if int(r.typ) < len(s.ofType) && r.typ != words.Any {
			if s.ofType[r.typ] == nil {
				s.ofType[r.typ] = make([]uint64, (n+63)/64)
			}
			s.ofType[r.typ][doc/64] |= 1 << (doc % 64)
		}
	}
}

// bytes is the memory the segment needs beside the records.
func (s *segment) bytes() int {
	n := s.terms.bytes() + 4*len(s.starts) + 4*len(s.mids) + 4*len(s.posts) + 12*len(s.records) + 4*len(s.blocks)
	for _, h := range s.heavy {
		n += h.bytes()
	}
	for _, b := range s.ofType {
		n += 8 * len(b)
	}
	return n
}
