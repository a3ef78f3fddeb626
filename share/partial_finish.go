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

// ErrExists says that the target name was taken and OnExists asked to skip.
var ErrExists = errors.New("a file of this name exists already")

// ErrReplaced says that the .part under our hands is not the file we wrote.
var ErrReplaced = errors.New("the partial file was moved or replaced")

// OnExists says what to do when the name of a finished file is taken.
type OnExists uint8

const (
	ExistsRename    OnExists = iota // take "name (2).ext"
	ExistsSkip                      // keep what is there, see ErrExists
	ExistsOverwrite                 // replace it
)

var onExistsNames = [...]string{"rename", "skip", "overwrite"}

// ParseOnExists reads rename, skip or overwrite; empty is rename.
func ParseOnExists(s string) (OnExists, error) {
	for i, name := range onExistsNames {
		if s == name {
			return OnExists(i), nil
		}
	}
	if s == "" {
		return ExistsRename, nil
	}
	return 0, fmt.Errorf("%q is not one of rename, skip, overwrite", s)
}

func (o OnExists) String() string { return onExistsNames[o] }

// MarshalText and UnmarshalText use the words of ParseOnExists.
func (o OnExists) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the words of ParseOnExists.
func (o *OnExists) UnmarshalText(b []byte) (err error) {
	*o, err = ParseOnExists(string(b))
	return err
}

// renamesMax bounds the search for a free "name (n).ext".
const renamesMax = 10_000

// Finish turns the complete partial into the file called name in the target
// folder: whole-file check, fsync, rename without replacing, fsync of the
// folder. It returns the path. The journal stays until Forget.
//
// The whole-file check is made where it can tell something. A group of this run
// was verified in memory and its write succeeded, so reading it back would test
// the page cache at 0.35 s per GiB; only groups marked by earlier runs are
// hashed again, beside the size and the identity of the .part. If fsync fails,
// though, nothing is taken for granted: everything is dropped from the cache
// and read again.
//
// Errors: ErrIncomplete; content.ErrBadGroup when rechecked groups were lost,
// which are missing again and can be fetched; ErrExists with the path of the
// other file under ExistsSkip; ErrReplaced; ErrNoSpace; ctx's. After any of them
// the partial goes on.
func (p *Partial) Finish(ctx context.Context, name string, onExists OnExists) (path string, err error) {
	if name == "" || name != filepath.Base(name) || !filepath.IsLocal(name) {
		return "", fmt.Errorf("finish: %q is not a file name", name)
	}
	if err := p.unfoldIfDue(ctx); err != nil {
		return "", err
	}
	if err := p.check(ctx); err != nil {
		return "", fmt.Errorf("finish %s: %w", name, err)
	}
	p.files.Lock()
	defer p.files.Unlock()
	if p.closed {
		return "", os.ErrClosed
	}
	if p.landed == "" {
		if path, err = p.land(name, onExists); err != nil {
			return path, fmt.Errorf("finish %s: %w", name, spaceError(err))
		}
		p.mu.Lock()
		p.landed = path
		p.mu.Unlock()
		p.opts.Hook(StepRenamed)
	}
	return p.landed, p.afterLanding()
}

func (p *Partial) afterLanding() error {
	if err := p.disk.syncDir(p.opts.Dir); err != nil {
		return fmt.Errorf("finish: %w", err)
	}
	p.opts.Hook(StepSynced)
	return nil
}

// check is the whole-file check and the fsync.
func (p *Partial) check(ctx context.Context) error {
	p.files.RLock()
	defer p.files.RUnlock()
	if p.closed {
		return os.ErrClosed
	}
	if p.landed != "" {
		return p.sealFolder(ctx) // else checked when it was opened
	}
	old, complete := p.unconfirmed()
	if !complete {
		return ErrIncomplete
	}
	if p.inDoubt() {
		if err := p.fromDisk(ctx); err != nil {
			return err
		}
	}
	if err := p.mustVerify(ctx, old); err != nil {
		return err
	}
	if err := errors.Join(p.checkIdentity(), p.sealOrRecheck(ctx)); err != nil {
		return err
	}
	if err := p.file.Chmod(p.mode); err != nil {
		return err
	}
	if p.sync() == nil {
		return nil
	}
	if err := p.fromDisk(ctx); err != nil {
		return err
	}
	return p.sync()
}

