package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"starling/share/content"
)

// A partial becomes a folder by itself as soon as the groups that hold the index
// of a collection are here: what a content begins with tells what it is, and
// nobody's word counts. The steps, and what a run stopped after each finds:
//
//	folder and names made      no 'F' in the journal: all marked bytes are in the
//	marked bytes copied        .part, and the next run does these steps again
//	'F' in the journal         the files hold the bytes, the .part the index
//
// The folder lies beside the .part, which stays for its lock, its identity and
// the index until the journal goes. It also keeps what was copied: an older
// journal may come back with a power cut, and would believe it to be there. Only
// much is given back, after waiting until all that replaces it is on the disk.

// unfoldIfDue makes the folder when the index has come. It is called without locks.
func (p *Partial) unfoldIfDue(ctx context.Context) error {
	for {
		p.mu.Lock()
		missing := p.have.NextMissing(0)
		due := p.heads > 0 && p.manifest != nil && p.landed == "" && (missing < 0 || missing >= p.heads)
		p.mu.Unlock()
		if !due {
			return nil
		}
		if err := p.unfold(ctx); err != nil {
			return fmt.Errorf("make a folder of %s: %w", p.opts.ID.Short(), spaceError(err))
		}
	}
}

// unfold takes the next step: it finds out how many groups hold the index, or
// makes the folder, or knows that it is an ordinary file.
func (p *Partial) unfold(ctx context.Context) error {
	p.files.Lock()
	defer p.files.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	p.mu.Lock()
	heads, m, moving := p.heads, p.manifest, p.have.Clone()
	for g := range p.streaming {
		moving.Set(g)
	}
	p.mu.Unlock()
	if heads == 0 {
		return nil // another was as quick
	}
	need, col, err := readIndex(p.file, m, heads)
	if err != nil {
		return err
	}
	if need > heads || col == nil {
		p.setHeads(need)
		return nil
	}
	dir := folderPath(p.opts)
	existed := p.disk.exists(dir)
	if err := p.disk.mkdirAll(dir, 0o700); err != nil {
		return err
	}
	s, err := newSpread(p.disk, p.file, dir, col, foldsCase(p.disk, dir))
	if err != nil {
		return err
	}
	if err := s.lay(); err != nil {
		return err
	}
	if err := s.fill(ctx, m, moving); err != nil {
		return err
	}
	if err := p.journal.addFolder(s.folds, false); err != nil {
		return err
	}
	p.file = s
	p.setHeads(0)
	p.opts.Hook(StepFolder)
	if int64(moving.Count()) > p.opts.emptyFrom()/m.GroupBytes() {
		if err := p.emptyPart(s); err != nil {
			return err
		}
	}
	if !existed {
		return nil
	}
	missing := allGroups(m)
	for g := range moving.All() {
		missing.Clear(g)
	}
	_, err = p.recheck(ctx, missing) // of a run whose journal is lost
	return err
}

func (p *Partial) setHeads(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heads = n
}

// readIndex reads the index from the first groups, of which so many are held.
// More are needed where the first return is larger; 0 says that it is no
// collection.
func readIndex(part diskFile, m *content.Manifest, heads int) (need int, col *content.Collection, err error) {
	head := make([]byte, min(int64(content.CollectionHeadBytes), m.SizeBytes))
	if err := readFull(part, head, 0); err != nil {
		return 0, nil, err
	}
	n, ok := content.CollectionIndexBytes(head)
	if !ok || n > m.SizeBytes {
		return 0, nil, nil
	}
	if need = content.GroupsFor(m.Layout, n); need > heads {
		return need, nil, nil
	}
	index := make([]byte, n)
	if err := readFull(part, index, 0); err != nil {
		return 0, nil, err
	}
	col, err = content.ParseCollection(index, m.SizeBytes)
	if err != nil {
		return 0, nil, nil //nolint:nilerr // it only looked like one
	}
	return need, col, nil
}

// readFull fills b or says why it cannot.
func readFull(f io.ReaderAt, b []byte, off int64) error {
	n, err := f.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	return err
}

// fill copies groups from the .part to the files. The index lies where it
// should: writing it once more could tear it in a power cut.
func (s *spread) fill(ctx context.Context, m *content.Manifest, groups content.Bitset) error {
	buf := make([]byte, recheckBytes)
	for g := range groups.All() {
		off, n := m.Span(g)
		for end := off + n; off < end; {
			piece := buf[:min(recheckBytes, end-off)]
			if err := errors.Join(readFull(s.diskFile, piece, off), ctx.Err()); err != nil {
				return err
			}
			if _, err := s.each(piece, off, s.writeFile); err != nil {
				return err
			}
			off += int64(len(piece))
		}
	}
	return nil
}

// writeFile is write for all but the index.
func (s *spread) writeFile(file int, b []byte, at int64) (int, error) {
	if file < 0 {
		return len(b), nil
	}
	return s.write(file, b, at)
}

// emptyFromBytes is how much must have been copied to be worth waiting for the
// disk. With a word about the index from its sources, a download copies a few
// groups.
const emptyFromBytes = 64 << 20

