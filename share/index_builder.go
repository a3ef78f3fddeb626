package share

import (
	"slices"

	"starling/share/words"
)

// segmentBuilder gathers, document by document, the ids of their terms.
type segmentBuilder struct {
	text  words.Text
	ids   map[string]uint32 // term → id in order of first sight
	flat  []entry           // of all documents
	last  []int             // per term id: where in flat it stood last, plus one
	ends  []int             // per document: where its terms end in flat
	ranks []uint8           // per document
	first int               // where in flat the current document begins
	ext   []byte
}

// entry is a term of a document: the id, and a posting without the document.
type entry struct {
	id     uint32
	flags  posting
	inName bool
}

func newSegmentBuilder(n int) *segmentBuilder {
	return &segmentBuilder{
		ids: make(map[string]uint32), flat: make([]entry, 0, 8*n),
		ends: make([]int, 0, n), ranks: make([]uint8, 0, n),
	}
}

func (b *segmentBuilder) add(r *record) {
	b.text.SetDoc(r.path, r.tags)
	nameStart, tagsStart := b.text.NameStart(), b.text.TagsStart()
	b.text.EachToken(func(word int, token []byte) {
		e := entry{flags: placeUnknown}
		switch {
		case word >= tagsStart:
		case word >= nameStart:
			e.inName = true
			e.flags = posting(min(word-nameStart, placeUnknown))
		default:
			e.flags = posting(min(nameStart-1-word, placeUnknown))
		}
		if b.text.Whole(word, token) {
			e.flags |= postWhole
			if e.inName {
				e.flags |= postNameWhole
			}
		}
		b.addTerm(token, e)
	})
	if ext, ok := b.text.Ext(); ok {
		b.ext = append(append(b.ext[:0], extMark...), ext...)
		b.addTerm(b.ext, entry{flags: placeUnknown | postWhole, inName: true})
	}
	b.ranks = append(b.ranks, rankOf(r, b.text.NameWords()))
	b.first = len(b.flat)
	b.ends = append(b.ends, b.first)
}

func (b *segmentBuilder) addTerm(term []byte, e entry) {
	id, known := b.ids[string(term)]
	if !known {
		id = uint32(len(b.last))
		b.ids[string(term)] = id
		b.last = append(b.last, 0)
	}
	e.id = id
	if at := b.last[id]; at > b.first { // seen in this document
		b.flat[at-1].merge(e)
		return
	}
	b.flat = append(b.flat, e)
	b.last[id] = len(b.flat)
}

// merge adds another place of the same term, which comes later in the text.
func (e *entry) merge(other entry) {
	const place = placeUnknown
	whole := (e.flags | other.flags) & postWhole
	same := e.inName == other.inName && e.flags&place == other.flags&place && e.flags&place != placeUnknown
	switch {
	case same:
		e.flags |= other.flags
		return
	case other.inName && !e.inName:
		*e = other
	case other.inName && other.flags.has(postNameWhole) && !e.flags.has(postNameWhole):
		// The first place of all is no whole word, the first whole word is not the
		// first place; one number cannot say both.
		e.flags |= other.flags | placeUnknown
	}
	e.flags |= whole | postRepeated
}

// order sorts the documents as compareRank says: place → number of the document.
func (b *segmentBuilder) order(records []*record) []uint32 {
	order := make([]uint32, len(records))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, j uint32) int { return compareRank(records[i], records[j], b.ranks[i], b.ranks[j]) })
	return order
}

// segment turns the terms of each document into the documents of each term.
func (b *segmentBuilder) segment(order []uint32) *segment {
	sorted, rank := sortTerms(b.ids)
	s := &segment{
		terms:  newDictionary(sorted),
		starts: make([]uint32, len(sorted)+1),
		mids:   make([]uint32, len(sorted)),
		posts:  make([]posting, len(b.flat)),
	}
	for i := range b.flat {
		e := &b.flat[i]
		e.id = rank[e.id]
		s.starts[e.id+1]++
		if e.inName {
			s.mids[e.id]++
		}
	}
	for t := range sorted {
		s.starts[t+1] += s.starts[t]
		s.mids[t] += s.starts[t]
	}
	inName, rest := slices.Clone(s.starts), slices.Clone(s.mids)
	for doc, from := range order {
		begin := 0
		if from > 0 {
			begin = b.ends[from-1]
		}
		for _, e := range b.flat[begin:b.ends[from]] {
			next := &rest[e.id]
			if e.inName {
				next = &inName[e.id]
			}
			s.posts[*next] = posting(doc)<<8 | e.flags
			*next++
		}
	}
	return s
}
