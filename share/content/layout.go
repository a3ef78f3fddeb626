package content

import (
	"errors"
	"fmt"
	"math/bits"
)

const (
	// MaxSizeBytes bounds the size of a file, here and on the wire: 1 PiB. It
	// keeps every sum of offsets far from overflow.
	MaxSizeBytes int64 = 1 << 50
	// MaxGroups bounds a manifest to 512 KiB: more would make the first bytes
	// of a download wait, fewer would make groups of large files coarse.
	MaxGroups = 1 << 14
	// MinGroupLog is the group size of all files up to 4 GiB, as a power of two
	// in KiB: 256 KiB. Smaller groups cost manifest bytes and round trips and
	// gain no hashing speed; larger ones lose more to one bad byte.
	MinGroupLog = 8
)

// ErrBadLayout says that a size is out of bounds or that a group size is not
// the one its file size calls for.
var ErrBadLayout = errors.New("bad layout")

// Layout says how a file is cut into chunk groups. It follows from the size
// alone, so two nodes that agree on the size agree on every group.
type Layout struct {
	SizeBytes int64
	GroupLog  uint8 // groups of 2^GroupLog KiB
}

// LayoutOf gives the layout of a file: the least GroupLog ≥ MinGroupLog with
// at most MaxGroups groups. A size outside 0..MaxSizeBytes gives a layout whose
// Check fails.
func LayoutOf(sizeBytes int64) Layout {
	l := Layout{SizeBytes: sizeBytes, GroupLog: MinGroupLog}
	if sizeBytes > MaxGroups*l.GroupBytes() {
		perGroup := (sizeBytes-1)/MaxGroups + 1
		l.GroupLog = uint8(bits.Len64(uint64(perGroup-1))) - chunkLog
	}
	return l
}

// Check returns ErrBadLayout unless the size is within bounds and the group
// size is LayoutOf's.
func (l Layout) Check() error {
	if l.SizeBytes < 0 || l.SizeBytes > MaxSizeBytes {
		return fmt.Errorf("%w: size %d is not within 0 and %d bytes", ErrBadLayout, l.SizeBytes, MaxSizeBytes)
	}
	if want := LayoutOf(l.SizeBytes); l != want {
		return fmt.Errorf("%w: groups of 2^%d KiB where %d bytes call for 2^%d", ErrBadLayout, l.GroupLog, l.SizeBytes, want.GroupLog)
	}
	return nil
}

// GroupBytes is the size of every group but the last.
func (l Layout) GroupBytes() int64 { return 1 << (l.GroupLog + chunkLog) }

// Groups counts the groups. An empty file has one, of no bytes.
func (l Layout) Groups() int {
	if l.SizeBytes <= 0 {
		return 1
	}
	return int((l.SizeBytes-1)>>(l.GroupLog+chunkLog)) + 1
}

// Span gives the offset and the length in bytes of group g, 0 ≤ g < Groups().
func (l Layout) Span(g int) (off, n int64) {
	off = int64(g) << (l.GroupLog + chunkLog)
	return off, min(l.GroupBytes(), l.SizeBytes-off)
}
