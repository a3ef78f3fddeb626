package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"starling/share/content"
)

// ErrVerifying says that Verify was called while it runs: two readers would only
// make the disk slower.
var ErrVerifying = errors.New("the shared files are being verified already")

// VerifyState is what became of one file.
type VerifyState string

// What Verify finds.
const (
	VerifiedOK         VerifyState = "ok"
	VerifiedDamaged    VerifyState = "damaged"    // its bytes are not what was hashed, and nobody has written to it
	VerifiedChanged    VerifyState = "changed"    // somebody has written to it, moved or deleted it: it is hashed again; or it is no longer shared
	VerifiedUnreadable VerifyState = "unreadable" // some or all of it
)

// Verified is one file that Verify has looked at.
type Verified struct {
	Path      string // on this disk, absolute
	Name      string // virtual, as File.Path
	ID        content.ID
	SizeBytes int64
	State     VerifyState
	Groups    int
	Bad       content.Bitset // the groups that are damaged or unreadable
	Err       error          // why it could not be read
}

// VerifyOptions says what to verify, and who is told. All but Targets may be nil.
type VerifyOptions struct {
	// Targets are names of shared folders, or absolute paths of files and of folders
	// with shared files in them. Empty means all that is shared or fetched.
	Targets []string
	// File is told of every file, Progress now and then and at the end. Both are
	// called by Verify's own goroutine, which waits for them.
	File     func(Verified)
	Progress func(VerifyProgress)

	through func(path string, f io.ReaderAt) io.ReaderAt // tests have disks that fail
}

// VerifyProgress counts what has been verified so far.
type VerifyProgress struct {
	Files, FilesAll                  int
	Bytes, BytesAll                  int64 // read, and to read
	OK, Damaged, Changed, Unreadable int
	Path                             string // of the file that is read, empty at the end
}

// progressEvery is how often Progress is called, and the most that marks wait to
// be written down.
const (
	progressEvery = 250 * time.Millisecond
	markEvery     = time.Second
)

// Verify reads shared files again and compares them with what was hashed, chunk
// group by group, one file after the other. What is damaged is taken off the
// shelf, see Damaged; what was marked as damaged and is well again comes back.
// Files that were written to since are left to Run. Trouble with one file is told
// and does not stop it. Errors: ErrVerifying, ErrNotShared for a target that names
// nothing, ctx's; counts hold what was done until then.
func (l *Library) Verify(ctx context.Context, o VerifyOptions) (counts VerifyProgress, err error) {
	if !l.verifying.TryLock() {
		return counts, ErrVerifying
	}
	defer l.verifying.Unlock()
	records, err := l.toVerify(o.Targets)
	if err != nil {
		return counts, err
	}
	v := newVerification(ctx, l, o)
	for _, rec := range records {
		v.counts.FilesAll++
		v.counts.BytesAll += rec.stat.size
	}
	for _, rec := range records {
		if v.ctx.Err() != nil {
			break
		}
		v.take(v.file(rec), rec)
	}
	v.counts.Path = ""
	v.o.Progress(v.counts)
	return v.counts, errors.Join(v.end(), ctx.Err())
}

// VerifyFile is Verify for the one shared file at an absolute path.
func (l *Library) VerifyFile(ctx context.Context, path string) (Verified, error) {
	records, err := l.toVerify([]string{path})
	if err != nil {
		return Verified{}, err
	}
	if len(records) == 0 {
		return Verified{}, fmt.Errorf("%s: %w", path, ErrNotShared)
	}
	v := newVerification(ctx, l, VerifyOptions{})
	out := v.file(records[0])
	if ctx.Err() == nil {
		v.take(out, records[0])
	}
	return out, errors.Join(v.end(), ctx.Err())
}

// verification is one run of Verify. One goroutine.
type verification struct {
	*Library
	ctx    context.Context
	o      VerifyOptions
	hasher content.Hasher
	buf    []byte
	counts VerifyProgress
	told   time.Time
	marked time.Time // when marks were last written down
	wake   bool      // the next look has something to do
}

