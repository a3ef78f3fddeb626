package share

import (
	"cmp"
	"math/bits"
	"slices"

	"starling/share/content"
	"starling/share/words"
)

// segment is an immutable inverted index over some records: for each term the
// documents that hold it, ascending. A document is a record's place in records,
// shorter paths first, so that of two equal answers the plainer comes first.
type segment struct {
	records []*record
	terms   dictionary
	starts  []uint32       // postings of term t are posts[starts[t]:starts[t+1]]
	posts   []uint32       // document numbers
	inName  content.Bitset // for each posting: the term is in the name, not only in a folder's

	// For each document, so that filters seldom have to look at the record.
	types      []words.Type
	magnitudes []uint8
}

// magnitude is the number of bits of a size.
func magnitude(sizeBytes int64) uint8 { return uint8(bits.Len64(uint64(sizeBytes))) }

// flagName marks a term of the document at hand as found in the name.
const flagName = 1 << 31

// segmentBuilder gathers, document by document, the ids of their terms.
type segmentBuilder struct {
	text  words.Text
	ids   map[string]uint32 // term → id in order of first sight
	flat  []uint32          // term ids of all documents, with flagName
	last  []int             // per term id: where in flat it stood last, plus one
	ends  []int             // per document: where its terms end in flat
	first int               // where in flat the current document begins
	ext   []byte
}

// newSegment indexes records, which it sorts and then owns. It writes each
// record's place into it, so the caller holds index.mu.
func newSegment(records []*record) *segment {
	slices.SortFunc(records, func(a, b *record) int {
		return cmp.Or(cmp.Compare(len(a.path), len(b.path)), cmp.Compare(a.path, b.path))
	})
	b := segmentBuilder{ids: make(map[string]uint32), flat: make([]uint32, 0, 8*len(records)), ends: make([]int, 0, len(records))}
	for _, r := range records {
		b.add(r.path)
	}
	s := b.segment()
	s.records = records
	s.types, s.magnitudes = make([]words.Type, len(records)), make([]uint8, len(records))
	for doc, r := range records {
		r.seg, r.doc = s, uint32(doc)
		s.types[doc], s.magnitudes[doc] = r.typ, magnitude(r.stat.size)
	}
	return s
}

func (b *segmentBuilder) add(path string) {
	b.text.Set(path)
	nameStart := b.text.NameStart()
	b.text.EachToken(func(word int, token []byte) { b.addTerm(token, word >= nameStart) })
	if ext, ok := b.text.Ext(); ok {
		b.ext = append(append(b.ext[:0], extMark...), ext...)
		b.addTerm(b.ext, true)
	}
	b.first = len(b.flat)
	b.ends = append(b.ends, b.first)
}

func (b *segmentBuilder) addTerm(term []byte, inName bool) {
	id, known := b.ids[string(term)]
	if !known {
		id = uint32(len(b.last))
		b.ids[string(term)] = id
		b.last = append(b.last, 0)
	}
	flag := uint32(0)
	if inName {
		flag = flagName
	}
	if at := b.last[id]; at > b.first { // seen in this document
		b.flat[at-1] |= flag
		return
	}
	b.flat = append(b.flat, id|flag)
	b.last[id] = len(b.flat)
}

// segment turns the terms of each document into the documents of each term.
func (b *segmentBuilder) segment() *segment {
	sorted, rank := sortTerms(b.ids)
	s := &segment{
		terms:  newDictionary(sorted),
		starts: make([]uint32, len(sorted)+1),
		posts:  make([]uint32, len(b.flat)),
		inName: content.NewBitset(len(b.flat)),
	}
	for _, entry := range b.flat {
		s.starts[rank[entry&^flagName]+1]++
	}
	for t := range sorted {
		s.starts[t+1] += s.starts[t]
	}
	next := slices.Clone(s.starts)
	at := 0
	for doc, end := range b.ends {
		for ; at < end; at++ {
			t := rank[b.flat[at]&^flagName]
			s.posts[next[t]] = uint32(doc)
			if b.flat[at]&flagName != 0 {
				s.inName.Set(int(next[t]))
			}
			next[t]++
		}
	}
	return s
}

// bytes is the memory the segment needs beside the records.
func (s *segment) bytes() int {
	return len(s.terms.text) + 4*len(s.terms.starts) + 4*len(s.starts) + 4*len(s.posts) + s.inName.Len()/8 + 10*len(s.records)
}
