package share

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"starling/share/content"
	"starling/share/words"
)

// adoptedName is the root that adopted files outside the shared folders appear
// under.
const adoptedName = "Fetched"

// Adopt serves a finished download from now on, by its content id, without
// reading it again: the caller has verified it. The manifest must prove id and
// fit the file's size. Only a searchable file is found by words and listed. A
// file in a shared folder is shared as the folder is. Adopting outlives the
// process; see Forget.
func (l *Library) Adopt(path string, m *content.Manifest, id content.ID, searchable bool) (File, error) {
	abs, stat, err := provenFile(path, m, id)
	if err != nil {
		return File{}, err
	}
	l.choosing.Lock()
	defer l.choosing.Unlock()
	if err := l.choices.saveAdopted(adoptedChoice{ID: id, Path: diskPath(abs), Searchable: searchable}); err != nil {
		return File{}, fmt.Errorf("remember %s: %w", path, err)
	}
	l.adoptedIDs[diskPath(abs)] = adoptedChoice{ID: id, Path: diskPath(abs), Searchable: searchable}
	rec := l.place(abs, searchable)
	rec.id, rec.stat = id, stat
	looked := rec.job().look(id) // an error leaves that to the next look at all files
	rec.describe(looked.about)
	l.catalog.put(rec.stat, looked.catalogued, m)
	l.shelf.change(rec.root, []*record{rec}, nil)
	return rec.file(), nil
}

// provenFile gives the present state of a file that the manifest fits.
func provenFile(path string, m *content.Manifest, id content.ID) (abs string, stat fileStat, err error) {
	abs, err = filepath.Abs(path)
	if err != nil {
		return "", stat, fmt.Errorf("adopt %s: %w", path, err)
	}
	if err := m.Prove(id); err != nil {
		return "", stat, fmt.Errorf("adopt %s: %w", path, err)
	}
	info, err := os.Lstat(abs)
	if err != nil {
		return "", stat, fmt.Errorf("adopt %s: %w", path, err)
	}
	if !info.Mode().IsRegular() || info.Size() != m.SizeBytes {
		return "", stat, fmt.Errorf("adopt %s: %w", path, ErrChanged)
	}
	return abs, statOf(info, abs), nil
}

// place says where on the shelf a fetched file belongs: into the shared folder
// that would list it anyhow, else among the adopted ones.
func (l *Library) place(abs string, searchable bool) *record {
	dir := resolved(filepath.Dir(abs))
	real := filepath.Join(dir, filepath.Base(abs))
	for _, r := range l.shelf.folders() {
		if !within(real, r.dir) || real == r.dir {
			continue
		}
		rel, err := filepath.Rel(r.dir, real)
		raw := filepath.ToSlash(rel)
		if err == nil && !l.judge(r, raw, false).left() {
			return &record{path: r.name + "/" + virtualName(raw), raw: raw, typ: words.TypeOf(raw), searchable: true, root: r}
		}
	}
	return adoptedRecord(l.adopted, abs, searchable)
}

func adoptedRecord(r *root, abs string, searchable bool) *record {
	raw := filepath.ToSlash(abs)
	return &record{
		path: adoptedName + "/" + virtualName(filepath.Base(abs)), raw: raw, typ: words.TypeOf(raw), searchable: searchable, root: r,
		lies: liesAt(abs),
	}
}

// Forget stops serving the adopted files with this content. The files stay on
// the disk, and those in shared folders stay shared. The error is ErrNotShared
// when none was adopted.
func (l *Library) Forget(id content.ID) error {
	l.choosing.Lock()
	defer l.choosing.Unlock()
	found := false
	for path, a := range l.adoptedIDs {
		if a.ID != id {
			continue
		}
		found = true
		if err := l.forgetLocked(path, a); err != nil {
			return err
		}
	}
	if !found {
		return fmt.Errorf("%s: %w", id.Short(), ErrNotShared)
	}
	return nil
}

// forgetLocked is called with choosing held.
func (l *Library) forgetLocked(path diskPath, a adoptedChoice) error {
	a.Forgotten = true
	if err := l.choices.saveAdopted(a); err != nil {
		return fmt.Errorf("remember that %s is forgotten: %w", path, err)
	}
	delete(l.adoptedIDs, path)
	if k := l.kept[path]; k != nil {
		l.forgetKept(k)
		return nil
	}
	probe := adoptedRecord(l.adopted, string(path), a.Searchable)
	if rec := l.shelf.byName(l.adopted, probe.path, probe.raw); rec != nil {
		l.shelf.change(l.adopted, nil, []*record{rec})
	}
	return nil
}

// forgetInside forgets what was fetched into a root that is not for everyone, or
// has the root in it: without the root it would be for everyone. The caller holds
// choosing.
func (l *Library) forgetInside(r *root) error {
	if r.audience.Load().open() {
		return nil
	}
	for path, a := range l.adoptedIDs {
		lies := liesAt(string(path))
		if k := l.kept[path]; k != nil {
			lies = k.lies
		}
		if !within(lies, r.dir) && (a.Index.IsZero() || !within(r.dir, lies)) {
			continue
		}
		if err := l.forgetLocked(path, a); err != nil {
			return err
		}
	}
	return nil
}

// scanAdopted looks at every adopted file. One that was deleted, while its
// folder is there, is forgotten; one whose folder is missing may come back.
func (l *Library) scanAdopted(ctx context.Context, r *root) scanned {
	l.choosing.Lock()
	defer l.choosing.Unlock()
	var found []*record
	for path, a := range l.adoptedIDs {
		if k := l.kept[path]; k != nil {
			found = append(found, l.scanKept(ctx, k, r)...)
			continue
		}
		rec := adoptedRecord(r, string(path), a.Searchable)
		stat, err := r.look(rec.raw)
		if err == nil {
			rec.stat = stat
			if !l.listedElsewhere(string(path)) {
				found = append(found, rec)
			}
			continue
		}
		if _, dirErr := os.Stat(filepath.Dir(string(path))); errors.Is(err, fs.ErrNotExist) && dirErr == nil {
			if err := l.forgetLocked(path, a); err != nil {
				l.log.Warn("adopted file not forgotten", "err", err)
			}
		}
	}
	slices.SortFunc(found, compareRecords)
	return l.compare(r, found, l.shelf.listing(r))
}

// listedElsewhere says that a shared folder lists this file already.
func (l *Library) listedElsewhere(abs string) bool { return !l.place(abs, false).root.adopted() }

// settleAdopted forgets an adopted file that was hashed again and is another.
func (l *Library) settleAdopted(h hashed) (ours bool) {
	if !h.root.adopted() {
		return true
	}
	l.choosing.Lock()
	defer l.choosing.Unlock()
	path := diskPath(filepath.FromSlash(h.raw))
	a, known := l.adoptedIDs[path]
	if known && a.ID != h.id {
		l.notice("the fetched file %s was changed and is no longer served", DisplayName(filepath.Base(string(path))))
		if err := l.forgetLocked(path, a); err != nil {
			l.log.Warn("adopted file not forgotten", "err", err)
		}
		return false
	}
	return known || l.keptMember(string(path), h.id)
}
