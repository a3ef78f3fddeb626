package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"starling/share/content"
	"starling/share/words"
)

// job is a file that must be hashed, or only looked into where its hash is known.
type job struct {
	root *root
	path string // virtual
	raw  string
	stat fileStat

	searchable bool
	pack       *pack // to hash instead
	lies       string
	asOf       int64 // the look at the root that made it; see stillShared
	attempts   int   // how often it was changing when it was looked at
	calm       bool  // it has been so for the quiet time, as far as can be told
}

// name tells a job from others, whatever the file's state.
func (j job) name() fileName { return fileName{j.root, j.raw} }

type fileName struct {
	root *root
	raw  string
}

// scanned is what one look at a root found, or at some folders of it.
type scanned struct {
	root    *root
	jobs    []job
	changed bool                  // the shelf is not what it was
	missing bool                  // the root could not be read
	covers  func(raw string) bool // whether the look was at the place of a file; nil: at all
}

// scan brings the listing of a root up to date with its folder. Files whose
// hash is known are shared at once, the others become jobs.
func (l *Library) scan(ctx context.Context, r *root, hooks walk) (scanned, error) {
	switch r {
	case l.adopted:
		return l.scanAdopted(ctx, r), ctx.Err()
	case l.packs:
		return scanned{root: r}, nil // they are made when their files are known
	}
	r.looks.Add(1)
	var found []*record
	j, broken := l.judgeOf(r)
	w := hooks
	w.dir, w.rules = r.dir, j.rules
	w.found = func(raw string, info fs.FileInfo) { found = append(found, r.found(raw, w.stat(raw, info))) }
	err := broken
	if err == nil {
		err = w.run(ctx)
		l.tellBroken(r, w.broken)
	}
	switch {
	case ctx.Err() != nil:
		return scanned{}, ctx.Err()
	case err != nil:
		l.shelf.setProblem(r, rootProblem(r, err))
		found = nil
	default:
		l.shelf.setProblem(r, w.faults.String())
	}
	slices.SortFunc(found, compareRecords)
	s := l.compare(r, found, l.shelf.listing(r))
	s.missing = err != nil
	return s, nil
}

// found is a file that a walk has found and that has no hash yet.
func (r *root) found(raw string, stat fileStat) *record {
	return &record{
		path: r.name + "/" + virtualName(raw), raw: raw, stat: stat, typ: words.TypeOf(raw), searchable: true, root: r,
	}
}

func rootProblem(r *root, err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("%s is not there; it is shared again as soon as it is, or remove it from the shared folders", r.dir)
	}
	return fmt.Sprintf("%s cannot be read: %v", r.dir, err)
}

// compare puts what was found on the shelf, as far as its hash is known, and
// takes off what of old was not found.
func (l *Library) compare(r *root, found, old []*record) scanned {
	out := scanned{root: r}
	found, out.changed = l.withoutDamaged(r, found)
	var add, remove []*record
	for _, f := range found {
		for len(old) > 0 && compareRecords(old[0], f) < 0 {
			remove, old = append(remove, old[0]), old[1:]
		}
		if len(old) > 0 && compareRecords(old[0], f) == 0 {
			known := old[0]
			old = old[1:]
			if known.sameAs(f) {
				if known.unseen() {
					out.jobs = append(out.jobs, f.job())
				}
				continue
			}
			remove = append(remove, known)
		}
		k, hashed := l.catalog.lookup(f.stat)
		if hashed {
			f.id = k.id
			f.describe(k.about)
			add = append(add, f)
		}
		if !hashed || f.unseen() {
			out.jobs = append(out.jobs, f.job())
		}
	}
	remove = append(remove, old...)
	out.changed = out.changed || len(add)+len(remove) > 0
	l.shelf.change(r, add, remove)
	return out
}

// sameAs says that a look has found what is on the shelf.
func (r *record) sameAs(f *record) bool {
	return r.stat == f.stat && r.pack == f.pack && r.lies == f.lies && r.searchable == f.searchable
}

// job is what brings the record up to date.
func (r *record) job() job {
	return job{root: r.root, path: r.path, raw: r.raw, stat: r.stat, searchable: r.searchable, pack: r.pack, lies: r.lies, asOf: r.root.looks.Load()}
}

// hashed is the outcome of a job.
type hashed struct {
	job
	catalogued
	manifest *content.Manifest // nil when the catalog knew the id by then
	unread   int64             // bytes of the file
	err      error
}

// hash reads a file from one end to the other, and then what it says of itself,
// while its pages are at hand.
func (j job) hash(ctx context.Context, h *content.Hasher, count func(n int)) hashed {
	out := hashed{job: j}
	if j.pack != nil {
		out.id, out.manifest, out.err = j.pack.hash(ctx, h, count)
		return out
	}
	out.err = j.read(func(f *os.File) (err error) {
		out.id, out.manifest, err = h.Hash(&countingReader{ctx, j.root.gone, f, count}, j.stat.size)
		if errors.Is(err, content.ErrSizeChanged) {
			return fmt.Errorf("%w: %w", ErrChanged, err)
		}
		if err == nil {
			out.about = lookInto(f, j.stat.size, j.raw)
		}
		return err
	})
	return out
}

// look reads what a file says of itself whose content id is known.
func (j job) look(id content.ID) hashed {
	out := hashed{job: j, catalogued: catalogued{id: id}}
	var said about
	out.err = j.read(func(f *os.File) error {
		said = lookInto(f, j.stat.size, j.raw)
		return nil
	})
	if out.err == nil {
		out.about = said
	}
	return out
}

// read opens the file and has it read. The error is ErrChanged when the file is
// not, or is no longer, in the state that the job names.
func (j job) read(do func(f *os.File) error) error {
	f, stat, err := j.root.open(j.raw)
	if err != nil {
		return err
	}
	defer f.Close()
	if stat != j.stat {
		return ErrChanged
	}
	if err := do(f); err != nil {
		return err
	}
	if stat, err = j.root.statOpen(f, j.raw); err == nil && stat != j.stat {
		return ErrChanged
	}
	return err
}

// countingReader stops when the library or the root ends.
type countingReader struct {
	ctx, gone context.Context
	f         io.Reader
	count     func(n int)
}

func (r *countingReader) Read(b []byte) (int, error) {
	if err := errors.Join(r.ctx.Err(), r.gone.Err()); err != nil {
		return 0, err
	}
	n, err := r.f.Read(b)
	r.count(n)
	return n, err
}
