package share

import "math/bits"

// docSet is a set of documents that costs its members to fill, to walk through
// in order and to clear, not its room.
type docSet struct {
	words   []uint64
	summary []uint64 // for each word: it is not empty
	before  []uint32 // for each word that is not empty: the members before it; see number
}

// begin makes room for n documents. The set is empty.
func (d *docSet) begin(n int) {
	size := (n + 63) / 64
	if cap(d.words) < size {
		d.words, d.summary, d.before = make([]uint64, size), make([]uint64, (size+63)/64), make([]uint32, size)
	}
	d.words, d.summary, d.before = d.words[:size], d.summary[:(size+63)/64], d.before[:size]
}

func (d *docSet) add(doc uint32) {
	w := doc / 64
	d.words[w] |= 1 << (doc % 64)
	d.summary[w/64] |= 1 << (w % 64)
}

func (d *docSet) addAll(posts []posting) {
	for _, p := range posts {
		d.add(p.doc())
	}
}

// floodMin is how many documents are worth no summary.
const floodMin = 1 << 12

// flood makes every word count as one that is not empty, so that bits can be set
// in words without more ado.
func (d *docSet) flood() {
	for i := range d.summary {
		d.summary[i] = ^uint64(0)
	}
	if n := len(d.words) % 64; n > 0 {
		d.summary[len(d.summary)-1] = 1<<n - 1
	}
}

func (d *docSet) has(doc uint32) bool { return d.words[doc/64]&(1<<(doc%64)) != 0 }

// number appends the members in order, and makes rank work.
func (d *docSet) number(to []candidate) []candidate {
	d.eachWord(func(w int) bool {
		d.before[w] = uint32(len(to))
		for rest := d.words[w]; rest != 0; rest &= rest - 1 {
			to = append(to, candidate{doc: uint32(w*64 + bits.TrailingZeros64(rest))})
		}
		return true
	})
	return to
}

// rank is the place of a member in what number appended.
func (d *docSet) rank(doc uint32) int {
	w := doc / 64
	return int(d.before[w]) + bits.OnesCount64(d.words[w]&(1<<(doc%64)-1))
}

// renumber makes the set hold what is left of the candidates.
func (d *docSet) renumber(candidates []candidate) {
	d.clear()
	for i := range candidates {
		doc := candidates[i].doc
		if d.words[doc/64] == 0 {
			d.before[doc/64] = uint32(i)
		}
		d.add(doc)
	}
}

// eachWord yields the words that are not empty, until it is told to stop.
func (d *docSet) eachWord(yield func(w int) bool) {
	for i, some := range d.summary {
		for ; some != 0; some &= some - 1 {
			if !yield(i*64 + bits.TrailingZeros64(some)) {
				return
			}
		}
	}
}

func (d *docSet) clear() {
	for i, some := range d.summary {
		if some == ^uint64(0) {
			clear(d.words[i*64 : i*64+64])
			some = 0
		}
		for ; some != 0; some &= some - 1 {
			d.words[i*64+bits.TrailingZeros64(some)] = 0
		}
	}
	clear(d.summary)
}
