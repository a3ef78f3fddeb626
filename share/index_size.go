package share

import "math/bits"

// sizeCode is a size to one part in 512; it grows with the size. It has 15 bits.
type sizeCode uint16

const (
	sizeMantissa = 9
	sizeLanes    = 4
	sizeLaneBits = 16
	sizeOnes     = 0x0001_0001_0001_0001
	sizeTops     = 0x8000_8000_8000_8000 // the bit that no code has
)

func sizeCodeOf(sizeBytes int64) sizeCode {
	n := uint64(max(sizeBytes, 0))
	if n < 1<<sizeMantissa {
		return sizeCode(n)
	}
	length := bits.Len64(n)
	return sizeCode((length-sizeMantissa)<<sizeMantissa | int(n>>(length-1-sizeMantissa)&(1<<sizeMantissa-1)))
}

func (s *segment) size(doc uint32) sizeCode {
	return sizeCode(s.sizes[doc/sizeLanes] >> (doc % sizeLanes * sizeLaneBits))
}

// sizeBlock bounds the sizes of 64 documents.
type sizeBlock struct{ least, most sizeCode }

// sizedWithin gives those of 64 documents whose size lies in a range. It compares
// four at once: a lane keeps its top bit when what is taken away is not more.
func (s *segment) sizedWithin(w int, least, most sizeCode) (some uint64) {
	low, high := uint64(least)*sizeOnes, uint64(most)*sizeOnes|sizeTops
	for i, four := range s.sizes[w*64/sizeLanes : (w+1)*64/sizeLanes] {
		within := (four | sizeTops - low) & (high - four) & sizeTops
		for ; within != 0; within &= within - 1 {
			some |= 1 << (i*sizeLanes + bits.TrailingZeros64(within)/sizeLaneBits)
		}
	}
	return some
}
