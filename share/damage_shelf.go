package share

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"starling/share/content"
)

// errDamagedMember is why a folder is no collection for now: made anew without the
// damaged file it would be another one, under an id that nobody knows.
var errDamagedMember = errors.New("it is no collection until its damaged files are repaired")

func (l *Library) loadDamage() {
	if notice := l.damage.load(l.opts.Dir); notice != "" {
		l.notice("%s", notice)
	}
	l.shelf.damage = &l.damage
}

// Damaged is a file whose bytes are not what was hashed, see Verify.
type Damaged struct {
	Path      string     // on this disk, absolute
	ID        content.ID // what it should be
	SizeBytes int64
	Groups    int // of chunk groups, those that were bad included
	Bad       int
	Found     time.Time
}

// Damaged lists the damaged files that are there and would be shared, by path.
func (l *Library) Damaged() []Damaged {
	out := []Damaged{}
	for _, f := range l.damage.all() {
		if f.listed() {
			out = append(out, Damaged{Path: string(f.Path), ID: f.ID, SizeBytes: f.SizeBytes, Groups: f.Groups, Bad: f.Bad, Found: f.Found})
		}
	}
	return out
}

// DamagedFiles counts them.
func (l *Library) DamagedFiles() int { return l.damage.count("") }

func (l *Library) describeDamage(r *root, d *Root) {
	d.Damaged = l.damage.count(r.dir)
	d.Problem = strings.Join(slices.DeleteFunc([]string{d.Problem, damageText(d.Damaged)}, func(s string) bool { return s == "" }), "; ")
}

// withoutDamaged leaves out what is damaged of what a look found, so that it is
// neither shared nor hashed, and brings the list of the damaged up to date. changed
// says that what is on it is not what it was.
func (l *Library) withoutDamaged(r *root, found []*record) (well []*record, changed bool) {
	if r == l.packs {
		return found, false
	}
	forgotten, changed := l.damage.look(r, found, l.placesOf(r))
	for _, stat := range forgotten {
		l.catalog.forget(stat) // were it to come back to this state, it would have to be read first
	}
	return l.damage.without(found), changed
}

// placesOf gives the fetched files what lies in no shared folder. All of them are
// looked at each time, so that what was not found is not one of them.
func (l *Library) placesOf(r *root) places {
	if !r.adopted() {
		return places{
			within: func(path string) bool { return within(path, r.dir) },
			left:   func(path string) bool { return l.place(path, false).root != r },
		}
	}
	folders := l.shelf.folders()
	return places{
		within: func(path string) bool {
			return !slices.ContainsFunc(folders, func(f *root) bool { return within(path, f.dir) })
		},
		left: func(string) bool { return true },
	}
}

// condemn takes a damaged file off the shelf, by all its names, and the
// collections that it is in. What is being read of it breaks off.
func (l *Library) condemn(rec *record, groups, bad int) {
	kept := l.damage.add(damagedFile{
		Path: diskPath(rec.root.onDisk(rec.raw)), ID: rec.id, Dev: rec.stat.dev, Ino: rec.stat.ino, SizeBytes: rec.stat.size, MTime: rec.stat.mtime,
		Groups: groups, Bad: bad, Found: time.Now().UTC().Truncate(time.Second), by: rec.root,
	})
	if !kept {
		l.notice("more than %d files are damaged: the disk is failing; the further ones are not remembered", damagedMax)
	}
	for _, same := range l.shelf.inState(rec.id, rec.stat) {
		l.shelf.change(same.root, nil, []*record{same})
	}
	for _, pack := range l.shelf.listing(l.packs) {
		if slices.Contains(pack.pack.stats, rec.stat) {
			l.shelf.change(l.packs, nil, []*record{pack})
		}
	}
}

// inState gives all files with this content and in this state: the names of one.
func (s *shelf) inState(id content.ID, stat fileStat) (out []*record) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for rec := s.byID[id]; rec != nil; rec = rec.next {
		if rec.pack == nil && rec.stat == stat {
			out = append(out, rec)
		}
	}
	return out
}

// Restored shares a file again that was damaged and is now what it should be, or
// turned out to be: the caller has verified it in this state, and another is
// ErrChanged. The manifest must prove id and fit the file's size. known is false
// where neither a shared folder nor the fetched files have it; see Adopt.
func (l *Library) Restored(path string, m *content.Manifest, id content.ID, verified FileState) (known bool, err error) {
	abs, stat, err := provenFile(path, m, id)
	if err == nil && stat.state() != verified {
		err = fmt.Errorf("%s: %w", path, ErrChanged)
	}
	if err != nil {
		return false, err
	}
	l.damage.drop(stat, abs)
	if err := l.damage.save(); err != nil {
		l.log.Warn("list of damaged files not written", "err", err)
	}
	l.choosing.Lock()
	defer l.choosing.Unlock()
	rec := l.belongs(abs, id)
	if rec == nil {
		return false, nil
	}
	rec.id, rec.stat = id, stat
	looked := rec.job().look(id) // an error leaves that to the next look at all files
	rec.describe(looked.about)
	l.catalog.put(stat, looked.catalogued, m)
	l.shelf.change(rec.root, []*record{rec}, nil)
	l.wakeUp() // for the collections it is in
	return true, nil
}

// belongs gives the record of a file that a shared folder or the fetched files
// have; nil when none does. The caller holds choosing.
func (l *Library) belongs(abs string, id content.ID) *record {
	rec := l.place(abs, false)
	if !rec.root.adopted() {
		return rec
	}
	if a, adopted := l.adoptedIDs[diskPath(abs)]; adopted && a.ID == id {
		return adoptedRecord(l.adopted, abs, a.Searchable)
	}
	for path, a := range l.adoptedIDs {
		if a.ID == id && samePlace(string(path), abs) {
			return adoptedRecord(l.adopted, string(path), a.Searchable)
		}
	}
	return l.keptRecord(abs, id)
}

// keptRecord gives that of a file of a fetched folder; nil when it is none.
func (l *Library) keptRecord(abs string, id content.ID) *record {
	for _, k := range l.kept {
		rel, err := filepath.Rel(resolved(k.dir()), filepath.Join(resolved(filepath.Dir(abs)), filepath.Base(abs)))
		if err != nil {
			continue
		}
		if i := slices.Index(k.raws, filepath.ToSlash(rel)); i >= 0 && k.col.Files()[i].ID == id {
			return k.member(l.adopted, k.raws[i])
		}
	}
	return nil
}