func newVerification(ctx context.Context, l *Library, o VerifyOptions) *verification {
	if o.File == nil {
		o.File = func(Verified) {}
	}
	if o.Progress == nil {
		o.Progress = func(VerifyProgress) {}
	}
	if o.through == nil {
		o.through = func(_ string, f io.ReaderAt) io.ReaderAt { return f }
	}
	return &verification{Library: l, ctx: ctx, o: o, buf: make([]byte, wholeGroupBytes), marked: time.Now()}
}

// end writes the marks down and lets the library look at what has changed.
func (v *verification) end() error {
	if v.wake {
		v.wakeUp()
	}
	return v.damage.save()
}

// count notes bytes that were read, waits as the owner wants it for the sake of the
// disk, and tells how far it is when that is due.
func (v *verification) count(n int) {
	v.throttle.wait(v.ctx, n)
	v.counts.Bytes += int64(n)
	if now := time.Now(); now.Sub(v.told) >= progressEvery {
		v.told = now
		v.o.Progress(v.counts)
	}
}

// take does what follows from the state of a file.
func (v *verification) take(f Verified, rec *record) {
	if v.ctx.Err() != nil {
		return // it was not read to its end
	}
	marked := v.damage.has(rec.stat)
	v.counts.Files++
	switch f.State {
	case VerifiedOK:
		v.counts.OK++
		if marked {
			v.heal(f, rec)
		}
	case VerifiedDamaged:
		v.counts.Damaged++
		v.condemn(rec, f.Groups, f.Bad.Count())
		v.wake = true
	case VerifiedUnreadable:
		v.counts.Unreadable++
	case VerifiedChanged:
		v.counts.Changed++
		v.wake = true
		if !marked && rec.root.gone.Err() == nil {
			v.doubt(rec)
		}
	}
	if now := time.Now(); now.Sub(v.marked) >= markEvery {
		v.marked = now
		if err := v.damage.save(); err != nil {
			v.log.Warn("list of damaged files not written", "err", err)
		}
	}
	v.o.File(f)
}

// heal shares a file again that was put right by whoever left its time of change
// as it was.
func (v *verification) heal(f Verified, rec *record) {
	m, err := v.catalog.manifest(rec.id, rec.stat.size)
	if err == nil {
		_, err = v.Restored(f.Path, m, rec.id, rec.stat.state())
	}
	if err != nil {
		v.log.Warn("file that is well again is not shared", "err", err)
	}
}

// file reads one file.
func (v *verification) file(rec *record) Verified {
	out := Verified{Path: rec.root.onDisk(rec.raw), Name: rec.path, ID: rec.id, SizeBytes: rec.stat.size, Groups: content.LayoutOf(rec.stat.size).Groups()}
	v.counts.Path = out.Path
	before := v.counts.Bytes
	v.read(rec, &out)
	v.counts.Bytes = before + rec.stat.size // what was not read need not be waited for
	return out
}

// read fills in what it finds.
func (v *verification) read(rec *record, out *Verified) {
	f, stat, err := rec.root.open(rec.raw)
	switch {
	case err != nil:
		out.State, out.Err = unopened(out.Path, err)
		return
	case stat != rec.stat || rec.root.gone.Err() != nil:
		f.Close()
		out.State = VerifiedChanged
		return
	}
	defer f.Close()
	dropCache(f) // the disk is asked, not the memory
	v.compare(f, rec, out)
	dropCache(f) // nor is the memory filled with what nobody reads
	if stat, err = rec.root.statOpen(f, rec.raw); err == nil && stat != rec.stat || rec.root.gone.Err() != nil {
		out.State, out.Err = VerifiedChanged, nil
	}
}

// unopened tells a file that is gone, or is no file any more, from one that cannot
// be read.
func unopened(path string, err error) (VerifyState, error) {
	info, statErr := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(statErr, fs.ErrNotExist) || statErr == nil && !info.Mode().IsRegular() {
		return VerifiedChanged, nil
	}
	return VerifiedUnreadable, cause(err)
}
