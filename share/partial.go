package share

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"starling/share/content"
)

var (
	// ErrNoSpace says that the disk, or the owner's quota on it, is full.
	ErrNoSpace = errors.New("no space left")
	// ErrPartialLocked says that another process is fetching the same file into
	// the same folder.
	ErrPartialLocked = errors.New("another node is fetching this file into this folder")
	// ErrNotHeld says that bytes were asked of a partial that it has not verified.
	ErrNotHeld = errors.New("these bytes are not held yet")
	// ErrIncomplete says that groups are still missing.
	ErrIncomplete = errors.New("the file is not complete yet")
	// ErrNoManifest says that SetManifest has not succeeded yet.
	ErrNoManifest = errors.New("the manifest is not known yet")
)

// wholeGroupBytes is the largest group that is verified in memory before it
// touches the disk. Larger ones belong to files beyond 64 GiB and are written
// as they come, verified, then marked.
const wholeGroupBytes = 4 << 20

// PartialOptions says where a partial lives. All but KeepDir and
// Hook are needed.
type PartialOptions struct {
	Dir      string     // the target folder, absolute; the .part file lies here
	Name     string     // one path component, a DiskName; part of the .part's name
	ID       content.ID // what the bytes must hash to
	StateDir string     // folder of the journals, 0700, on any disk

	// KeepDir has a target folder that is missing stay so: its disk may be away, and a
	// folder in its place would look like one that its owner has emptied.
	KeepDir bool

	// Hook is told of each of the Steps when it is done. Tests end the process
	// there.
	Hook func(step string)

	disk           disk  // nil means the operating system's
	emptyFromBytes int64 // tests have less than emptyFromBytes
}

// Partial is a file on its way: a `.part` in the target folder, of which only
// verified groups count, and a journal in the state folder that remembers which.
//
// Its promise: whatever is killed whenever, Have never names a group whose
// bytes do not verify, and a group that WriteGroup has returned from is never
// asked for again. No group costs an fsync: what a killed process wrote is safe
// in the kernel, and after a crash of the machine (another boot id, or none
// known) every marked group is hashed again before it counts.
//
// WriteGroup, Group, ReadAt and the getters may be used by many goroutines.
type Partial struct {
	opts PartialOptions
	disk disk
	path string // of the .part

	// files guards file and closed: I/O holds it for reading, Finish, Close and
	// Discard for writing. It is taken before mu.
	files  sync.RWMutex
	file   diskFile
	closed bool

	mu        sync.Mutex // guards what follows
	journal   *journal
	manifest  *content.Manifest
	have      content.Bitset
	fresh     content.Bitset // verified in this run, in memory or by reading
	streaming map[int]bool   // groups that a GroupWriter is writing
	suspect   bool           // the .part holds bytes that no journal vouches for
	doubted   bool           // an fsync failed: what can be read may not be on the disk
	mode      os.FileMode    // of the finished file
	replaces  *replaced      // see Prime
	landed    string         // where the file was renamed to
	heads     int            // so many first groups tell whether it is a collection; 0: that is known
	sealed    *Landed        // of a collection that is complete
}

// OpenPartial opens the partial of o.ID in o.Dir or starts a new one. It takes
// back what the journal marks, after hashing it again where that is called for,
// which may take a while and ends early with ctx. A damaged journal or one that
// is gone costs that hashing, never a wrong group. Errors: ErrPartialLocked,
// ErrNoSpace, or the file system's.
func OpenPartial(ctx context.Context, o PartialOptions) (*Partial, error) {
	if o.Name == "" || o.Name != filepath.Base(o.Name) || !filepath.IsLocal(o.Name) || !filepath.IsAbs(o.Dir) {
		return nil, fmt.Errorf("open partial: %q in %q is not a name in an absolute folder", o.Name, o.Dir)
	}
	if o.Hook == nil {
		o.Hook = func(string) {}
	}
	p := &Partial{
		opts:      o,
		disk:      o.onDisk(),
		path:      partPath(o),
		streaming: make(map[int]bool),
		heads:     1,
	}
	err := p.open(ctx)
	if err == nil {
		err = p.unfoldIfDue(ctx)
	}
	if err != nil {
		_ = p.shut()
		return nil, fmt.Errorf("open partial of %s: %w", o.ID.Short(), spaceError(err))
	}
	return p, nil
}

func (o PartialOptions) onDisk() disk {
	if o.disk == nil {
		return osDisk{}
	}
	return o.disk
}

// spaceError makes a full disk answer to ErrNoSpace.
func spaceError(err error) error {
	if err == nil || !isNoSpace(err) || errors.Is(err, ErrNoSpace) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNoSpace, err)
}

// Path is where the bytes are: the .part, or the finished file after Finish.
func (p *Partial) Path() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.landed != "" {
		return p.landed
	}
	return p.path
}

// Manifest gives the proven manifest, nil before SetManifest. It is read-only.
func (p *Partial) Manifest() *content.Manifest {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.manifest
}

// Have gives a copy of the set of verified groups; of length 0 before the
// manifest is known.
func (p *Partial) Have() content.Bitset {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.have.Clone()
}

// HaveBytes counts the bytes of the verified groups.
func (p *Partial) HaveBytes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.haveBytes()
}

func (p *Partial) haveBytes() (n int64) {
	for g := range p.have.All() {
		_, span := p.manifest.Span(g)
		n += span
	}
	return n
}

