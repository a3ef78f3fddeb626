package content

import (
	"errors"
	"fmt"
)

var (
	// ErrBadManifest says that a manifest does not belong to its content id.
	ErrBadManifest = errors.New("manifest does not match the content id")
	// ErrBadGroup says that the bytes of a group are not those of the file.
	ErrBadGroup = errors.New("chunk group does not match the manifest")
)

// Manifest lists the chaining value of every chunk group of a file. In a file
// of one group the only value is the root's own, that is the content id.
type Manifest struct {
	Layout
	CVs []CV
}

// OneGroup makes the manifest of a file of a single group, which needs no
// exchange: its one value is the id. ok is false for larger files.
func OneGroup(id ID, sizeBytes int64) (m *Manifest, ok bool) {
	l := LayoutOf(sizeBytes)
	if l.Check() != nil || l.Groups() != 1 {
		return nil, false
	}
	return &Manifest{Layout: l, CVs: []CV{CV(id)}}, true
}

// ParseManifest reads the flat form of AppendCVs for a file of the given size.
// Errors: ErrBadLayout for the size, ErrBadManifest for the wrong number of
// bytes. The result is not proven yet: call Prove.
func ParseManifest(sizeBytes int64, cvs []byte) (*Manifest, error) {
	l := LayoutOf(sizeBytes)
	if err := l.Check(); err != nil {
		return nil, err
	}
	if want := l.Groups() * len(CV{}); len(cvs) != want {
		return nil, fmt.Errorf("%w: %d bytes where %d groups need %d", ErrBadManifest, len(cvs), l.Groups(), want)
	}
	m := &Manifest{Layout: l, CVs: make([]CV, l.Groups())}
	for g := range m.CVs {
		copy(m.CVs[g][:], cvs[g*len(CV{}):])
	}
	return m, nil
}

// AppendCVs appends the chaining values, 32 bytes each in group order.
func (m *Manifest) AppendCVs(dst []byte) []byte {
	for g := range m.CVs {
		dst = append(dst, m.CVs[g][:]...)
	}
	return dst
}

// Root merges the chaining values upward to the content id. It is the zero ID
// where there are no values.
func (m *Manifest) Root() ID {
	switch len(m.CVs) {
	case 0:
		return ID{}
	case 1:
		return ID(m.CVs[0])
	}
	return ID(rootOf(topOfCVs(m.CVs)))
}

// Prove checks the layout, the number of values and that they merge to id.
// Errors: ErrBadLayout, ErrBadManifest. It binds the values to the id; the size
// is proven only by verifying the last group (see the package text).
func (m *Manifest) Prove(id ID) error {
	if err := m.Check(); err != nil {
		return err
	}
	if len(m.CVs) != m.Groups() {
		return fmt.Errorf("%w: %d values for %d groups", ErrBadManifest, len(m.CVs), m.Groups())
	}
	if root := m.Root(); root != id {
		return fmt.Errorf("%w: it is of %s, not of %s", ErrBadManifest, root.Short(), id.Short())
	}
	return nil
}

// VerifyGroup checks the bytes of group g, which must be exactly its span, and
// allocates nothing when they are right. The error is ErrBadGroup. A group
// larger than fits in memory is checked by a Verifier.
func (m *Manifest) VerifyGroup(g int, data []byte) error {
	if g < 0 || g >= len(m.CVs) || g >= m.Groups() {
		return fmt.Errorf("%w: no group %d in %d", ErrBadGroup, g, m.Groups())
	}
	off, n := m.Span(g)
	if int64(len(data)) != n {
		return fmt.Errorf("%w: group %d has %d bytes, got %d", ErrBadGroup, g, n, len(data))
	}
	top := subtree(data, uint64(off)>>chunkLog)
	if m.groupCV(top) != m.CVs[g] {
		return fmt.Errorf("%w: group %d", ErrBadGroup, g)
	}
	return nil
}
