package share

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"starling/share/content"
)

// ErrNotShared says that nothing is shared under that id, path or name.
var ErrNotShared = errors.New("not shared")

// Root is a shared folder as its owner sees it.
type Root struct {
	Name      string // the first component of its files' virtual paths
	Path      string // the folder, absolute, links resolved
	Added     time.Time
	Files     int
	SizeBytes int64
	Hashing   int // files that wait to be hashed, or are being read

	// Collection says that the folder is shared as one thing as well; ID is its
	// content id then, zero until it is hashed.
	Collection bool
	ID         content.ID

	// Collections are the folders in it that are shared as one thing as well.
	Collections []InnerCollection
	Audience    Audience // who may have it
	Ignore      []string // patterns of names that are left out, as gitignore has them
	Damaged     int      // files that are not shared because their bytes are not what was hashed, see Verify

	Problem string // why some or all of it is not shared now, fit for a screen; empty when all is well
}

// InnerCollection is a folder in a shared folder that is one thing as well.
type InnerCollection struct {
	Path string // the folder, absolute
	ID   content.ID
}

// root is a shared folder, or the collection of adopted files.
type root struct {
	name  string
	dir   string // empty for adopted files, whose raw names are absolute
	added time.Time

	collections atomic.Pointer[[]string] // see packed

	audience atomic.Pointer[audience] // never nil; changed with shelf.changing held
	reserved *index                   // of its files while they are not for everyone

	ignoring atomic.Pointer[ignoring] // never nil
	broken   atomic.Pointer[string]   // what tellBroken has told
	looks    atomic.Int64             // at all of it, so far

	gone context.Context // ends when the root is removed
	end  context.CancelFunc

	// Guarded by shelf.mu.
	listing   []*record // by path, then raw
	sizeBytes int64
	problem   string // with its folders
	unread    string // with its files
	unpacked  string // with making a collection of it
}

func newRoot(name, dir string, added time.Time) *root {
	r := &root{name: name, dir: dir, added: added, reserved: newIndex()}
	r.audience.Store(newAudience(Audience{}))
	r.ignoring.Store(newIgnoring(nil))
	r.gone, r.end = context.WithCancel(context.Background())
	return r
}

// onDisk is where the file with this raw name lies.
func (r *root) onDisk(raw string) string {
	return filepath.Join(r.dir, filepath.FromSlash(raw))
}

// open opens one file of the root, if it is a regular file. No link is followed:
// a folder that was swapped for one leads nowhere.
func (r *root) open(raw string) (f *os.File, stat fileStat, err error) {
	if r.adopted() {
		f, err = openRegular(r.onDisk(raw))
	} else {
		f, err = openBeneath(r.dir, raw)
	}
	if err != nil {
		return nil, stat, err
	}
	if stat, err = r.statOpen(f, raw); err != nil {
		f.Close()
		return nil, stat, err
	}
	return f, stat, nil
}

// statOpen gives the present state of an open file, if it is a regular one.
func (r *root) statOpen(f *os.File, raw string) (fileStat, error) {
	info, err := f.Stat()
	if err != nil {
		return fileStat{}, err
	}
	if !info.Mode().IsRegular() {
		return fileStat{}, fmt.Errorf("%s is no regular file: %w", raw, fs.ErrNotExist)
	}
	return statOf(info, r.onDisk(raw)), nil
}

// look gives the present state of one file of the root.
func (r *root) look(raw string) (fileStat, error) {
	f, stat, err := r.open(raw)
	if err != nil {
		return stat, err
	}
	return stat, f.Close()
}

// trouble is called with shelf.mu held.
func (r *root) trouble() string {
	var all []string
	for _, trouble := range []string{r.audience.Load().trouble(), r.problem, r.unread, r.unpacked} {
		if trouble != "" {
			all = append(all, trouble)
		}
	}
	return DisplayName(strings.Join(all, "; ")) // they quote names from the disk
}

func (r *root) adopted() bool { return r.dir == "" }

// AddRoot shares a folder from now on. It refuses folders that must not be
// shared (see Refusal) and folders inside or around one that is shared already;
// adding the same folder twice gives the Root that is there. The files follow
// when Run has read them: see Rescan.
func (l *Library) AddRoot(ctx context.Context, path string) (Root, error) {
	return l.AddRootAs(ctx, path, RootOptions{})
}

// RootOptions says how a folder is shared.
type RootOptions struct {
	Collection bool      // as one thing, too, that can be found and fetched whole: see Root.ID
	Audience   *Audience // who may have it; nil: everyone, and of a folder that is shared already whoever may now
	Ignore     []string  // patterns of names that are left out; nil: none, and of a folder that is shared already those it has
}

