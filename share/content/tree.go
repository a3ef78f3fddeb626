package content

import (
	"encoding/binary"
	"math/bits"

	"lukechampine.com/blake3/guts"
)

const (
	chunkLog   = 10                            // a chunk is 2^10 bytes
	blockBytes = guts.MaxSIMD * guts.ChunkSize // what the vector code hashes in one call
)

// CV is the chaining value of a group's subtree, in BLAKE3's byte order.
type CV [32]byte

// cvWords is a chaining value as the compression function takes it.
type cvWords = [8]uint32

func (cv *CV) words() (w cvWords) {
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(cv[4*i:])
	}
	return w
}

func cvOf(w cvWords) (cv CV) {
	for i, v := range w {
		binary.LittleEndian.PutUint32(cv[4*i:], v)
	}
	return cv
}

// rootOf finishes the topmost node of a file's tree, which BLAKE3 marks so
// that no subtree can pass for a whole file.
func rootOf(top guts.Node) CV {
	top.Flags |= guts.FlagRoot
	return cvOf(guts.ChainingValue(top))
}

// spine is the left edge of an unfinished tree over equal parts: at most one
// complete subtree per height, the heights being the set bits of parts.
type spine struct {
	parts uint64
	cvs   [64 - chunkLog]cvWords
}

// push appends one complete part and merges what it completes. Never push the
// last part: its place in the tree is only known when nothing follows (see top).
func (s *spine) push(cv cvWords) {
	height := 0
	for ; s.parts&(1<<height) != 0; height++ {
		cv = guts.ChainingValue(guts.ParentNode(s.cvs[height], cv, &guts.IV, 0))
	}
	s.cvs[height] = cv
	s.parts++
}

// top merges the last part, whole or short, down the spine and returns the
// topmost node, not yet compressed so that it can be marked as the root.
func (s *spine) top(last guts.Node) guts.Node {
	for parts := s.parts; parts != 0; parts &= parts - 1 {
		left := s.cvs[bits.TrailingZeros64(parts)]
		last = guts.ParentNode(left, guts.ChainingValue(last), &guts.IV, 0)
	}
	return last
}

// topOfCVs is the topmost node over two or more groups.
func topOfCVs(cvs []CV) guts.Node {
	var s spine
	n := len(cvs)
	for i := range cvs[:n-1] {
		s.push(cvs[i].words())
	}
	// The last group is a value, not a node, so its first parent is made here.
	lowest := s.cvs[bits.TrailingZeros64(s.parts)]
	s.parts &= s.parts - 1
	return s.top(guts.ParentNode(lowest, cvs[n-1].words(), &guts.IV, 0))
}

// subtree is the topmost node over data, whose first byte lies in the given
// chunk of the file. It reads full blocks where they lie and copies none.
func subtree(data []byte, chunk uint64) guts.Node {
	var s spine
	for len(data) > blockBytes {
		s.push(guts.ChainingValue(fullBlock(data, chunk)))
		data = data[blockBytes:]
		chunk += guts.MaxSIMD
	}
	return s.top(lastBlock(data, chunk))
}

func fullBlock(data []byte, chunk uint64) guts.Node {
	return guts.CompressBuffer((*[blockBytes]byte)(data), blockBytes, &guts.IV, chunk, 0)
}

// lastBlock hashes 0 to blockBytes bytes. The vector code reads a whole block
// whatever its length, so a short one is copied to where that is safe.
func lastBlock(data []byte, chunk uint64) guts.Node {
	if len(data) == blockBytes {
		return fullBlock(data, chunk)
	}
	if len(data) <= guts.ChunkSize {
		return guts.CompressChunk(data, &guts.IV, chunk, 0)
	}
	var block [blockBytes]byte
	n := copy(block[:], data)
	return guts.CompressBuffer(&block, n, &guts.IV, chunk, 0)
}
