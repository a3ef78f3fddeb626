package share

import (
	"slices"
	"sync/atomic"
)

// upholds says whether a collection may be on the shelf: its folder is still shared
// as one thing, and every file that it was made of is shared, as it was then. Of
// fetched ones the list of what was fetched tells.
func (s *shelf) upholds(p *pack) bool {
	return p.owner.root == nil || p.chosen() && !slices.ContainsFunc(p.members, s.lost)
}

// chosen says whether the owner still wants the folder shared as one thing.
func (p *pack) chosen() bool {
	return p.owner.root == nil || p.owner.root.gone.Err() == nil && p.owner.root.packs(p.owner.raw)
}

// lost says that a file is not on the shelf any more, nor one that says more of
// itself in its place.
func (s *shelf) lost(rec *record) bool {
	if !rec.off.Load() {
		return false
	}
	now := s.byName(rec.root, rec.path, rec.raw)
	return now == nil || now.stat != rec.stat || now.id != rec.id
}

// upheld leaves out the collections that may not come on the shelf: what they were
// made of may have gone while they were read.
func (s *shelf) upheld(add []*record) []*record {
	return slices.DeleteFunc(add, func(rec *record) bool { return rec.pack != nil && !s.upholds(rec.pack) })
}

// taken gives a function that says whether the record was taken back from whomever
// it was shared with. It is asked for each piece that is sent.
func (s *shelf) taken(rec *record) func() bool {
	if rec.pack == nil || rec.pack.owner.root == nil {
		return func() bool { return rec.off.Load() || rec.home().gone.Err() != nil }
	}
	// A collection that is made anew, as when a file was added, may be read to the
	// end. All its files are looked for again when some file was taken off the shelf.
	var seen atomic.Int64
	seen.Store(-1)
	return func() bool {
		now := s.removals.Load()
		if !rec.pack.chosen() || seen.Load() != now && !s.upholds(rec.pack) {
			return true
		}
		seen.Store(now)
		return false
	}
}

// dropBroken takes the collections of a root off the shelf whose files are not all
// shared any more. They are made anew when all is quiet and hashed, which may take
// hours; what was taken back is not named, nor served in them, until then.
func (l *Library) dropBroken(r *root) {
	for _, rec := range l.shelf.listing(l.packs) {
		if rec.pack.owner.root == r && !l.shelf.upholds(rec.pack) {
			l.shelf.change(l.packs, nil, []*record{rec})
		}
	}
}
