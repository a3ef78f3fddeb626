package share

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"starling/share/content"
)

// PartialInfo is what a journal tells of a partial without opening it.
type PartialInfo struct {
	ID        content.ID
	Dir, Name string // as in PartialOptions
	SizeBytes int64  // 0 while unknown
}

// Partials lists the journals of a state folder, those it can read.
func Partials(stateDir string) []PartialInfo {
	paths, err := filepath.Glob(filepath.Join(stateDir, "*.journal"))
	if err != nil {
		return nil
	}
	var infos []PartialInfo
	for _, path := range paths {
		s, found := readJournal(osDisk{}, path)
		if !found || journalPath(stateDir, s.header.ID) != path {
			continue
		}
		info := PartialInfo{ID: s.header.ID, Dir: s.header.Dir, Name: s.header.Name}
		if s.manifest != nil {
			info.SizeBytes = s.manifest.SizeBytes
		}
		infos = append(infos, info)
	}
	return infos
}

// PartialExists tells whether an earlier run has left something to go on with.
func PartialExists(o PartialOptions) bool {
	return o.onDisk().exists(journalPath(o.StateDir, o.ID))
}

// DiscardPartial removes the .part and the journal of a download that nobody has
// open.
func DiscardPartial(o PartialOptions) error {
	err := o.onDisk().remove(partPath(o))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, discardFolder(o), removeJournal(o.onDisk(), o.StateDir, o.ID))
}

func partPath(o PartialOptions) string {
	return filepath.Join(o.Dir, o.Name+"."+o.ID.Short()+partSuffix)
}

func (p *Partial) open(ctx context.Context) error {
	old, found := readJournal(p.disk, journalPath(p.opts.StateDir, p.opts.ID))
	h := old.header
	if found && (h.ID != p.opts.ID || h.Dir != p.opts.Dir || h.Name != p.opts.Name) {
		old, found = journalState{}, false
	}
	if found && !p.disk.exists(p.path) && p.openLanded(ctx, old) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err // what has landed may be good, and must not be fetched again
	}
	existed, size, err := p.openFile()
	if err != nil {
		return err
	}
	p.opts.Hook(StepCreated)
	switch {
	case existed && found && p.landedFolder(ctx, old):
		return nil
	case ctx.Err() != nil:
		return ctx.Err() // as above
	case existed && found && p.landedTwice(old):
		return p.openByNewName(ctx)
	case !existed:
		// A .part that is gone takes its marks with it; the manifest stays good.
		old.have = content.NewBitset(old.have.Len())
	case old.manifest == nil:
		p.suspect = size > 0 // bytes without a journal: hashed once the manifest is known
	}
	if h.Mode != 0 && found && existed {
		p.mode = h.Mode
	}
	return p.begin(ctx, old, existed)
}

// begin takes over the journal's state, as far as it is to be believed, and
// starts this run's journal.
func (p *Partial) begin(ctx context.Context, old journalState, existed bool) error {
	p.manifest, p.have = old.manifest, old.have
	p.fresh = content.NewBitset(old.have.Len())
	boot := p.disk.bootID()
	if old.folder && existed && p.manifest != nil {
		p.refoldOrForget(&old)
	}
	if p.manifest != nil && existed {
		if err := p.restore(ctx, old, boot); err != nil {
			return err
		}
	}
	header := journalHeader{ID: p.opts.ID, Dir: p.opts.Dir, Name: p.opts.Name, Mode: p.mode, Boot: boot}
	j, err := createJournal(p.disk, p.opts.StateDir, journalState{header: header, manifest: p.manifest, have: p.have, folder: p.folder() != nil, folds: old.folds})
	p.journal = j
	if err != nil {
		return err
	}
	p.opts.Hook(StepJournal)
	if p.manifest == nil {
		return nil
	}
	// Last, so that the size of a new .part never fits an old journal's marks.
	return p.file.Truncate(p.manifest.SizeBytes)
}

// restore decides what has to be hashed before the marks count: nothing after
// a clean end or within the same boot, the marked groups after the machine went
// down or an fsync failed, every group where the journal or the .part is not as
// it was left.
func (p *Partial) restore(ctx context.Context, old journalState, boot string) error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	if old.syncing {
		p.file.dropCache()
	}
	sameBoot := boot != "" && boot == old.header.Boot
	switch {
	case old.damaged || info.Size() != p.manifest.SizeBytes:
		p.have.SetAll()
	case old.syncing:
	case sameBoot, old.clean && info.ModTime().UnixNano() == old.closed:
		return nil
	}
	p.have, err = p.rehash(ctx, p.manifest, p.have)
	p.fresh = p.have.Clone()
	return err
}

// openFile opens or creates the .part and locks it. The mode of a new one shows
// what the owner's umask would give an ordinary file; Finish sets that.
func (p *Partial) openFile() (existed bool, size int64, err error) {
	p.mode = 0o600
	if !p.opts.KeepDir {
		if err := makeDir(p.disk, p.opts.Dir, 0o755); err != nil {
			return false, 0, err
		}
	}
	p.file, err = p.disk.open(p.path, 0, 0)
	existed = err == nil
	if errors.Is(err, fs.ErrNotExist) {
		p.file, err = p.disk.open(p.path, os.O_CREATE|os.O_EXCL, 0o666)
	}
	if err != nil {
		return existed, 0, err
	}
	info, err := p.file.Stat()
	if err != nil {
		return existed, 0, err
	}
	if !info.Mode().IsRegular() {
		return existed, 0, fmt.Errorf("%s is not a regular file", p.path)
	}
	if !existed {
		p.mode = info.Mode().Perm()
		if err := p.file.Chmod(0o600); err != nil {
			return existed, 0, err
		}
	}
	return existed, info.Size(), p.file.lock()
}

// openLanded recognises a run that was stopped between the rename and the
// removal of its journal: the file at the landing path, if it verifies whole,
// is the finished one.
func (p *Partial) openLanded(ctx context.Context, old journalState) bool {
	if old.landing == "" || old.manifest == nil || filepath.Dir(old.landing) != p.opts.Dir {
		return false
	}
	file, err := p.disk.open(old.landing, 0, 0)
	if err != nil {
		return false
	}
	p.file, p.manifest = file, old.manifest
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() && info.Size() == old.manifest.SizeBytes && p.allVerify(ctx) && file.lock() == nil {
		p.landed = old.landing
		return true
	}
	file.Close()
	p.file, p.manifest = nil, nil
	return false
}

// landedTwice tells that the .part is the finished file by another name: some
// systems rename without replacing in two steps.
func (p *Partial) landedTwice(old journalState) bool {
	if old.landing == "" || filepath.Dir(old.landing) != p.opts.Dir || old.landing == p.path {
		return false
	}
	same, err := p.file.isAt(old.landing)
	return err == nil && same
}

// openByNewName opens what landedTwice tells of, by the name that it keeps.
func (p *Partial) openByNewName(ctx context.Context) error {
	err := p.file.Close() // its lock would keep us out
	p.file = nil
	if err = errors.Join(err, p.disk.remove(p.path)); err != nil {
		return err
	}
	return p.open(ctx)
}

func (p *Partial) allVerify(ctx context.Context) bool {
	good, err := p.rehash(ctx, p.manifest, allGroups(p.manifest))
	p.have, p.fresh = good, good.Clone()
	return err == nil && good.Complete()
}

// partSuffix names the files that Partial makes, for whoever lists folders.
const partSuffix = ".part"

// IsPartialName tells the name of a .part file, which no library shares.
func IsPartialName(name string) bool { return strings.HasSuffix(name, partSuffix) }
