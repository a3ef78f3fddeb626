package share

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"starling/share/content"
	"starling/share/words"
)

const (
	// packQuiet is how long a folder that changed must be left alone before its
	// collection is made anew, which reads all of it; whoever asks for a Rescan
	// need not wait.
	packQuiet = 10 * time.Second
	// packRetry is the pause before a collection is tried again that could not be
	// read.
	packRetry = time.Minute
)

// AddCollection shares a folder as AddRoot does, and as one thing that can be
// found and fetched whole. A folder that is shared already becomes a collection.
// Errors are those of AddRoot; a folder without files is refused. The id follows
// when Run has read the files once more: see Root.ID.
func (l *Library) AddCollection(ctx context.Context, path string) (Root, error) {
	return l.addRoot(ctx, path, true)
}

// makeCollection makes one of a shared folder. The caller holds choosing.
func (l *Library) makeCollection(r *root, roots []*root, collection bool) (Root, error) {
	if !collection || r.whole.Swap(true) {
		return l.describe(r), nil
	}
	if err := l.choices.saveRoots(roots); err != nil {
		r.whole.Store(false)
		return Root{}, fmt.Errorf("remember that %s is a collection: %w", r.dir, err)
	}
	l.wakeUp()
	return l.describe(r), nil
}

// hasFiles tells whether a walk of the folder would share anything.
func hasFiles(ctx context.Context, dir string) (any bool) {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	w := walk{dir: dir, found: func(string, fs.FileInfo) { any = true; enough() }}
	_ = w.run(ctx) // what cannot be read shares nothing
	return any
}

// describe adds what the collections know of a root.
func (l *Library) describe(r *root) Root {
	d := l.shelf.describe(r)
	l.describeDamage(r, &d)
	if d.Collection = r.whole.Load(); !d.Collection {
		return d
	}
	for _, rec := range l.shelf.listing(l.packs) {
		if rec.raw == r.dir {
			d.ID = rec.id
		}
	}
	return d
}

// packing is what Run's loop knows of the collections it makes.
type packing struct {
	due  bool      // something may have changed
	at   time.Time // when to look again; zero: at the next change
	made map[*root]*made
}

// made is what a root's collection was last made of.
type made struct {
	listing []*record
	rec     *record   // nil where it cannot be made
	newer   []*record // a later listing, seen first at since
	since   time.Time
}

// collect brings the collections up to date when all files are known, and tells
// whether one must be read first.
func (k *keeper) collect(now time.Time) (busy bool) {
	if !k.making.due {
		return false
	}
	k.making.due, k.making.at = false, time.Time{}
	if k.making.made == nil {
		k.making.made = make(map[*root]*made)
	}
	maps.DeleteFunc(k.making.made, func(r *root, _ *made) bool { return r.gone.Err() != nil })
	found := k.keptRecords()
	for _, r := range k.shelf.folders() {
		if !r.whole.Load() {
			continue
		}
		if rec := k.packOf(r, now); rec != nil {
			found = append(found, rec)
		}
	}
	slices.SortFunc(found, compareRecords)
	for _, j := range k.compare(k.packs, found).jobs {
		k.enqueue(j, now)
	}
	return len(k.busy) > 0
}

// packOf gives the collection of a root as it is now or, while its folder
// changes, as it was; nil when there is none to serve.
func (k *keeper) packOf(r *root, now time.Time) *record {
	listing := k.shelf.listing(r)
	m := k.making.made[r]
	if m != nil && sameListing(m.listing, listing) {
		return m.rec
	}
	if m != nil && m.rec != nil && len(k.thenQuiet) == 0 {
		if !sameListing(m.newer, listing) {
			m.newer, m.since = listing, now
		}
		if quiet := m.since.Add(packQuiet); quiet.After(now) {
			k.lookAgain(quiet)
			if !intact(m.listing, listing) {
				return nil
			}
			return m.rec
		}
	}
	rec, err := k.makePack(r, listing)
	k.shelf.setUnpacked(r, err)
	k.making.made[r] = &made{listing: listing, rec: rec}
	return rec
}

