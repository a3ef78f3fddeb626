package share

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

const (
	previewLargest  = 10
	previewFlagged  = 100 // names listed; more are counted
	previewPatterns = 100 // patterns listed; what others leave out is counted
)

// Preview is what sharing a folder would share. Nothing is shared by looking.
type Preview struct {
	Name         string // the folder's name, as Root.Name is or would be
	Path         string // the folder, absolute, links resolved
	Files        int
	SizeBytes    int64
	Largest      []PreviewFile    // at most ten, the largest first
	Flagged      []PreviewFile    // left out for their names, at most 100
	FlaggedCount int              // how many are left out for their names; a folder counts once
	Hidden       int              // hidden and unfinished files and folders left out
	Unfinished   int              // of them, downloads in progress
	Ignored      int              // files and folders left out by patterns
	IgnoredBy    []PreviewPattern // the patterns that did it, at most 100, the one that left out most first
	Others       int              // links, FIFOs, sockets and devices left out
	Unread       int              // files and folders that could not be read
	Problem      string           // what could not be read; empty when all could
}

// PreviewFile is a file or folder of a Preview.
type PreviewFile struct {
	Path      string // below the folder, as the disk has it: see DisplayName; that of a folder ends in a slash
	SizeBytes int64
	Why       string // of a flagged one: what its name says it may be
}

// PreviewPattern is a pattern that left something out.
type PreviewPattern struct {
	Pattern string
	Source  string // a .starlingignore below the folder, "share add --ignore", or "share.ignore" for the common ones
	Line    int    // in its source, from 1; 0 where that is no file
	Count   int    // files and folders, those in such folders not counted
}

// PreviewEntry is one file that would be shared, or one thing that is left out.
type PreviewEntry struct {
	Path      string // virtual, as others would see it; that of a folder ends in a slash
	SizeBytes int64
	LeftOut   string // hidden, unfinished, ignored, flagged, not a file, unreadable; empty: it would be shared
	Why       string // the pattern and where it stands, or what the name stands for
}

// Preview looks at a folder as AddRootAs would and tells what it would share, with
// the same errors. Where each is given, it hears of everything on the way, in the
// order of the names; an error of its ends the look and is returned. The files it hears of are exactly those that a look at the root finds.
func (l *Library) Preview(ctx context.Context, path string, o RootOptions, each func(PreviewEntry) error) (Preview, error) {
	if err := CheckIgnore(o.Ignore); err != nil {
		return Preview{}, fmt.Errorf("look at %s: %w", path, err)
	}
	dir, err := l.refusals.resolve(path)
	if err != nil {
		return Preview{}, err
	}
	roots := l.shelf.folders()
	if r := rootAround(roots, dir); r != nil && o.Collection {
		return l.previewInner(r, dir, each)
	}
	if err := overlap(roots, dir); err != nil {
		return Preview{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := previewer{Preview: Preview{Name: nameOfRoot(dir, roots), Path: dir}, patterns: make(map[PreviewPattern]int)}
	p.tell = func(e PreviewEntry) {
		if each != nil && ctx.Err() == nil {
			if err := each(e); err != nil {
				stop(err)
			}
		}
	}
	if each == nil {
		p.tell = func(PreviewEntry) {}
	}
	w := walk{dir: dir, rules: l.rules(ignoringOf(roots, dir, o.Ignore)), open: true, found: p.add, leftOut: p.leave}
	if err := w.run(ctx); err != nil {
		return Preview{}, fmt.Errorf("look at %s: %w", path, cmp.Or(context.Cause(ctx), err))
	}
	p.Problem = w.faults.String()
	return p.finish(), nil
}

// rootAround gives the root that a folder lies in, if it is none itself.
func rootAround(roots []*root, dir string) *root {
	for _, r := range roots {
		if r.dir != dir && within(dir, r.dir) {
			return r
		}
	}
	return nil
}

// previewInner tells what a collection of a folder in a root would hold: those of
// its files that are shared now.
func (l *Library) previewInner(r *root, dir string, each func(PreviewEntry) error) (Preview, error) {
	raw, err := r.rawOf(dir)
	if err != nil {
		return Preview{}, err
	}
	folder := fileName{r, raw}
	p := previewer{Preview: Preview{Name: path.Base(folder.virtual()), Path: dir}}
	for _, rec := range below(l.shelf.listing(r), folder) {
		p.count(rec.raw[len(raw)+1:], rec.stat.size)
		if each != nil {
			if err := each(PreviewEntry{Path: rec.path, SizeBytes: rec.stat.size}); err != nil {
				return Preview{}, err
			}
		}
	}
	return p.Preview, nil
}

// nameOfRoot is the name that a folder has as a root, or would get.
func nameOfRoot(dir string, roots []*root) string {
	for _, r := range roots {
		if r.dir == dir {
			return r.name
		}
	}
	return freeName(dir, roots)
}

// A previewer adds up what a walk tells.
type previewer struct {
	Preview
	patterns map[PreviewPattern]int // each with how often it left something out
	tell     func(PreviewEntry)
}

func (p *previewer) add(raw string, info fs.FileInfo) {
	p.count(raw, info.Size())
	p.tell(PreviewEntry{Path: p.Name + "/" + virtualName(raw), SizeBytes: info.Size()})
}

func (p *previewer) count(raw string, sizeBytes int64) {
	p.Files++
	p.SizeBytes += sizeBytes
	f := PreviewFile{Path: raw, SizeBytes: sizeBytes}
	i, _ := slices.BinarySearchFunc(p.Largest, f, func(a, b PreviewFile) int {
		return cmp.Or(cmp.Compare(b.SizeBytes, a.SizeBytes), cmp.Compare(a.Path, b.Path))
	})
	if i < previewLargest {
		p.Largest = slices.Insert(p.Largest, i, f)
		p.Largest = p.Largest[:min(len(p.Largest), previewLargest)]
	}
}

func (p *previewer) leave(raw string, isDir bool, v verdict) {
	if isDir {
		raw += "/"
	}
	switch v.reason {
	case leftUnfinished:
		p.Unfinished++
		p.Hidden++
	case leftHidden:
		p.Hidden++
	case leftIgnored:
		p.Ignored++
		by := PreviewPattern{Pattern: v.by.Text, Source: v.by.Source, Line: v.by.Line}
		if by.Source == ownerSource || by.Source == commonSource {
			by.Line = 0
		}
		if _, known := p.patterns[by]; known || len(p.patterns) < previewPatterns {
			p.patterns[by]++
		}
	case leftFlagged:
		if p.FlaggedCount++; len(p.Flagged) < previewFlagged {
			p.Flagged = append(p.Flagged, PreviewFile{Path: raw, Why: v.why})
		}
	case leftOther:
		p.Others++
	case leftUnread:
		p.Unread++
	}
	p.tell(PreviewEntry{Path: p.Name + "/" + virtualName(raw), LeftOut: string(v.reason), Why: v.String()})
}

func (p *previewer) finish() Preview {
	for by, count := range p.patterns {
		by.Count = count
		p.IgnoredBy = append(p.IgnoredBy, by)
	}
	slices.SortFunc(p.IgnoredBy, func(a, b PreviewPattern) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Line, b.Line))
	})
	return p.Preview
}