// SetManifest proves m against the id, keeps it in the journal and sets the
// size of the .part, without taking the space. Call it only once the size is
// proven by the last group. Bytes found in a .part without a journal are hashed
// and counted. Errors: content.ErrBadManifest, content.ErrBadLayout, ErrNoSpace
// when the rest of the file cannot fit on the disk, ctx's.
func (p *Partial) SetManifest(ctx context.Context, m *content.Manifest) error {
	if err := m.Prove(p.opts.ID); err != nil {
		return err
	}
	if err := p.setManifest(ctx, m); err != nil {
		return err
	}
	return p.unfoldIfDue(ctx)
}

func (p *Partial) setManifest(ctx context.Context, m *content.Manifest) error {
	p.files.RLock()
	defer p.files.RUnlock()
	if p.closed {
		return os.ErrClosed
	}
	found, err := p.keepManifest(m)
	if err != nil {
		return fmt.Errorf("set manifest of %s: %w", p.opts.ID.Short(), spaceError(err))
	}
	if found {
		p.file.dropCache() // whoever wrote them may have failed to put them on the disk
		_, err = p.recheck(ctx, allGroups(m))
	}
	return err
}

// keepManifest tells whether the .part holds bytes that want hashing.
func (p *Partial) keepManifest(m *content.Manifest) (found bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.manifest != nil {
		return false, nil
	}
	if free, known := p.disk.free(p.opts.Dir); known && !p.suspect && free < m.SizeBytes {
		return false, fmt.Errorf("%w in %s: the file needs %d bytes, %d are free", ErrNoSpace, p.opts.Dir, m.SizeBytes, free)
	}
	if err := p.file.Truncate(m.SizeBytes); err != nil {
		return false, err
	}
	if err := p.journal.addManifest(m); err != nil {
		return false, err
	}
	p.manifest = m
	p.have = content.NewBitset(m.Groups())
	p.fresh = content.NewBitset(m.Groups())
	found, p.suspect = p.suspect, false
	p.opts.Hook(StepManifest)
	return found, nil
}

// ReadAt reads held bytes. The error is ErrNotHeld where a group under them has
// not been verified; io.ReaderAt's otherwise.
func (p *Partial) ReadAt(b []byte, off int64) (int, error) {
	p.files.RLock()
	defer p.files.RUnlock()
	if p.closed {
		return 0, os.ErrClosed
	}
	if !p.holds(off, int64(len(b))) {
		return 0, fmt.Errorf("%w: %d bytes at %d", ErrNotHeld, len(b), off)
	}
	return p.file.ReadAt(b, off)
}

func (p *Partial) holds(off, n int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.manifest == nil || off < 0 || n < 0 || off > p.manifest.SizeBytes-n {
		return false
	}
	groupBytes := p.manifest.GroupBytes()
	for g := off / groupBytes; g*groupBytes < off+n; g++ {
		if !p.have.Has(int(g)) {
			return false
		}
	}
	return true
}

// Close ends this run and keeps everything for the next: the .part is fsynced
// and the journal says so, which spares the next run the hashing.
func (p *Partial) Close() error {
	p.files.Lock()
	defer p.files.Unlock()
	if p.closed {
		return nil
	}
	var err error
	if p.landed == "" && p.have.Count() > 0 && !p.doubted {
		err = p.vouch()
	}
	return errors.Join(err, p.shut())
}

// vouch puts the .part on the disk and says so in the journal.
func (p *Partial) vouch() error {
	if err := p.sync(); err != nil {
		return err
	}
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	return p.journal.addClosed(info.ModTime())
}

// sync is the fsync of the .part. It is announced in the journal, and what comes
// after it there tells that it succeeded: a failed one loses writes that the
// cache goes on to show, and the next fsync does not know of it.
func (p *Partial) sync() error {
	if err := p.journal.add(recordSyncing, nil); err != nil {
		return err
	}
	p.opts.Hook(StepSyncing)
	if err := p.file.Sync(); err != nil {
		p.mu.Lock()
		p.doubted = true
		p.mu.Unlock()
		return err
	}
	p.opts.Hook(StepOnDisk)
	return nil
}

// Forget removes the journal of a file that Finish has landed, once others know
// of the file. Until then a later run recognises it by the journal instead of
// fetching it again. It may be called after Close.
func (p *Partial) Forget() error {
	if p.Path() == p.path {
		return ErrIncomplete
	}
	err := removeJournal(p.disk, p.opts.StateDir, p.opts.ID)
	if err == nil {
		p.opts.Hook(StepForgotten)
		err = p.removeIndex()
	}
	return err
}

// Discard ends the run and removes the .part and the journal. A file that
// Finish has landed stays.
func (p *Partial) Discard() error {
	p.files.Lock()
	defer p.files.Unlock()
	if p.closed {
		return os.ErrClosed
	}
	err := p.shut()
	if p.landed == "" || p.folder() != nil {
		err = errors.Join(err, p.disk.remove(p.path))
	}
	if p.landed == "" {
		err = errors.Join(err, discardFolder(p.opts))
	}
	return errors.Join(err, removeJournal(p.disk, p.opts.StateDir, p.opts.ID))
}

// shut closes the files, in any state.
func (p *Partial) shut() error {
	p.closed = true
	var errs []error
	if p.file != nil {
		errs = append(errs, p.file.Close())
	}
	if p.journal != nil {
		errs = append(errs, p.journal.file.Close())
	}
	return errors.Join(errs...)
}
