package share

import (
	"encoding/binary"
	"slices"
	"sort"
)

// extMark begins the terms that stand for extensions rather than words. No
// token begins with it, so no prefix search runs into them.
const extMark = "\x00"

// dictionary holds the terms of a segment in byte order, one behind the other.
type dictionary struct {
	text   []byte
	starts []uint32 // term t is text[starts[t]:starts[t+1]]
	heads  []uint64 // the first bytes of every headEvery-th term; see head
}

// headEvery terms lie close together in memory. Their heads fit into a
// processor's cache, so that a look-up waits for memory a few times only.
const headEvery = 64

// head is the first eight bytes as a number that sorts like them.
func head(text []byte) uint64 {
	var first [8]byte
	copy(first[:], text)
	return binary.BigEndian.Uint64(first[:])
}

func (d *dictionary) bytes() int { return len(d.text) + 4*len(d.starts) + 8*len(d.heads) }

func newDictionary(sorted []string) dictionary {
	size := 0
	for _, term := range sorted {
		size += len(term)
	}
	d := dictionary{text: make([]byte, 0, size), starts: make([]uint32, 1, len(sorted)+1)}
	for i, term := range sorted {
		if i%headEvery == 0 {
			d.heads = append(d.heads, head([]byte(term)))
		}
		d.text = append(d.text, term...)
		d.starts = append(d.starts, uint32(len(d.text)))
	}
	return d
}

func (d *dictionary) len() int { return len(d.starts) - 1 }

func (d *dictionary) term(t int) []byte { return d.text[d.starts[t]:d.starts[t+1]] }

// find gives the range of terms that equal text or, as a prefix, begin with it.
func (d *dictionary) find(text string, prefix bool) (lo, hi int) {
	n := d.len()
	lo = d.first(text)
	if !prefix {
		if lo < n && string(d.term(lo)) == text {
			return lo, lo + 1
		}
		return lo, lo
	}
	// Most prefixes have few terms: look near before halving the rest.
	step := 1
	for lo+step < n && hasPrefix(d.term(lo+step), text) {
		step *= 2
	}
	from, to := lo, min(lo+step, n)
	hi = from + sort.Search(to-from, func(i int) bool { return !hasPrefix(d.term(from+i), text) })
	return lo, hi
}

// first is the first term that does not sort before text.
func (d *dictionary) first(text string) int {
	var room [8]byte
	h := head(room[:copy(room[:], text)])
	// The first head that is not smaller: the term lies behind the head before it.
	// Behind equal heads nothing is known, so all of them count.
	from, _ := slices.BinarySearch(d.heads, h)
	to := from
	for to < len(d.heads) && d.heads[to] == h {
		to++
	}
	lo, hi := max(from-1, 0)*headEvery, min(to*headEvery, d.len())
	return lo + sort.Search(hi-lo, func(i int) bool { return string(d.term(lo+i)) >= text })
}

func hasPrefix(term []byte, prefix string) bool {
	return len(term) >= len(prefix) && string(term[:len(prefix)]) == prefix
}

// sortTerms gives the terms in byte order and for each term id its place there.
func sortTerms(ids map[string]uint32) (sorted []string, rank []uint32) {
	sorted = make([]string, 0, len(ids))
	for term := range ids {
		sorted = append(sorted, term)
	}
	slices.Sort(sorted)
	rank = make([]uint32, len(ids))
	for place, term := range sorted {
		rank[ids[term]] = uint32(place)
	}
	return sorted, rank
}
