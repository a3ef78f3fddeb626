package share

import "slices"

// A word index is a place where a name can leak by mistake, and so is everything
// made from it, as a keyword table for neighbours would be. Therefore the names
// that are not for everyone stay out of the common index: each such root has one
// of its own, which is searched for those alone who may see it.

// home is the root whose audience a record has.
func (rec *record) home() *root {
	if rec.pack != nil && rec.pack.owner.root != nil {
		return rec.pack.owner.root
	}
	return rec.root
}

// indexOf is called with changing held, as audiences change only then.
func (s *shelf) indexOf(r *root) *index {
	if r.audience.Load().open() {
		return s.index
	}
	return r.reserved
}

// reindex tells each index what has changed in it.
func (s *shelf) reindex(add, remove []*record) {
	type change struct{ add, remove []*record }
	changes := make(map[*index]change)
	for _, rec := range remove {
		ix := s.indexOf(rec.home())
		c := changes[ix]
		c.remove = append(c.remove, rec)
		changes[ix] = c
	}
	for _, rec := range add {
		if !rec.searchable {
			continue
		}
		ix := s.indexOf(rec.home())
		c := changes[ix]
		c.add = append(c.add, rec)
		changes[ix] = c
	}
	for ix, c := range changes {
		ix.apply(c.add, c.remove)
	}
}

// setAudience gives a root, and the collection made of it, another audience.
func (s *shelf) setAudience(r *root, a *audience) {
	s.changing.Lock()
	defer s.changing.Unlock()
	before := s.indexOf(r)
	r.audience.Store(a) // first: what is found from now on is judged by it
	after := s.indexOf(r)
	if before == after {
		return
	}
	records := slices.Clone(s.listing(r))
	for _, root := range s.all() {
		if root.adopted() {
			records = append(records, slices.DeleteFunc(slices.Clone(s.listing(root)), func(rec *record) bool { return rec.home() != r })...)
		}
	}
	records = slices.DeleteFunc(records, func(rec *record) bool { return !rec.searchable })
	before.apply(nil, records)
	after.apply(records, nil)
}

// indexes are all of them, with the roots they are for; nil: for everyone's.
func (s *shelf) indexes() map[*index]*root {
	all := map[*index]*root{s.index: nil}
	for _, r := range s.all() {
		if !r.audience.Load().open() {
			all[r.reserved] = r
		}
	}
	return all
}

// compact makes quiet indexes quick.
func (s *shelf) compact() {
	for ix := range s.indexes() {
		ix.compact()
	}
}

// searchable counts the files that somebody else can find by words.
func (s *shelf) searchable() (n int) {
	for ix, r := range s.indexes() {
		if r == nil || r.audience.Load().Kind == Named {
			n += ix.len()
		}
	}
	for _, r := range s.all() {
		if s.keepFetched && r.adopted() {
			n -= len(slices.DeleteFunc(slices.Clone(s.listing(r)), func(rec *record) bool { return !rec.searchable || !rec.home().adopted() }))
		}
	}
	return n
}

// concerns says whether what was fetched lies in the root, or the root in it.
func (r *root) concerns(rec *record) bool {
	return !r.adopted() && (within(rec.lies, r.dir) || rec.pack != nil && within(r.dir, rec.lies))
}

// A right is what a viewer may have of an audience's: (*audience).serves or shows.
type right func(a *audience, who Viewer) bool

// grants says whether the viewer may have the record.
func (s *shelf) grants(rec *record, who Viewer, may right) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.grantsLocked(rec, who, may)
}

// grantsLocked is called with mu held. What was fetched is for everyone, unless it
// lies in a shared folder, whether that lists it or not: then it is for those whom
// the folder is for. So is a collection with a shared folder in it.
func (s *shelf) grantsLocked(rec *record, who Viewer, may right) bool {
	if rec.home().adopted() {
		if s.keepFetched && !who.owner {
			return false
		}
		for _, r := range s.roots {
			if r.concerns(rec) && !may(r.audience.Load(), who) {
				return false
			}
		}
	}
	return may(rec.home().audience.Load(), who)
}