// sealOrRecheck is sealFolder that calls nobody a liar before the disk was read:
// a file that another program has changed since looks the same.
func (p *Partial) sealOrRecheck(ctx context.Context) error {
	err := p.sealFolder(ctx)
	if !errors.Is(err, ErrFalseIndex) {
		return err
	}
	if lost := p.mustVerify(ctx, allGroups(p.Manifest())); lost != nil {
		return lost
	}
	return err
}

func (p *Partial) inDoubt() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.doubted
}

// fromDisk ends the doubt after a failed fsync: the disk itself is read, not
// the cache. Lost groups are ErrBadGroup, and missing from then on.
func (p *Partial) fromDisk(ctx context.Context) error {
	p.file.dropCache()
	lost, err := p.recheck(ctx, allGroups(p.Manifest()))
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.doubted = false
	p.mu.Unlock()
	return lostError(lost)
}

func lostError(groups int) error {
	if groups == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d groups on the disk changed since they were written", content.ErrBadGroup, groups)
}

// unconfirmed gives the groups that earlier runs marked and nothing has read
// since.
func (p *Partial) unconfirmed() (old content.Bitset, complete bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.manifest == nil || !p.have.Complete() {
		return old, false
	}
	old = content.NewBitset(p.have.Len())
	for g := p.fresh.NextMissing(0); g >= 0; g = p.fresh.NextMissing(g + 1) {
		old.Set(g)
	}
	return old, true
}

func (p *Partial) mustVerify(ctx context.Context, groups content.Bitset) error {
	if groups.Count() == 0 {
		return nil
	}
	lost, err := p.recheck(ctx, groups)
	return errors.Join(err, lostError(lost))
}

// checkIdentity makes sure that the rename will move the file that was written.
func (p *Partial) checkIdentity() error {
	there, err := p.file.isAt(p.path)
	if err != nil {
		return err
	}
	if !there {
		return fmt.Errorf("%w: %s", ErrReplaced, p.path)
	}
	info, err := p.file.Stat()
	if err == nil && info.Size() != p.Manifest().SizeBytes {
		return fmt.Errorf("%w: its size is %d bytes, not %d", ErrReplaced, info.Size(), p.Manifest().SizeBytes)
	}
	return err
}

// numbered gives the name that is tried after n-1 others.
func (p *Partial) numbered(name string, n int) string {
	if p.folder() != nil {
		return numberedFolder(name, n)
	}
	return numbered(name, n)
}

// land renames the .part, after noting in the journal where to, so that a run
// stopped in between knows its own file again.
func (p *Partial) land(name string, onExists OnExists) (string, error) {
	for n := 1; n <= renamesMax; n++ {
		path := filepath.Join(p.opts.Dir, p.numbered(name, n))
		if onExists == ExistsRename && p.disk.exists(path) {
			continue
		}
		if err := p.journal.addLanding(path); err != nil {
			return "", err
		}
		p.opts.Hook(StepLanding)
		if err := p.checkIdentity(); err != nil { // once more, for the fsync may have taken minutes
			return "", err
		}
		if err := p.mayLand(path); err != nil {
			return "", err
		}
		err := p.move(path, onExists == ExistsOverwrite)
		switch {
		case err == nil:
			return path, nil
		case !errors.Is(err, fs.ErrExist):
			return "", err
		case onExists == ExistsSkip:
			return path, fmt.Errorf("%w: %s", ErrExists, path)
		}
	}
	return "", fmt.Errorf("%w: so do %d numbered ones", ErrExists, renamesMax-1)
}

// numbered gives "name.ext", then "name (2).ext" and so on.
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	ext := filepath.Ext(name)
	return fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n, ext)
}

func (p *Partial) move(path string, replace bool) error {
	if s := p.folder(); s != nil {
		return p.moveFolder(s, path)
	}
	if moveNeedsClosed {
		if err := p.file.Close(); err != nil {
			return err
		}
	}
	err := p.disk.rename(p.path, path, replace)
	if !moveNeedsClosed {
		return err
	}
	at := path
	if err != nil {
		at = p.path
	}
	file, openErr := p.disk.open(at, 0, 0)
	if openErr == nil {
		p.file = file
	}
	return errors.Join(err, openErr)
}
