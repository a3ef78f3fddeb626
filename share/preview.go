package share

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

const (
	previewLargest = 10
	previewFlagged = 100 // names listed; more are counted
)

// Preview is what sharing a folder would share. Nothing is shared by looking.
type Preview struct {
	Name         string // the folder's name, as Root.Name would be
	Path         string // the folder, absolute, links resolved
	Files        int
	SizeBytes    int64
	Largest      []PreviewFile // at most ten, the largest first
	Flagged      []PreviewFile // left out for their names, at most 100
	FlaggedCount int           // how many are left out for their names
	Hidden       int           // hidden and unfinished files and folders left out
	Others       int           // links, FIFOs, sockets and devices left out
	Problem      string        // what could not be read; empty when all could
}

// PreviewFile is a file of a Preview.
type PreviewFile struct {
	Path      string // below the folder, as the disk has it: see DisplayName
	SizeBytes int64
	Why       string // of a flagged file: what its name says it may be
}

// Preview looks at a folder as AddRoot would and tells what it would share. Its
// errors are those of AddRoot.
func (l *Library) Preview(ctx context.Context, path string) (Preview, error) {
	return preview(ctx, path, l.refusals)
}

func preview(ctx context.Context, path string, r refusals) (Preview, error) {
	dir, err := r.resolve(path)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Name: wireName(virtualName(filepath.Base(dir))), Path: dir}
	w := walk{dir: dir, found: p.add, flagged: p.flag}
	if err := w.run(ctx); err != nil {
		return Preview{}, fmt.Errorf("look at %s: %w", path, err)
	}
	p.Hidden, p.Others, p.Problem = w.hidden, w.others, w.faults.String()
	return p, nil
}

func (p *Preview) add(raw string, info fs.FileInfo) {
	p.Files++
	p.SizeBytes += info.Size()
	f := PreviewFile{Path: raw, SizeBytes: info.Size()}
	i, _ := slices.BinarySearchFunc(p.Largest, f, func(a, b PreviewFile) int {
		return cmp.Or(cmp.Compare(b.SizeBytes, a.SizeBytes), cmp.Compare(a.Path, b.Path))
	})
	if i < previewLargest {
		p.Largest = slices.Insert(p.Largest, i, f)
		p.Largest = p.Largest[:min(len(p.Largest), previewLargest)]
	}
}

func (p *Preview) flag(raw, why string) {
	if p.FlaggedCount++; len(p.Flagged) < previewFlagged {
		p.Flagged = append(p.Flagged, PreviewFile{Path: raw, Why: why})
	}
}
