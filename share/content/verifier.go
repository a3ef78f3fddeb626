package content

import (
	"fmt"

	"lukechampine.com/blake3/guts"
)

// groupCV is the value a manifest holds for a group with this topmost node:
// the root's own where the group is the whole file.
func (l Layout) groupCV(top guts.Node) CV {
	if l.Groups() == 1 {
		return rootOf(top)
	}
	return cvOf(guts.ChainingValue(top))
}

// Verifier checks one chunk group that arrives in pieces of any size: groups
// of very large files do not fit in memory. Make one with Manifest.Verifier.
type Verifier struct {
	m     *Manifest
	group int
	sum   groupSum
}

// Verifier starts the check of group g, 0 ≤ g < Groups().
func (m *Manifest) Verifier(g int) *Verifier {
	v := &Verifier{m: m, group: g}
	v.sum.reset(m.Layout, g)
	return v
}

// Write takes the next bytes of the group. It fails with ErrBadGroup when
// there are more than the group's span, and takes none of them.
func (v *Verifier) Write(p []byte) (int, error) {
	if int64(len(p)) > v.sum.left {
		return 0, fmt.Errorf("%w: group %d is longer than its span", ErrBadGroup, v.group)
	}
	v.sum.write(p)
	return len(p), nil
}

// Verify ends the check: nil when the bytes written are exactly the group.
// The error is ErrBadGroup.
func (v *Verifier) Verify() error {
	if v.sum.left != 0 {
		return fmt.Errorf("%w: group %d is short by %d bytes", ErrBadGroup, v.group, v.sum.left)
	}
	if v.sum.cv(v.m.Layout) != v.m.CVs[v.group] {
		return fmt.Errorf("%w: group %d", ErrBadGroup, v.group)
	}
	return nil
}

// groupSum hashes one group from pieces. Its length is known from the start,
// so the last block is recognised when it comes and nothing is held back.
type groupSum struct {
	left  int64  // bytes still to come
	chunk uint64 // of the next block
	spine spine
	buf   [blockBytes]byte
	n     int // bytes in buf
}

func (s *groupSum) reset(l Layout, g int) {
	off, n := l.Span(g)
	s.left, s.chunk, s.spine.parts, s.n = n, uint64(off)>>chunkLog, 0, 0
}

// write takes at most left bytes. Full blocks are hashed where they lie, except
// the group's last one, which waits in buf for cv.
func (s *groupSum) write(p []byte) {
	s.left -= int64(len(p))
	if s.n > 0 {
		k := copy(s.buf[s.n:], p)
		s.n += k
		p = p[k:]
		if s.n == blockBytes && s.left+int64(len(p)) > 0 {
			s.push(s.buf[:])
			s.n = 0
		}
	}
	for len(p) >= blockBytes && (len(p) > blockBytes || s.left > 0) {
		s.push(p)
		p = p[blockBytes:]
	}
	s.n += copy(s.buf[s.n:], p)
}

func (s *groupSum) push(block []byte) {
	s.spine.push(guts.ChainingValue(fullBlock(block, s.chunk)))
	s.chunk += guts.MaxSIMD
}

func (s *groupSum) cv(l Layout) CV {
	return l.groupCV(s.spine.top(lastBlock(s.buf[:s.n], s.chunk)))
}
