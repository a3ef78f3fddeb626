package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"starling/share/content"
	"starling/share/words"
)

// job is a file that must be hashed.
type job struct {
	root *root
	path string // virtual
	raw  string
	stat fileStat

	searchable bool
	pack       *pack // to hash instead
	attempts   int   // how often it was changing when it was looked at
}

// name tells a job from others, whatever the file's state.
func (j job) name() fileName { return fileName{j.root, j.raw} }

type fileName struct {
	root *root
	raw  string
}

// scanned is what one look at a root found.
type scanned struct {
	root *root
	jobs []job
}

// Time in which a file may change again without its mtime telling: file systems
// stamp by the tick of a clock, coarse ones by two seconds.
const (
	settleFine   = 20 * time.Millisecond
	settleCoarse = 2 * time.Second
)

// unsettled gives how long to wait until the state of a file can be told from
// the next; zero when it can be now.
func unsettled(s fileStat, now time.Time) time.Duration {
	settle := settleFine
	if s.mtime%int64(time.Second) == 0 {
		settle = settleCoarse
	}
	age := now.Sub(time.Unix(0, s.mtime))
	if age < 0 || age > settle {
		return 0 // an mtime in the future tells states apart as well as any
	}
	return settle - age + time.Millisecond
}

// scan brings the listing of a root up to date with its folder. Files whose
// hash is known are shared at once, the others become jobs.
func (l *Library) scan(ctx context.Context, r *root) (scanned, error) {
	switch r {
	case l.adopted:
		return l.scanAdopted(ctx, r), ctx.Err()
	case l.packs:
		return scanned{root: r}, nil // they are made when their files are known
	}
	var found []*record
	w := walk{dir: r.dir}
	w.found = func(raw string, info fs.FileInfo) {
		found = append(found, &record{
			path: r.name + "/" + virtualName(raw), raw: raw, stat: w.stat(raw, info),
			typ: words.TypeOf(raw), searchable: true, root: r,
		})
	}
	err := w.run(ctx)
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
	return l.compare(r, found), nil
}

func rootProblem(r *root, err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("%s is not there; it is shared again as soon as it is, or remove it from the shared folders", r.dir)
	}
	return fmt.Sprintf("%s cannot be read: %v", r.dir, err)
}

// compare puts what was found on the shelf, as far as its hash is known, and
// takes off what was not found.
func (l *Library) compare(r *root, found []*record) scanned {
	out := scanned{root: r}
	found = l.withoutDamaged(r, found)
	var add, remove []*record
	old := l.shelf.listing(r)
	for _, f := range found {
		for len(old) > 0 && compareRecords(old[0], f) < 0 {
			remove, old = append(remove, old[0]), old[1:]
		}
		if len(old) > 0 && compareRecords(old[0], f) == 0 {
			known := old[0]
			old = old[1:]
			if known.stat == f.stat && known.pack == f.pack {
				continue
			}
			remove = append(remove, known)
		}
		if id, ok := l.catalog.lookup(f.stat); ok {
			f.id = id
			add = append(add, f)
		} else {
			out.jobs = append(out.jobs, job{root: r, path: f.path, raw: f.raw, stat: f.stat, searchable: f.searchable, pack: f.pack})
		}
	}
	l.shelf.change(r, add, append(remove, old...))
	return out
}

// hashed is the outcome of a job.
type hashed struct {
	job
	id       content.ID
	manifest *content.Manifest // nil when the catalog knew the id by then
	err      error
}

// hash reads a file from one end to the other. The error is ErrChanged when the
// file is not, or is no longer, in the state that the job names.
func (j job) hash(ctx context.Context, h *content.Hasher, count func(n int)) hashed {
	out := hashed{job: j}
	if j.pack != nil {
		out.id, out.manifest, out.err = j.pack.hash(ctx, h, count)
		return out
	}
	f, stat, err := j.root.open(j.raw)
	if err != nil {
		out.err = err
		return out
	}
	defer f.Close()
	if stat != j.stat {
		out.err = ErrChanged
		return out
	}
	out.id, out.manifest, out.err = h.Hash(&countingReader{ctx, j.root.gone, f, count}, j.stat.size)
	if errors.Is(out.err, content.ErrSizeChanged) {
		out.err = fmt.Errorf("%w: %w", ErrChanged, out.err)
	}
	if out.err != nil {
		return out
	}
	if stat, out.err = j.root.statOpen(f, j.raw); out.err == nil && stat != j.stat {
		out.err = ErrChanged
	}
	return out
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
