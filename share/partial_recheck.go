package share

import (
	"context"
	"fmt"

	"starling/share/content"
)

// recheckBytes is how much is read at once where a group does not fit in memory.
const recheckBytes = 256 << 10

// rehash gives those of the groups whose bytes on disk verify. A group that
// cannot be read is one that does not. The error is ctx's.
func (p *Partial) rehash(ctx context.Context, m *content.Manifest, groups content.Bitset) (good content.Bitset, err error) {
	good = content.NewBitset(m.Groups())
	buf := make([]byte, max(recheckBytes, min(m.GroupBytes(), wholeGroupBytes)))
	for g := range groups.All() {
		if err := ctx.Err(); err != nil {
			return good, err
		}
		if p.verifyOnDisk(ctx, m, g, buf) {
			good.Set(g)
		}
	}
	return good, ctx.Err() // a large group may have ended early, which says nothing of it
}

func (p *Partial) verifyOnDisk(ctx context.Context, m *content.Manifest, g int, buf []byte) bool {
	off, n := m.Span(g)
	if n <= int64(len(buf)) {
		_, err := p.file.ReadAt(buf[:n], off)
		return (err == nil || n == 0) && m.VerifyGroup(g, buf[:n]) == nil
	}
	v := m.Verifier(g)
	for end := off + n; off < end; {
		piece := buf[:min(recheckBytes, end-off)]
		if _, err := p.file.ReadAt(piece, off); err != nil || ctx.Err() != nil {
			return false
		}
		if _, err := v.Write(piece); err != nil {
			return false
		}
		off += int64(len(piece))
	}
	return v.Verify() == nil
}

// recheck hashes the given groups again, unmarks those that do not verify, marks
// those that do, and gives the number unmarked. The caller holds files.
func (p *Partial) recheck(ctx context.Context, groups content.Bitset) (lost int, err error) {
	good, err := p.rehash(ctx, p.Manifest(), groups)
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	have := p.have.Clone()
	for g := range groups.All() {
		switch {
		case good.Has(g):
			have.Set(g)
		case p.have.Has(g):
			have.Clear(g)
			p.have.Clear(g)
			p.fresh.Clear(g)
			lost++
		}
	}
	if err := p.journal.add(recordHeld, have.Bytes()); err != nil {
		return lost, fmt.Errorf("note rechecked groups: %w", spaceError(err))
	}
	p.have = have
	for g := range good.All() {
		p.fresh.Set(g)
	}
	return lost, nil
}

// allGroups is the full set for m.
func allGroups(m *content.Manifest) content.Bitset {
	all := content.NewBitset(m.Groups())
	all.SetAll()
	return all
}
