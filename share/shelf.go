package share

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"starling/share/content"
)

// shelf holds what is shared right now: the roots with their listings, the
// files by content id, and the keyword index. Any goroutine may use it.
type shelf struct {
	changing sync.Mutex // one change at a time, so that index and listings agree

	mu    sync.RWMutex // guards what follows and what root and record say of it
	roots []*root
	byID  map[content.ID]*record // the first of a chain by record.next

	removals atomic.Int64 // how often records were taken off; see taken

	index  *index      // of what is for everyone; see indexOf
	damage *damageList // what may not lie here

	keepFetched bool // see Options; never changes
}

func newShelf() *shelf {
	return &shelf{byID: make(map[content.ID]*record), index: newIndex()}
}

func (s *shelf) addRoot(r *root) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.move(r, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.roots = append(s.roots, r)
	})
}

// dropRoot takes a root and all its files off the shelf, for good.
func (s *shelf) dropRoot(r *root) {
	r.end()
	s.changing.Lock()
	defer s.changing.Unlock()
	s.changeLocked(r, nil, s.listing(r))
	s.move(r, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.roots = slices.DeleteFunc(slices.Clone(s.roots), func(other *root) bool { return other == r })
	})
}

// folders are the roots that are folders: not the adopted files, nor the
// collections.
func (s *shelf) folders() []*root {
	return slices.DeleteFunc(s.all(), (*root).adopted)
}

func (s *shelf) all() []*root {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.roots)
}

func (s *shelf) describe(r *root) Root {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Root{
		Name: r.name, Path: r.dir, Added: r.added, Files: len(r.listing), SizeBytes: r.sizeBytes,
		Ignore: r.ignoring.Load().patterns, Audience: r.audience.Load().told(), Problem: r.trouble(),
	}
}

// setProblem notes what was wrong with the folders of a root.
func (s *shelf) setProblem(r *root, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.problem = problem
}

// setUnread notes what was wrong with the files of a root.
func (s *shelf) setUnread(r *root, unread string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.unread = unread
}

// setUnpacked notes what was wrong with making a collection of a root; nil: nothing.
func (s *shelf) setUnpacked(r *root, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.unpacked = ""; err != nil {
		r.unpacked = err.Error()
	}
}

// listing gives a root's files by path; nobody may change it.
func (s *shelf) listing(r *root) []*record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return r.listing
}

func compareRecords(a, b *record) int {
	return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.raw, b.raw))
}

// change puts records on the shelf, in place of those with the same name, and
// takes others off. Damaged files do not come on it, nor do collections that are
// not what they were made of. It keeps add.
func (s *shelf) change(r *root, add, remove []*record) {
	s.changing.Lock()
	defer s.changing.Unlock()
	if r.gone.Err() == nil {
		s.changeLocked(r, s.upheld(s.damage.without(add)), remove)
	}
}

func (s *shelf) changeLocked(r *root, add, remove []*record) {
	if len(add)+len(remove) == 0 {
		return
	}
	slices.SortFunc(add, compareRecords)
	add = slices.CompactFunc(add, func(a, b *record) bool { return compareRecords(a, b) == 0 })
	old := s.listing(r)
	listing, replaced := mergeListing(old, add, remove)
	remove = append(slices.Clone(remove), replaced...)
	s.mu.Lock()
	r.listing = listing
	for _, rec := range remove {
		if s.unlink(rec) {
			r.sizeBytes -= rec.stat.size
		}
	}
	for _, rec := range add {
		s.link(rec)
		r.sizeBytes += rec.stat.size
	}
	if len(remove) > 0 {
		s.removals.Add(1)
	}
	s.mu.Unlock()
	s.reindex(add, remove)
}

// mergeListing gives old with add in it and without remove, and the records of
// old whose names add takes over.
func mergeListing(old, add, remove []*record) (listing, replaced []*record) {
	gone := make(map[*record]struct{}, len(remove))
	for _, rec := range remove {
		gone[rec] = struct{}{}
	}
	listing = make([]*record, 0, max(0, len(old)+len(add)-len(remove)))
	for len(old) > 0 || len(add) > 0 {
		order := -1
		switch {
		case len(old) == 0:
			order = 1
		case len(add) > 0:
			order = compareRecords(old[0], add[0])
		}
		if order >= 0 {
			listing = append(listing, add[0])
			add = add[1:]
		}
		if order <= 0 {
			if _, removed := gone[old[0]]; order == 0 && !removed {
				replaced = append(replaced, old[0])
			} else if order < 0 && !removed {
				listing = append(listing, old[0])
			}
			old = old[1:]
		}
	}
	return listing, replaced
}

func (s *shelf) link(rec *record) {
	rec.off.Store(false)
	rec.next = s.byID[rec.id]
	s.byID[rec.id] = rec
}

// unlink is false when the record was not on the shelf.
func (s *shelf) unlink(rec *record) bool {
	rec.off.Store(true)
	first := s.byID[rec.id]
	if first == rec {
		if rec.next == nil {
			delete(s.byID, rec.id)
		} else {
			s.byID[rec.id] = rec.next
		}
		rec.next = nil
		return true
	}
	for before := first; before != nil; before = before.next {
		if before.next == rec {
			before.next, rec.next = rec.next, nil
			return true
		}
	}
	return false
}

// used gives what the catalog must keep.
func (s *shelf) used() (map[fileStat]struct{}, map[content.ID]struct{}) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	stats, ids := make(map[fileStat]struct{}), make(map[content.ID]struct{})
	for _, r := range s.roots {
		for _, rec := range r.listing {
			stats[rec.stat], ids[rec.id] = struct{}{}, struct{}{}
		}
	}
	s.damage.keepUsed(stats, ids)
	return stats, ids
}

// sameContent bounds how many files of one content are tried: an empty file may
// lie in thousands of places.
const sameContent = 16

// byContent gives some files with this content that the viewer may have, the
// searchable ones first.
func (s *shelf) byContent(id content.ID, who Viewer, may right) (out []*record) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for rec := s.byID[id]; rec != nil && len(out) < sameContent; rec = rec.next {
		if s.grantsLocked(rec, who, may) {
			out = append(out, rec)
		}
	}
	slices.SortStableFunc(out, func(a, b *record) int {
		switch {
		case a.searchable == b.searchable:
			return 0
		case a.searchable:
			return -1
		}
		return 1
	})
	return out
}

// byName finds the record of a root with this raw name.
func (s *shelf) byName(r *root, path, raw string) *record {
	listing := s.listing(r)
	i, ok := slices.BinarySearchFunc(listing, &record{path: path, raw: raw}, compareRecords)
	if !ok {
		return nil
	}
	return listing[i]
}
