package content

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/bits"
)

// ErrBadBitset says that bytes are not a bitset of the expected length.
var ErrBadBitset = errors.New("bad bitset")

const wordBits = 64

// Bitset says which of a file's chunk groups are held. Copies share the bits,
// as slices do; Clone makes an independent one. One goroutine at a time.
type Bitset struct {
	n     int
	words []uint64
}

// NewBitset makes an empty set over 0..n-1.
func NewBitset(n int) Bitset {
	return Bitset{n: n, words: make([]uint64, (n+wordBits-1)/wordBits)}
}

// FromBytes reads the form of Bytes for n bits. The error is ErrBadBitset when
// the length is not exactly (n+7)/8 bytes or a bit beyond the n-th is set.
func FromBytes(n int, b []byte) (Bitset, error) {
	if n < 0 || len(b) != (n+7)/8 {
		return Bitset{}, fmt.Errorf("%w: %d bytes for %d bits", ErrBadBitset, len(b), n)
	}
	if stray := n % 8; stray != 0 && b[len(b)-1]>>stray != 0 {
		return Bitset{}, fmt.Errorf("%w: bits beyond the last of %d", ErrBadBitset, n)
	}
	s := NewBitset(n)
	for i, v := range b {
		s.words[i/8] |= uint64(v) << (i % 8 * 8)
	}
	return s, nil
}

// Bytes gives (Len()+7)/8 bytes; bit i is bit i%8, counted from the least
// significant, of byte i/8, and the bits beyond the last are zero.
func (s Bitset) Bytes() []byte {
	b := make([]byte, 0, len(s.words)*8)
	for _, w := range s.words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b[:(s.n+7)/8]
}

// Len is the number of bits, set or not.
func (s Bitset) Len() int { return s.n }

// Has tells whether bit i is set; outside 0..Len()-1 nothing is.
func (s Bitset) Has(i int) bool {
	return i >= 0 && i < s.n && s.words[i/wordBits]&(1<<(i%wordBits)) != 0
}

// Set sets bit i. Outside 0..Len()-1 it panics, as a slice would: check a
// stranger's index first.
func (s Bitset) Set(i int) {
	s.mustHold(i)
	s.words[i/wordBits] |= 1 << (i % wordBits)
}

// Clear unsets bit i, with Set's bounds.
func (s Bitset) Clear(i int) {
	s.mustHold(i)
	s.words[i/wordBits] &^= 1 << (i % wordBits)
}

func (s Bitset) mustHold(i int) {
	if i < 0 || i >= s.n {
		panic(fmt.Sprintf("content: bit %d of a bitset of %d", i, s.n))
	}
}

// SetAll sets every bit.
func (s Bitset) SetAll() {
	for w := range s.words {
		s.words[w] = s.valid(w)
	}
}

// valid masks the bits of word w that lie within the set.
func (s Bitset) valid(w int) uint64 {
	if rest := s.n - w*wordBits; rest < wordBits {
		return 1<<rest - 1
	}
	return ^uint64(0)
}

// Count is the number of bits set.
func (s Bitset) Count() int {
	count := 0
	for _, w := range s.words {
		count += bits.OnesCount64(w)
	}
	return count
}

// CountIn is the number of bits set in both s and t.
func (s Bitset) CountIn(t Bitset) int {
	count := 0
	for w := range min(len(s.words), len(t.words)) {
		count += bits.OnesCount64(s.words[w] & t.words[w])
	}
	return count
}

// NthIn is the n-th, counted from 0, of the bits set in both s and t, or -1.
func (s Bitset) NthIn(t Bitset, n int) int {
	for w := range min(len(s.words), len(t.words)) {
		word := s.words[w] & t.words[w]
		if c := bits.OnesCount64(word); n >= c {
			n -= c
			continue
		}
		for range n {
			word &= word - 1
		}
		return w*wordBits + bits.TrailingZeros64(word)
	}
	return -1
}

// Complete tells whether every bit is set.
func (s Bitset) Complete() bool { return s.NextMissing(0) < 0 }

// Clone makes an independent copy.
func (s Bitset) Clone() Bitset {
	return Bitset{n: s.n, words: append([]uint64(nil), s.words...)}
}

// Equal tells whether both have the same length and bits.
func (s Bitset) Equal(t Bitset) bool {
	if s.n != t.n {
		return false
	}
	for w := range s.words {
		if s.words[w] != t.words[w] {
			return false
		}
	}
	return true
}

// NextSet is the least set bit ≥ from, or -1.
func (s Bitset) NextSet(from int) int {
	return s.next(from, func(w int) uint64 { return s.words[w] })
}

// NextMissing is the least unset bit ≥ from, or -1.
func (s Bitset) NextMissing(from int) int {
	return s.next(from, func(w int) uint64 { return ^s.words[w] })
}

// NextMissingIn is the least bit ≥ from that s lacks and have holds, or -1:
// what a source can give us next. Bits beyond the shorter set do not count.
func (s Bitset) NextMissingIn(have Bitset, from int) int {
	return s.next(from, func(w int) uint64 {
		if w >= len(have.words) {
			return 0
		}
		return have.words[w] &^ s.words[w]
	})
}

// NextSetIn is the least bit ≥ from that is set in both s and t, or -1.
func (s Bitset) NextSetIn(t Bitset, from int) int {
	return s.next(from, func(w int) uint64 {
		if w >= len(t.words) {
			return 0
		}
		return s.words[w] & t.words[w]
	})
}

func (s Bitset) next(from int, word func(w int) uint64) int {
	from = max(from, 0)
	for w := from / wordBits; w < len(s.words); w++ {
		bitsLeft := word(w) & s.valid(w)
		if w == from/wordBits {
			bitsLeft &= ^uint64(0) << (from % wordBits)
		}
		if bitsLeft != 0 {
			return w*wordBits + bits.TrailingZeros64(bitsLeft)
		}
	}
	return -1
}

// All yields the set bits in order.
func (s Bitset) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := s.NextSet(0); i >= 0; i = s.NextSet(i + 1) {
			if !yield(i) {
				return
			}
		}
	}
}