func (o PartialOptions) emptyFrom() int64 {
	if o.emptyFromBytes != 0 {
		return o.emptyFromBytes
	}
	return emptyFromBytes
}

// emptyPart gives back the room of what was copied, by cutting the .part behind
// the index and giving it back its size.
func (p *Partial) emptyPart(s *spread) error {
	if err := p.sync(); err != nil {
		return err
	}
	if err := p.journal.addFolder(s.folds, true); err != nil {
		return err
	}
	if err := errors.Join(p.journal.file.Sync(), p.disk.syncDir(p.opts.StateDir), p.disk.syncDir(p.opts.Dir)); err != nil {
		return err
	}
	if err := s.diskFile.Truncate(int64(len(s.col.Index()))); err != nil {
		return err
	}
	return s.diskFile.Truncate(s.col.SizeBytes())
}

// refoldOrForget takes a folder up that an earlier run has made. Where the index
// is not in the .part any more, nothing that is marked counts; where files are
// missing, everything is read again.
func (p *Partial) refoldOrForget(old *journalState) {
	if !p.refold(folderPath(p.opts), old.manifest, old.folds) {
		p.have = content.NewBitset(p.have.Len())
		return
	}
	old.damaged = old.damaged || !p.folder().whole(old.manifest.Layout, p.have)
}

func (p *Partial) refold(dir string, m *content.Manifest, folds bool) bool {
	need, col, err := readIndex(p.file, m, m.Groups())
	if err != nil || col == nil || !p.disk.exists(dir) {
		return false
	}
	s, err := newSpread(p.disk, p.file, dir, col, folds)
	if err != nil {
		return false
	}
	buf := make([]byte, max(recheckBytes, min(m.GroupBytes(), wholeGroupBytes)))
	part := p.file
	p.file = s
	for g := range need {
		if !p.have.Has(g) || !p.verifyOnDisk(context.Background(), m, g, buf) {
			p.file = part
			return false
		}
	}
	p.heads = 0
	return true
}

// landedFolder recognises a run that was stopped after its folder was renamed.
func (p *Partial) landedFolder(ctx context.Context, old journalState) bool {
	if !old.folder || old.landing == "" || old.manifest == nil || filepath.Dir(old.landing) != p.opts.Dir || p.disk.exists(folderPath(p.opts)) {
		return false
	}
	part := p.file
	p.manifest, p.have = old.manifest, allGroups(old.manifest)
	if p.refold(old.landing, old.manifest, old.folds) && p.allVerify(ctx) {
		p.landed = old.landing
		return true
	}
	p.file, p.manifest, p.have, p.heads = part, nil, content.Bitset{}, 1
	return false
}

// removeIndex ends the .part of a folder that has landed, which nobody needs
// without its journal.
func (p *Partial) removeIndex() error {
	p.files.RLock()
	defer p.files.RUnlock()
	if p.folder() == nil {
		return nil
	}
	return p.disk.remove(p.path)
}

// folder is the spread of a partial that has become one. The caller holds files.
func (p *Partial) folder() *spread {
	s, _ := p.file.(*spread)
	return s
}

// sealFolder looks at every file of a complete folder. The caller holds files.
func (p *Partial) sealFolder(ctx context.Context) error {
	s := p.folder()
	if s == nil {
		return nil
	}
	l, err := s.seal(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sealed = l
	return nil
}

// moveFolder renames the folder of files; a landed folder is readable as others are.
func (p *Partial) moveFolder(s *spread, path string) error {
	mode := p.mode | p.mode&0o444>>2
	if err := p.disk.chmod(s.dir, mode); err != nil {
		return err
	}
	if err := p.disk.rename(s.dir, path, false); err != nil {
		return err
	}
	s.dir = path
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sealed.Path = path
	return nil
}

// Landed is the collection that Finish has put into the target folder, nil where
// it was a file.
func (p *Partial) Landed() *Landed {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.landed == "" {
		return nil
	}
	return p.sealed
}

// IndexGroups is how many of the first groups hold the index of a collection; 0
// for a file, and while it is not known.
func (p *Partial) IndexGroups() int {
	p.files.RLock()
	defer p.files.RUnlock()
	if s := p.folder(); s != nil {
		return s.col.IndexGroups()
	}
	return 0
}

// Files counts the files of a collection, and those of which every byte is
// verified; 0 for a file, and while it is not known.
func (p *Partial) Files() (all, held int) {
	p.files.RLock()
	defer p.files.RUnlock()
	s := p.folder()
	if s == nil {
		return 0, 0
	}
	p.mu.Lock()
	m, have := p.manifest, p.have.Clone()
	p.mu.Unlock()
	return len(s.names), s.held(m.Layout, have)
}

// numberedFolder gives "name", then "name (2)" and so on: a dot in a folder's
// name begins no extension.
func numberedFolder(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s (%d)", name, n)
}

// discardFolder removes what a partial collection left; none is fine.
func discardFolder(o PartialOptions) error {
	err := o.onDisk().removeAll(folderPath(o))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
