package share

import (
	"errors"
	"fmt"
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

// packing is what Run's loop knows of the collections it makes.
type packing struct {
	due  bool               // something may have changed
	at   time.Time          // when to look again; zero: at the next change
	made map[fileName]*made // by the folder that is one
}

// made is what a collection was last made of.
type made struct {
	listing []*record
	rec     *record   // nil where it cannot be made
	trouble error     // with making it
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
		k.making.made = make(map[fileName]*made)
	}
	maps.DeleteFunc(k.making.made, func(f fileName, _ *made) bool { return f.root.gone.Err() != nil || !f.root.packs(f.raw) })
	found := k.keptRecords()
	for _, r := range k.shelf.folders() {
		for _, raw := range r.packed() {
			if rec := k.packOf(fileName{r, raw}, now); rec != nil {
				found = append(found, rec)
			}
		}
		k.tellUnpacked(r)
	}
	slices.SortFunc(found, compareRecords)
	for _, j := range k.compare(k.packs, found, k.shelf.listing(k.packs)).jobs {
		k.enqueue(j, now)
	}
	return len(k.busy) > 0
}

// packOf gives the collection of a folder as it is now or, while the folder
// changes, as it was; nil when there is none to serve.
func (k *keeper) packOf(folder fileName, now time.Time) *record {
	listing := below(k.shelf.listing(folder.root), folder)
	m := k.making.made[folder]
	damaged := k.damage.count(folder.root.onDisk(folder.raw)) > 0
	if m != nil && sameListing(m.listing, listing) && damaged == errors.Is(m.trouble, errDamagedMember) {
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
	rec, err := k.makePack(folder, listing)
	k.making.made[folder] = &made{listing: listing, rec: rec, trouble: err}
	return rec
}

// tellUnpacked tells the owner what is wrong with the collections of a root.
func (k *keeper) tellUnpacked(r *root) {
	var trouble []error
	for _, raw := range r.packed() {
		m := k.making.made[fileName{r, raw}]
		inner := raw != "" && m != nil && errors.Is(m.trouble, errDamagedMember) // true of a folder in the root, not of the root
		if m != nil && m.trouble != nil && !inner {
			trouble = append(trouble, m.trouble)
		}
	}
	k.shelf.setUnpacked(r, errors.Join(trouble...))
}

// below gives the part of a root's listing that lies in a folder of it.
func below(listing []*record, folder fileName) []*record {
	if folder.raw == "" {
		return listing
	}
	p := page{listing: listing}
	dir := folder.virtual()
	part := listing[p.first(dir+"/"):p.first(dir+string(rune('/'+1)))]
	other := func(rec *record) bool { return !strings.HasPrefix(rec.raw, folder.raw+"/") }
	if slices.ContainsFunc(part, other) { // a name that is no UTF-8 is written like this one
		return slices.DeleteFunc(slices.Clone(part), other)
	}
	return part
}

// virtual is the path of a file or folder as others see it.
func (f fileName) virtual() string {
	return strings.TrimSuffix(f.root.name+"/"+virtualName(f.raw), "/")
}

func (k *keeper) lookAgain(at time.Time) {
	if k.making.at.IsZero() || at.Before(k.making.at) {
		k.making.at = at
	}
}

// sameListing is quick where nothing changed at all: a listing that changes is
// replaced.
func sameListing(a, b []*record) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b))
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

// makePack makes the collection of a folder's files. It has no id yet.
func (l *Library) makePack(folder fileName, listing []*record) (*record, error) {
	if len(listing) == 0 {
		return nil, nil //nolint:nilnil // no files, no collection: the root says why it has none
	}
	if l.damage.count(folder.root.onDisk(folder.raw)) > 0 {
		return nil, errDamagedMember
	}
	virtual, inside := folder.virtual(), len(folder.raw)
	if inside > 0 {
		inside += len("/")
	}
	sorted := slices.Clone(listing)
	slices.SortFunc(sorted, func(a, b *record) int { return content.ComparePaths(a.path, b.path) })
	sorted, clash := withoutClashes(sorted)
	files := make([]content.Member, len(sorted))
	raws, stats := make([]string, len(sorted)), make([]fileStat, len(sorted))
	for i, rec := range sorted {
		files[i] = content.Member{Path: rec.path[len(virtual)+len("/"):], SizeBytes: rec.stat.size, ID: rec.id}
		raws[i], stats[i] = rec.raw[inside:], rec.stat
	}
	col, err := content.NewCollection(files)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be shared as a collection: %w", DisplayName(virtual), err)
	}
	dir := folder.root.onDisk(folder.raw)
	p := newPack(col, dir, raws, stats, folder)
	p.members = sorted
	return l.packRecord(virtual, dir, p, true), clash
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
		k.keep(h.job, h.catalogued)
		return
	}
	k.lookAgain(time.Now().Add(packRetry))
	if m := k.making.made[h.pack.owner]; m != nil && !errors.Is(h.err, ErrChanged) {
		m.trouble = h.err
		k.tellUnpacked(h.pack.owner.root)
	}
}

// dropPack stops serving a collection whose files are not what they were, until
// the next look has made it anew.
func (l *Library) dropPack(rec *record) {
	l.shelf.change(l.packs, nil, []*record{rec})
	l.doubt(rec)
}

// collectionAt finds the searchable collection at a virtual path.
func (v View) collectionAt(path string) (*record, bool) {
	listing := v.l.shelf.listing(v.l.packs)
	at, _ := slices.BinarySearchFunc(listing, path, func(r *record, path string) int { return strings.Compare(r.path, path) })
	for ; at < len(listing) && listing[at].path == path; at++ {
		if listing[at].searchable && v.l.shelf.grants(listing[at], v.who, (*audience).shows) {
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