// AddRootAs shares a folder as AddRoot does, in another way. For a collection it may
// lie in one that is shared, and must have files. Of a folder that is shared already
// it changes the patterns, which hold from the next look on, at once. Errors are
// those of AddRoot, ErrPattern, ErrAudience, and ErrOtherAudience where the folder
// is shared already with others than asked for: see SetAudience.
func (l *Library) AddRootAs(ctx context.Context, path string, o RootOptions) (Root, error) {
	audience, err := o.audience()
	if err == nil {
		err = CheckIgnore(o.Ignore)
	}
	if err != nil {
		return Root{}, fmt.Errorf("share %s: %w", path, err)
	}
	collection := o.Collection
	if err := ctx.Err(); err != nil {
		return Root{}, err
	}
	dir, err := l.refusals.resolve(path)
	if err != nil {
		return Root{}, err
	}
	if collection && !l.hasFiles(ctx, dir, ignoringOf(l.shelf.folders(), dir, o.Ignore)) {
		return Root{}, fmt.Errorf("share %s: %w: it has no files to make a collection of", path, ErrRefused)
	}
	l.choosing.Lock()
	defer l.choosing.Unlock()
	roots := l.shelf.folders()
	for _, r := range roots {
		if r.dir == dir || collection && within(dir, r.dir) {
			return l.alter(r, roots, dir, o)
		}
	}
	if err := overlap(roots, dir); err != nil {
		return Root{}, err
	}
	r := newRoot(freeName(dir, roots), dir, time.Now().UTC().Truncate(time.Second))
	if collection {
		r.setPacked([]string{""})
	}
	r.audience.Store(audience)
	r.ignoring.Store(newIgnoring(o.Ignore))
	if err := l.choices.saveRoots(append(roots, r)); err != nil {
		return Root{}, fmt.Errorf("remember that %s is shared: %w", dir, err)
	}
	l.shelf.addRoot(r)
	l.wakeUp()
	return l.describe(r), nil
}

// alter changes how a root is shared, or makes a collection of a folder in it. The
// caller holds choosing.
func (l *Library) alter(r *root, roots []*root, dir string, o RootOptions) (Root, error) {
	if now := r.audience.Load().told(); o.Audience != nil && !now.equal(newAudience(*o.Audience).Audience) {
		if dir != r.dir {
			return Root{}, fmt.Errorf("%s lies in %s, shared as %q with %s: %w", dir, r.dir, r.name, now, ErrOtherAudience)
		}
		return Root{}, fmt.Errorf("%s is shared as %q with %s: %w", dir, r.name, now, ErrOtherAudience)
	}
	if dir != r.dir && o.Ignore != nil {
		return Root{}, fmt.Errorf("%s lies in %s: %w: give the patterns to that folder, or put them into a file %s here", dir, r.dir, ErrPattern, ignoreName)
	}
	if err := l.setIgnores(r, roots, o.Ignore); err != nil {
		return Root{}, err
	}
	return l.makeCollection(r, roots, dir, o.Collection)
}

// overlap says which root a folder lies in or around, if it is none itself.
func overlap(roots []*root, dir string) error {
	for _, r := range roots {
		if r.dir != dir && (within(dir, r.dir) || within(r.dir, dir)) {
			return fmt.Errorf("%s overlaps %s, which is shared as %q; remove that first if you want this one instead", dir, r.dir, r.name)
		}
	}
	return nil
}

// freeName names a root after its folder, with a number where that is taken.
func freeName(dir string, roots []*root) string {
	base := wireName(virtualName(filepath.Base(dir)))
	name := base
	for n := 2; name == adoptedName || slices.ContainsFunc(roots, func(r *root) bool { return r.name == name }); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

// RemoveRoot stops sharing a folder, named as in Root.Name or by its path. The
// hashes of its files stay in the catalog for a while. What was fetched into it is
// served on by its ids if the folder was for everyone, else it is forgotten.
func (l *Library) RemoveRoot(nameOrPath string) error {
	l.choosing.Lock()
	defer l.choosing.Unlock()
	roots := l.shelf.folders()
	i := rootNamed(roots, nameOrPath)
	if i < 0 {
		return fmt.Errorf("no folder is shared as %q: %w", nameOrPath, ErrNotShared)
	}
	if err := l.forgetInside(roots[i]); err != nil {
		return err
	}
	if err := l.choices.saveRoots(slices.Delete(slices.Clone(roots), i, i+1)); err != nil {
		return fmt.Errorf("remember that %s is no longer shared: %w", roots[i].dir, err)
	}
	l.shelf.dropRoot(roots[i])
	for _, raw := range roots[i].packed() {
		l.unpack(roots[i], raw)
	}
	l.wakeUp() // what was fetched into it is fetched alone now
	return nil
}

// rootNamed finds a root by its name or path; -1 when there is none.
func rootNamed(roots []*root, nameOrPath string) int {
	if i := slices.IndexFunc(roots, func(r *root) bool { return r.name == nameOrPath }); i >= 0 {
		return i
	}
	return slices.IndexFunc(roots, func(r *root) bool { return samePath(r.dir, nameOrPath) })
}

// samePath also recognises a folder that is gone or was named through a link.
func samePath(dir, path string) bool {
	abs, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	if abs == dir {
		return true
	}
	resolved, err := filepath.EvalSymlinks(abs)
	return err == nil && resolved == dir
}

// Roots lists the shared folders in the order they were added.
func (l *Library) Roots() []Root {
	var out []Root
	for _, r := range l.shelf.folders() {
		out = append(out, l.describe(r))
	}
	return out
}
