package workload

import (
	"math/bits"
	"slices"
)

// set is numbers from 0 on: a list in ascending order with a sieve in front of it,
// or bits, whichever is smaller.
type set struct {
	list  []int32
	sieve bitmap // of the lowest bits of the numbers, at least sieveBits for each
	bits  bitmap
}

// sieveBits is how many bits the sieve has for each number. Of numbers that are
// not in the list, one in so many at most needs a search.
const sieveBits = 16

// newSet takes ascending numbers below n. It keeps no hold of them.
func newSet(sorted []int32, n int) set {
	if bytesEach := 4 + sieveBits/8; len(sorted)*bytesEach > n/8 {
		s := set{bits: newBitmap(n)}
		for _, i := range sorted {
			s.bits.set(i)
		}
		return s
	}
	s := set{list: slices.Clone(sorted), sieve: newBitmap(1 << bits.Len(uint(len(sorted)*sieveBits)))}
	for _, i := range sorted {
		s.sieve.set(i & s.mask())
	}
	return s
}

// mask keeps the bits of a number that the sieve knows.
func (s *set) mask() int32 { return int32(len(s.sieve)*64 - 1) }

func (s *set) has(i int32) bool {
	if s.bits != nil {
		return s.bits.has(i)
	}
	if !s.sieve.has(i & s.mask()) {
		return false
	}
	_, ok := slices.BinarySearch(s.list, i)
	return ok
}

// members gives the numbers, ascending; they are not to be written.
func (s *set) members() []int32 {
	if s.bits != nil {
		return s.bits.members()
	}
	return s.list
}

func (s *set) bytes() int64 { return int64(4*len(s.list) + 8*len(s.sieve) + 8*len(s.bits)) }

// bitmap is bits by number; what lies beyond it is not set.
type bitmap []uint64

func newBitmap(n int) bitmap { return make(bitmap, (n+63)/64) }

func (b bitmap) has(i int32) bool {
	w := int(i >> 6)
	return w < len(b) && b[w]>>(i&63)&1 != 0
}

func (b bitmap) set(i int32) { b[i>>6] |= 1 << (i & 63) }

// members gives the numbers that are set, ascending.
func (b bitmap) members() []int32 {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	out := make([]int32, 0, n)
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			out = append(out, int32(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return out
}

// rows is lists of numbers, one after the other.
type rows struct {
	off []uint32 // row i is to[off[i]:off[i+1]]
	to  []int32
}

// row is empty for a row that is not there.
func (r *rows) row(i int32) []int32 {
	if int(i)+1 >= len(r.off) {
		return nil
	}
	return r.to[r.off[i]:r.off[i+1]]
}

// transpose gives n rows: row j names the rows of r that name j, ascending.
func (r *rows) transpose(n int) rows {
	out := rows{off: make([]uint32, n+1), to: make([]int32, len(r.to))}
	for _, j := range r.to {
		out.off[j+1]++
	}
	for j := range n {
		out.off[j+1] += out.off[j]
	}
	next := slices.Clone(out.off[:n])
	for i := range len(r.off) - 1 {
		for _, j := range r.row(int32(i)) {
			out.to[next[j]] = int32(i)
			next[j]++
		}
	}
	return out
}
