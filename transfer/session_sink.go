package transfer

import (
	"context"
	"errors"

	"starling/share"
	"starling/share/content"
)

// job is a piece of work for the disk: a whole group, or of a group too large
// for memory the next blocks.
type job struct {
	group    int
	probe    *content.Manifest
	blocks   []*block
	end      int64 // bytes of the group up to here
	last     bool
	reserved int64
}

// pieces gives the bytes of the blocks; all but the last block are full.
func (j *job) pieces() [][]byte {
	pieces := make([][]byte, len(j.blocks))
	for i, b := range j.blocks {
		pieces[i] = b.raw(blockBytes)
	}
	if rest := j.end % blockBytes; rest != 0 {
		pieces[len(pieces)-1] = pieces[len(pieces)-1][:rest]
	}
	return pieces
}

// sink verifies what has come and puts it on the disk, while the next is read.
func (s *session) sink(ctx context.Context) error {
	var large largeGroup
	defer large.abort()
	for j := range s.jobs {
		err := s.place(ctx, &j, &large)
		s.fetcher.memory.free(j.blocks, j.reserved)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *session) place(ctx context.Context, j *job, large *largeGroup) error {
	var err error
	switch whole := j.last && j.end <= s.fetcher.wholeMax; {
	case whole && j.probe != nil:
		err = verify(j.probe, j.group, j.pieces())
	case whole && len(j.blocks) == 1: // spares the slice
		err = s.fetcher.partial().WriteGroup(j.group, j.blocks[0].raw(int(j.end)))
	case whole:
		err = s.fetcher.partial().WriteGroup(j.group, j.pieces()...)
	default:
		err = large.write(s.fetcher, j)
	}
	switch {
	case errors.Is(err, content.ErrBadGroup):
		return &badGroupError{j.group}
	case errors.Is(err, share.ErrGroupBusy):
		return err // another session has it
	case err != nil:
		return &diskError{err}
	case !j.last:
		return nil
	}
	s.fetcher.groups.Add(1)
	if j.probe == nil {
		return s.fetcher.post(ctx, groupCame{s.fetcher, j.group})
	}
	return s.postProof(ctx, j)
}

// postProof hands the proven last group to the loop, bytes and all: there is no
// partial to write it to before the size is proven. A large one is fetched anew.
func (s *session) postProof(ctx context.Context, j *job) error {
	e := sizeProven{fetcher: s.fetcher, manifest: j.probe, group: j.group}
	if j.end <= s.fetcher.wholeMax {
		e.pieces = j.pieces()
		e.blocks, e.reserved = j.blocks, j.reserved
		j.blocks, j.reserved = nil, 0
	}
	err := s.fetcher.post(ctx, e)
	if err != nil {
		s.fetcher.memory.free(e.blocks, e.reserved)
	}
	return err
}

func verify(m *content.Manifest, g int, pieces [][]byte) error {
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

// largeGroup is the group beyond memory that is being written, or only verified
// while the size is not proven.
type largeGroup struct {
	writer   *share.GroupWriter
	verifier *content.Verifier
}

func (l *largeGroup) write(f *fetcher, j *job) error {
	if first := j.end <= blockBytes; first {
		l.abort()
		if err := l.begin(f, j); err != nil {
			return err
		}
	}
	for _, piece := range j.pieces() {
		if err := l.writePiece(piece); err != nil {
			return err
		}
	}
	if !j.last {
		return nil
	}
	return l.commit()
}

func (l *largeGroup) begin(f *fetcher, j *job) (err error) {
	if j.probe != nil {
		l.verifier = j.probe.Verifier(j.group)
		return nil
	}
	l.writer, err = f.partial().Group(j.group) // nil when the group is held already
	return err
}

func (l *largeGroup) writePiece(piece []byte) (err error) {
	switch {
	case l.verifier != nil:
		_, err = l.verifier.Write(piece)
	case l.writer != nil:
		_, err = l.writer.Write(piece)
	}
	return err
}

func (l *largeGroup) commit() (err error) {
	switch {
	case l.verifier != nil:
		err = l.verifier.Verify()
	case l.writer != nil:
		err = l.writer.Commit()
	}
	l.writer, l.verifier = nil, nil
	return err
}

func (l *largeGroup) abort() {
	if l.writer != nil {
		l.writer.Abort()
	}
	l.writer, l.verifier = nil, nil
}
