package share

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

// indexFor is the index of one record. What was fetched into a folder that is not
// for everyone, or has such a folder in it, is in that folder's.
func (s *shelf) indexFor(rec *record) *index { return s.indexOf(s.around(rec)) }

func (s *shelf) around(rec *record) *root {
	home := rec.home()
	if !home.adopted() {
		return home
	}
	for _, r := range s.all() {
		if r.concerns(rec) && !r.audience.Load().open() {
			return r
		}
	}
	return home
}

// reindex tells each index what has changed in it.
func (s *shelf) reindex(add, remove []*record) {
	type change struct{ add, remove []*record }
	changes := make(map[*index]change)
	for _, rec := range remove {
		ix := s.indexFor(rec)
		c := changes[ix]
		c.remove = append(c.remove, rec)
		changes[ix] = c
	}
	for _, rec := range add {
		if !rec.searchable {
			continue
		}
		ix := s.indexFor(rec)
		c := changes[ix]
		c.add = append(c.add, rec)
		changes[ix] = c
	}
	for ix, c := range changes {
		ix.apply(c.add, c.remove)
	}
}

// setAudience gives a root, and what is shared as it is, another audience.
func (s *shelf) setAudience(r *root, a *audience) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.move(r, func() { r.audience.Store(a) })
}

// move makes a change of a root by which files of its own, or things fetched into
// it, come to belong in another index. It comes first: what is found from then on is
// judged by it. The caller holds changing.
func (s *shelf) move(r *root, change func()) {
	var records []*record
	for _, root := range s.all() {
		for _, rec := range s.listing(root) {
			if rec.searchable && (rec.home() == r || r.concerns(rec)) {
				records = append(records, rec)
			}
		}
	}
	leave, enter := make(map[*index][]*record), make(map[*index][]*record)
	before := make([]*index, len(records))
	for i, rec := range records {
		before[i] = s.indexFor(rec)
	}
	change()
	for i, rec := range records {
		if after := s.indexFor(rec); after != before[i] {
			leave[before[i]], enter[after] = append(leave[before[i]], rec), append(enter[after], rec)
		}
	}
	for ix, records := range leave {
		ix.apply(nil, records)
	}
	for ix, records := range enter {
		ix.apply(records, nil)
	}
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
	if s.keepFetched {
		n -= s.searchableFetched()
	}
	return n
}

// concerns says whether what was fetched lies in the root, or the root in it.
func (r *root) concerns(rec *record) bool {
	return rec.lies != "" && !r.adopted() && (within(rec.lies, r.dir) || rec.pack != nil && within(r.dir, rec.lies))
}

// searchableFetched counts what others could find of what was fetched.
func (s *shelf) searchableFetched() (n int) {
	for _, r := range s.all() {
		if !r.adopted() {
			continue
		}
		for _, rec := range s.listing(r) {
			if rec.searchable && rec.home().adopted() && s.around(rec).audience.Load().Kind != ByID {
				n++
			}
		}
	}
	return n
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
