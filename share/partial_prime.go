package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"starling/share/content"
)

// replaced is the file that a partial is to take the place of.
type replaced struct {
	path  string
	state FileState
}

// Prime takes from a file in the target folder whatever verifies of what is still
// missing, and lets Finish put this file into its place only while it is in that
// very state, with its mode. Nothing is written to the file. It gives the number of
// groups taken, and whether the file had none but good ones. Call it after
// SetManifest, in each run. Errors: ErrChanged, ErrNotPlain, ErrNoSpace, ctx's, and
// the disk's that the .part lies on: what cannot be read of the file is missing.
func (p *Partial) Prime(ctx context.Context, path string, state FileState) (taken int, whole bool, err error) {
	if filepath.Dir(path) != p.opts.Dir {
		return 0, false, fmt.Errorf("prime with %s: it lies in another folder than %s", path, p.opts.Dir)
	}
	stat, mode, err := stateAt(path)
	if err != nil {
		return 0, false, err
	}
	if stat.state() != state {
		return 0, false, fmt.Errorf("%s: %w", path, ErrChanged)
	}
	m := p.Manifest()
	if m == nil {
		return 0, false, ErrNoManifest
	}
	p.mu.Lock()
	p.mode, p.replaces = mode, &replaced{path, state}
	p.mu.Unlock()
	old, err := openRegular(path)
	if err != nil {
		return 0, false, nil // a file that cannot be read has no good groups
	}
	defer old.Close()
	if taken, err = p.takeFrom(ctx, old, m); err == nil {
		err = p.mayLand(path) // what was written to it meanwhile has not been read
	}
	return taken, err == nil && taken == m.Groups() && stat.size == m.SizeBytes, err
}

// LandedState is the state of the file that Finish has put in its place, whatever
// lies there by now.
func (p *Partial) LandedState() (FileState, error) {
	p.files.RLock()
	defer p.files.RUnlock()
	if p.closed || p.landed == "" {
		return "", os.ErrClosed
	}
	info, err := p.file.Stat()
	if err != nil {
		return "", err
	}
	return statOf(info, p.landed).state(), nil
}

func (p *Partial) takeFrom(ctx context.Context, old *os.File, m *content.Manifest) (taken int, err error) {
	buf := make([]byte, min(m.GroupBytes(), wholeGroupBytes))
	have := p.Have()
	for g := have.NextMissing(0); g >= 0; g = have.NextMissing(g + 1) {
		if err := ctx.Err(); err != nil {
			return taken, err
		}
		off, n := m.Span(g)
		good, err := p.takeGroup(io.NewSectionReader(old, off, n), g, buf)
		if err != nil {
			return taken, err
		}
		if good {
			taken++
		}
	}
	return taken, nil
}

// takeGroup copies one group if it verifies.
func (p *Partial) takeGroup(old *io.SectionReader, g int, buf []byte) (good bool, err error) {
	if old.Size() <= int64(len(buf)) {
		data := buf[:old.Size()]
		if _, err := io.ReadFull(old, data); err != nil {
			return false, nil //nolint:nilerr // the file is cut or cannot be read there
		}
		err = p.WriteGroup(g, data)
	} else {
		err = p.streamGroup(old, g, buf)
	}
	if errors.Is(err, content.ErrBadGroup) {
		return false, nil
	}
	return err == nil, err
}

// streamGroup copies a group that is larger than buf.
func (p *Partial) streamGroup(old *io.SectionReader, g int, buf []byte) error {
	w, err := p.Group(g)
	if w == nil || err != nil {
		return err
	}
	for left := old.Size(); left > 0; {
		piece := buf[:min(int64(len(buf)), left)]
		if _, err := io.ReadFull(old, piece); err != nil {
			w.Abort()
			return fmt.Errorf("%w: %w", content.ErrBadGroup, err)
		}
		if _, err := w.Write(piece); err != nil {
			w.Abort()
			return err
		}
		left -= int64(len(piece))
	}
	return w.Commit()
}

// mayLand is false, as ErrChanged, when the file to be replaced is no longer the one
// that was repaired: what its owner has made of it meanwhile is not overwritten. Only
// in the moment between this look and the rename it could be. To exchange the names
// and look at what came out would close it, at the price of a .part that after a
// crash is the old file, with the new one's marks.
func (p *Partial) mayLand(path string) error {
	p.mu.Lock()
	old := p.replaces
	p.mu.Unlock()
	if old == nil || old.path != path {
		return nil
	}
	stat, _, err := stateAt(path)
	if err == nil && stat.state() == old.state {
		return nil
	}
	return errors.Join(fmt.Errorf("%s: %w", path, ErrChanged), err)
}
