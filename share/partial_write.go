package share

import (
	"context"
	"errors"
	"fmt"
	"os"

	"starling/share/content"
)

// ErrGroupBusy says that the group is being written by another GroupWriter.
var ErrGroupBusy = errors.New("the group is being written already")

// WriteGroup verifies the bytes of group g, given in order as one or more
// pieces, then writes them, then marks the group. What does not verify touches
// nothing. A group already held is taken as done. Errors: content.ErrBadGroup,
// ErrNoManifest, ErrNoSpace, ErrGroupBusy, or the file system's; after any of
// them the group is not marked.
func (p *Partial) WriteGroup(g int, pieces ...[]byte) error {
	if err := p.writeGroup(g, pieces); err != nil {
		return err
	}
	return p.unfoldIfDue(context.Background())
}

func (p *Partial) writeGroup(g int, pieces [][]byte) error {
	p.files.RLock()
	defer p.files.RUnlock()
	m, done, err := p.startGroup(g, false)
	if err != nil || done {
		return err
	}
	if err := verifyPieces(m, g, pieces); err != nil {
		return err
	}
	off, _ := m.Span(g)
	for _, piece := range pieces {
		if _, err := p.file.WriteAt(piece, off); err != nil {
			return fmt.Errorf("write group %d: %w", g, spaceError(err))
		}
		off += int64(len(piece))
	}
	p.opts.Hook(StepWritten)
	return p.mark(g)
}

func verifyPieces(m *content.Manifest, g int, pieces [][]byte) error {
	if len(pieces) == 1 {
		return m.VerifyGroup(g, pieces[0])
	}
	v := m.Verifier(g)
	for _, piece := range pieces {
		if _, err := v.Write(piece); err != nil {
			return err
		}
	}
	return v.Verify()
}

// startGroup checks that group g may be written; done means it is held.
func (p *Partial) startGroup(g int, stream bool) (m *content.Manifest, done bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed || p.landed != "":
		return nil, false, os.ErrClosed
	case p.manifest == nil:
		return nil, false, ErrNoManifest
	case g < 0 || g >= p.have.Len():
		return nil, false, fmt.Errorf("%w: no group %d in %d", content.ErrBadGroup, g, p.have.Len())
	case p.have.Has(g):
		return p.manifest, true, nil
	case p.streaming[g]:
		return nil, false, ErrGroupBusy
	}
	if stream {
		p.streaming[g] = true
	}
	return p.manifest, false, nil
}

// mark is the moment a group counts: its bytes are written, the journal says
// so, then the set does.
func (p *Partial) mark(g int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.journal.addGroup(g); err != nil {
		return fmt.Errorf("mark group %d: %w", g, spaceError(err))
	}
	p.have.Set(g)
	p.fresh.Set(g)
	p.opts.Hook(StepMarked)
	return nil
}

// GroupWriter takes a group too large for memory as it comes. The bytes go to
// the disk unverified, into a group that is not marked until Commit has
// verified it; no one else can write that group meanwhile. One goroutine.
type GroupWriter struct {
	p        *Partial
	group    int
	off      int64
	verifier *content.Verifier
}

// Group starts to write group g in pieces. It gives nil, nil when the group is
// held already. End it with Commit or Abort. Errors as of WriteGroup.
func (p *Partial) Group(g int) (*GroupWriter, error) {
	p.files.RLock()
	defer p.files.RUnlock()
	m, done, err := p.startGroup(g, true)
	if err != nil || done {
		return nil, err
	}
	off, _ := m.Span(g)
	return &GroupWriter{p: p, group: g, off: off, verifier: m.Verifier(g)}, nil
}

// Write hashes and writes the next piece. Bytes beyond the group's span are
// refused with content.ErrBadGroup.
func (w *GroupWriter) Write(piece []byte) (int, error) {
	w.p.files.RLock()
	defer w.p.files.RUnlock()
	if w.p.closed {
		return 0, os.ErrClosed
	}
	if _, err := w.verifier.Write(piece); err != nil {
		return 0, err
	}
	n, err := w.p.file.WriteAt(piece, w.off)
	w.off += int64(n)
	if err != nil {
		return n, fmt.Errorf("write group %d: %w", w.group, spaceError(err))
	}
	return n, nil
}

// Commit verifies the group and marks it; content.ErrBadGroup when the bytes
// were not the group's.
func (w *GroupWriter) Commit() error {
	if err := w.commit(); err != nil {
		return err
	}
	return w.p.unfoldIfDue(context.Background())
}

func (w *GroupWriter) commit() error {
	defer w.Abort()
	if err := w.verifier.Verify(); err != nil {
		return err
	}
	w.p.files.RLock()
	defer w.p.files.RUnlock()
	if w.p.closed {
		return os.ErrClosed
	}
	w.p.opts.Hook(StepWritten)
	return w.p.mark(w.group)
}

// Abort gives the group up, for another writer to start over.
func (w *GroupWriter) Abort() {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	delete(w.p.streaming, w.group)
}
