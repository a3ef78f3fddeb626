package share

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// packed are the folders of the root that are shared as one thing as well, by
// their names below it; "" is the root itself. Nobody may change the list.
func (r *root) packed() []string {
	if list := r.collections.Load(); list != nil {
		return *list
	}
	return nil
}

func (r *root) setPacked(list []string) { r.collections.Store(&list) }

func (r *root) packs(raw string) bool { return slices.Contains(r.packed(), raw) }

// makeCollection makes one of a shared folder or a folder in it. The caller holds
// choosing.
func (l *Library) makeCollection(r *root, roots []*root, dir string, collection bool) (Root, error) {
	raw, err := r.rawOf(dir)
	if err != nil || !collection || r.packs(raw) {
		return l.describe(r), err
	}
	if err := l.repack(r, roots, append(slices.Clone(r.packed()), raw)); err != nil {
		return Root{}, fmt.Errorf("remember that %s is a collection: %w", dir, err)
	}
	return l.describe(r), nil
}

// repack changes which folders are collections.
func (l *Library) repack(r *root, roots []*root, list []string) error {
	before := r.packed()
	r.setPacked(list)
	if err := l.choices.saveRoots(roots); err != nil {
		r.setPacked(before)
		return err
	}
	l.wakeUp()
	return nil
}

// rawOf is the name below the root of a folder in it; "" of its own.
func (r *root) rawOf(dir string) (string, error) {
	rel, err := filepath.Rel(r.dir, dir)
	if err != nil || rel == "." {
		return "", err
	}
	return filepath.ToSlash(rel), nil
}

// RemoveCollection ends that a folder, named by its path or as RemoveRoot's, is
// one thing; its files stay shared one by one. The error is ErrNotShared when it
// is no collection.
func (l *Library) RemoveCollection(nameOrPath string) error {
	l.choosing.Lock()
	defer l.choosing.Unlock()
	roots := l.shelf.folders()
	for _, r := range roots {
		for _, raw := range r.packed() {
			if raw == "" && r.name != nameOrPath && !samePath(r.dir, nameOrPath) || raw != "" && !samePath(r.onDisk(raw), nameOrPath) {
				continue
			}
			rest := slices.DeleteFunc(slices.Clone(r.packed()), func(other string) bool { return other == raw })
			if err := l.repack(r, roots, rest); err != nil {
				return fmt.Errorf("remember that %s is no collection: %w", nameOrPath, err)
			}
			l.unpack(r, raw)
			return nil
		}
	}
	return fmt.Errorf("%q is no collection: %w", nameOrPath, ErrNotShared)
}

// unpack takes a collection off the shelf at once.
func (l *Library) unpack(r *root, raw string) {
	for _, rec := range l.shelf.listing(l.packs) {
		if rec.pack.owner == (fileName{r, raw}) {
			l.shelf.change(l.packs, nil, []*record{rec})
		}
	}
}

// hasFiles tells whether a walk of the folder would share anything.
func (l *Library) hasFiles(ctx context.Context, dir string, i *ignoring) (any bool) {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	w := walk{dir: dir, rules: l.rules(i), found: func(string, fs.FileInfo) { any = true; enough() }}
	_ = w.run(ctx) // what cannot be read shares nothing
	return any
}

// describe adds what the collections know of a root.
func (l *Library) describe(r *root) Root {
	d := l.shelf.describe(r)
	l.describeDamage(r, &d)
	d.Hashing = l.meter.of(r)
	packed := r.packed()
	if len(packed) == 0 {
		return d
	}
	ids := make(map[string]*record)
	for _, rec := range l.shelf.listing(l.packs) {
		if rec.pack.owner.root == r {
			ids[rec.pack.owner.raw] = rec
		}
	}
	for _, raw := range packed {
		c := InnerCollection{Path: r.onDisk(raw)}
		if rec := ids[raw]; rec != nil {
			c.ID = rec.id
		}
		if raw == "" {
			d.Collection, d.ID = true, c.ID
		} else {
			d.Collections = append(d.Collections, c)
		}
	}
	return d
}
