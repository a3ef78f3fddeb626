package share

// marks says for each document how well a lookup is fulfilled, two bits each. It
// is the union of many posting lists, made when testing candidates against it
// is cheaper than reading their paths.
type marks struct {
	words   []uint64
	touched bool
}

// How well a posting fulfils its lookup, and what words.Expr.Score gives for it.
const (
	markNone   = iota
	markFolder // in a folder's name
	markName   // in the name, as the beginning of a word
	markWhole  // in the name, as a whole word
)

var markScores = [...]int{markFolder: 0, markName: 2, markWhole: 3}

const marksPerWord = 32

// begin makes room for n documents, all unmarked.
func (m *marks) begin(n int) {
	size := (n + marksPerWord - 1) / marksPerWord
	if cap(m.words) < size {
		m.words, m.touched = make([]uint64, size), false
	}
	if m.words = m.words[:size]; m.touched {
		clear(m.words[:cap(m.words)])
	}
	m.touched = true
}

// raise gives doc a mark unless it has a better one; it tells the old one.
func (m *marks) raise(doc uint32, mark uint64) (old uint64) {
	w, shift := &m.words[doc/marksPerWord], doc%marksPerWord*2
	if old = *w >> shift & 3; mark > old {
		*w ^= (mark ^ old) << shift
	}
	return old
}

func (m *marks) of(doc uint32) uint64 {
	return m.words[doc/marksPerWord] >> (doc % marksPerWord * 2) & 3
}

// fill marks all documents of a range of terms.
func (m *marks) fill(v *view, r termRange) {
	m.begin(len(v.records))
	for t := r.lo; t < r.hi; t++ {
		l := v.postings(t, r.exact(v, t))
		for i, doc := range l.docs {
			m.raise(doc, l.mark(v, i))
		}
	}
}