func (k *keeper) lookAgain(at time.Time) {
	if k.making.at.IsZero() || at.Before(k.making.at) {
		k.making.at = at
	}
}

// sameListing is quick because a listing that changes is replaced.
func sameListing(a, b []*record) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// intact says that all of old is in now.
func intact(old, now []*record) bool {
	for _, rec := range old {
		for len(now) > 0 && now[0] != rec {
			now = now[1:]
		}
		if len(now) == 0 {
			return false
		}
	}
	return true
}

// makePack makes the collection of a root's files. It has no id yet.
func (l *Library) makePack(r *root, listing []*record) (*record, error) {
	if len(listing) == 0 {
		return nil, nil //nolint:nilnil // no files, no collection: the root says why it has none
	}
	if l.damage.count(r.dir) > 0 {
		return nil, errDamagedMember
	}
	prefix := len(r.name) + len("/")
	sorted := slices.Clone(listing)
	slices.SortFunc(sorted, func(a, b *record) int { return content.ComparePaths(a.path, b.path) })
	sorted, clash := withoutClashes(sorted)
	files := make([]content.Member, len(sorted))
	raws, stats := make([]string, len(sorted)), make([]fileStat, len(sorted))
	for i, rec := range sorted {
		files[i] = content.Member{Path: rec.path[prefix:], SizeBytes: rec.stat.size, ID: rec.id}
		raws[i], stats[i] = rec.raw, rec.stat
	}
	col, err := content.NewCollection(files)
	if err != nil {
		return nil, fmt.Errorf("it cannot be shared as a collection: %w", err)
	}
	return l.packRecord(r.name, r.dir, newPack(col, r.dir, raws, stats, r), true), clash
}

// withoutClashes leaves out files whose names become those of others when they
// are written in UTF-8.
func withoutClashes(sorted []*record) (kept []*record, clash error) {
	kept = sorted[:0]
	for _, rec := range sorted {
		if n := len(kept); n > 0 && (kept[n-1].path == rec.path || strings.HasPrefix(rec.path, kept[n-1].path+"/")) {
			clash = fmt.Errorf("the collection is without %s: another name is written like it", DisplayName(rec.raw))
			continue
		}
		kept = append(kept, rec)
	}
	return kept, clash
}

func (l *Library) packRecord(path, dir string, p *pack, searchable bool) *record {
	return &record{path: path, raw: dir, stat: p.key, typ: words.Collection, searchable: searchable, root: l.packs, pack: p}
}

// takePack deals with a collection that was hashed, or could not be.
func (k *keeper) takePack(h hashed) {
	if h.err == nil {
		k.keep(h.job, h.id)
		return
	}
	k.lookAgain(time.Now().Add(packRetry))
	if owner := h.pack.owner; owner != nil && !errors.Is(h.err, ErrChanged) {
		k.shelf.setUnpacked(owner, h.err)
	}
}

// dropPack stops serving a collection whose files are not what they were, until
// the next look has made it anew.
func (l *Library) dropPack(rec *record) {
	l.shelf.change(l.packs, nil, []*record{rec})
	l.doubt(rec)
}

// collectionAt finds the searchable collection at a virtual path.
func (l *Library) collectionAt(path string) (*record, bool) {
	listing := l.shelf.listing(l.packs)
	at, _ := slices.BinarySearchFunc(listing, path, func(r *record, path string) int { return strings.Compare(r.path, path) })
	for ; at < len(listing) && listing[at].path == path; at++ {
		if listing[at].searchable {
			return listing[at], true
		}
	}
	return nil, false
}

// CollectionAt describes the shared or fetched folder that is a collection. It
// is false while it is none, or not read yet.
func (l *Library) CollectionAt(dir string) (File, bool) {
	for _, rec := range l.shelf.listing(l.packs) {
		if samePath(rec.raw, filepath.Clean(dir)) {
			return rec.file(), true
		}
	}
	return File{}, false
}
