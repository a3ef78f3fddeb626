package share

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"time"
)

// look is what the looker is asked for: a look at all roots or, with folders, at
// those; true: and at all below.
type look struct {
	folders map[fileName]bool
	part    bool
}

// look walks through roots and folders whenever it is asked to.
func (k *keeper) look(ctx context.Context) error {
	for {
		var l look
		select {
		case <-ctx.Done():
			return ctx.Err()
		case l = <-k.looks:
		}
		k.watcher.sweepGone()
		err := k.lookAtAll
		if l.part {
			err = func(ctx context.Context) error { return k.lookAtFolders(ctx, l.folders) }
		}
		if err := err(ctx); err != nil {
			return err
		}
		if err := send(ctx, k.found, scanned{}); err != nil {
			return err
		}
	}
}

func (k *keeper) lookAtAll(ctx context.Context) error {
	k.watcher.begin()
	for _, r := range k.shelf.all() {
		if err := k.lookAtRoot(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeper) lookAtRoot(ctx context.Context, r *root) error {
	s, err := k.scan(ctx, r, k.watcher.hooks(r))
	if err != nil {
		return err
	}
	k.watcher.sweep(r)
	return send(ctx, k.found, s)
}

// lookAtFolders looks at some folders of some roots.
func (k *keeper) lookAtFolders(ctx context.Context, folders map[fileName]bool) error {
	byRoot := make(map[*root]map[string]bool)
	for name, deep := range folders {
		if byRoot[name.root] == nil {
			byRoot[name.root] = make(map[string]bool)
		}
		byRoot[name.root][name.raw] = deep
	}
	for r, dirs := range byRoot {
		if r.gone.Err() != nil {
			continue
		}
		k.partLooks.Add(int64(len(dirs)))
		if err := k.lookBelow(ctx, r, dirs); err != nil {
			return err
		}
	}
	return nil
}

// lookBelow looks at folders of one root; where that is not there, or is to be
// looked at to the ground, at all of it.
func (k *keeper) lookBelow(ctx context.Context, r *root, dirs map[string]bool) error {
	top, err := os.OpenRoot(r.dir)
	if err != nil || dirs["."] {
		if err == nil {
			top.Close()
		}
		k.watcher.begin()
		return k.lookAtRoot(ctx, r)
	}
	defer top.Close()
	s, err := k.scanFolders(ctx, r, top, dirs)
	if err != nil {
		return err
	}
	return send(ctx, k.found, s)
}

// part is a look at some folders of a root.
type part struct {
	walk
	r       *root
	watcher *watcher
	found   []*record
	looked  map[string]map[string]bool // folders read, with the folders in them
	deep    map[string]bool            // of those, the ones that are read with all below
	missing map[string]bool            // folders that are not there any more
}

// scanFolders brings some folders of a root up to date, new ones in them with
// all below; those that are gone leave with all below.
func (k *keeper) scanFolders(ctx context.Context, r *root, top *os.Root, dirs map[string]bool) (scanned, error) {
	p := &part{
		walk: k.watcher.hooks(r), r: r, watcher: k.watcher,
		looked: make(map[string]map[string]bool), deep: make(map[string]bool), missing: make(map[string]bool),
	}
	r.looks.Add(1)
	j, broken := k.judgeOf(r)
	if broken != nil {
		return k.scan(ctx, r, k.watcher.hooks(r))
	}
	keepInner := p.walk.left
	p.walk.dir, p.walk.rules = r.dir, j.rules
	p.walk.found = func(raw string, info fs.FileInfo) { p.found = append(p.found, r.found(raw, p.stat(raw, info))) }
	p.walk.left = func(raw string, inner []string) {
		p.looked[raw] = make(map[string]bool, len(inner))
		for _, in := range inner {
			p.looked[raw][in] = true
		}
		keepInner(raw, inner)
	}
	for _, raw := range slices.Sorted(maps.Keys(dirs)) { // those around others first
		if p.covers(raw + "/.") {
			continue
		}
		p.deep[raw] = dirs[raw]
		p.at(ctx, top, raw)
		if ctx.Err() != nil {
			return scanned{}, ctx.Err()
		}
	}
	if p.broken != "" {
		k.tellBroken(r, p.broken)
	}
	slices.SortFunc(p.found, compareRecords)
	s := k.compare(r, p.found, p.before(k.shelf.listing(r)))
	s.covers = p.covers
	return s, nil
}

// at looks at one folder. Where a link leads to it now, or a pattern leaves it
// out, it is missing.
func (p *part) at(ctx context.Context, top *os.Root, raw string) {
	first, v := p.judge().placeAt(raw)
	if v.left() || p.from(ctx, top, first, p.into) != nil && ctx.Err() == nil {
		p.missing[raw] = true
		if info, err := top.Lstat(raw); err != nil || !info.IsDir() {
			p.watcher.forget(p.r, raw)
		} // else what closes it may be mended, which the watch tells
	}
}

// into says which folders of one that is read are read as well: the new ones.
func (p *part) into(raw string) bool {
	if p.deep[path.Dir(raw)] || !p.watcher.knows(p.r, raw) {
		p.deep[raw] = true
		return true
	}
	return false
}

// covers says whether the look would have found a file if it were there.
func (p *part) covers(raw string) bool {
	for inner := raw; inner != "."; {
		dir := path.Dir(inner)
		if p.missing[dir] {
			return true
		}
		if there, ok := p.looked[dir]; ok {
			return inner == raw || p.deep[dir] || !there[inner]
		}
		inner = dir
	}
	return false
}

// before gives the files of a listing that the look covers.
func (p *part) before(listing []*record) (old []*record) {
	for _, rec := range listing {
		if p.covers(rec.raw) {
			old = append(old, rec)
		}
	}
	return old
}

// heedStirred notes what the watcher has told.
func (k *keeper) heedStirred(s stirred) {
	k.stirred.merge(s)
	if !k.stirred.all {
		return
	}
	k.stirred, k.lost = stirred{}, k.looking
	k.lookSoon()
}

// lookSoon has all looked at when the pause allows it.
func (k *keeper) lookSoon() {
	if soon := k.ended.Add(idlePauses * k.took); soon.Before(k.due) {
		k.due = soon
	}
}

// startPart looks at what has changed, unless that was done too much lately.
func (k *keeper) startPart(ctx context.Context, now time.Time) {
	if k.looking || k.stirred.empty() || now.Before(k.partDueNow()) {
		return
	}
	k.looking, k.part = true, true
	k.began = now
	folders := k.stirred.folders
	k.stirred = stirred{}
	k.shelveFresh() // what has gone since must be there to be taken off
	_ = send(ctx, k.looks, look{folders: folders, part: true})
}

// partDueNow is when folders that have changed may be looked at: an owner who writes
// patterns does not wait as long as a program that writes files.
func (k *keeper) partDueNow() time.Time {
	pauses := idlePauses
	if k.stirred.rules {
		pauses = rulesPauses
	}
	return k.partEnded.Add(time.Duration(pauses) * k.partTook)
}

// endPart has the next such look wait as long as that after a look at all.
func (k *keeper) endPart(now time.Time) {
	k.looking, k.part = false, false
	k.partEnded, k.partTook = now, now.Sub(k.began)
}
