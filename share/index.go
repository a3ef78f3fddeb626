package share

import (
	"slices"
	"sync"
	"sync/atomic"

	"starling/share/content"
	"starling/share/words"
)

// index finds records by their words. Searches read one immutable snapshot and
// never wait; changes make the next snapshot.
//
//	apply(add, remove) ──► new small segment + marks of the dead ──► snapshot
//	                        └─ neighbouring segments of like size are merged
//
// A search in a segment is made by one of three:
//
//	walk    one word or ending only: through its postings, the best first
//	narrow  the rarest word has few documents: all of them, asked for the others
//	sweep   no word is rare: bitmaps, 64 documents at once, until there are enough
//
// What they find is weighed as words.Expr.Score and compareRank have it; postings
// know the places of words, so few texts have to be read for that.
//
// Each segment is at least mergeFactor times as large as the next, so there are
// few of them and each record is indexed anew only a few times.
type index struct {
	tuning  tuning
	mu      sync.Mutex // held by those who change the snapshot
	current atomic.Pointer[snapshot]
	scratch sync.Pool // of *scratch
}

type snapshot struct{ views []view }

// view is a segment and which of its records are gone.
type view struct {
	*segment
	dead content.Bitset
	live int
}

const mergeFactor = 4

// tuning is the limits of a search in one segment. They bound what a stranger's
// expression costs, at the price that among very many candidates some matches
// are not looked at, and that of very many matches not all are weighed.
type tuning struct {
	// lightMin is how many postings a search can always afford to go through one by
	// one: some 20 µs. What has more is heavy, unless there is too much of it.
	lightMin int
	// narrowMax is how many documents of the rarest word are all weighed.
	narrowMax int
	// effortMax is in costs of index_search.go, so in about as many nanoseconds.
	effortMax int
}

var defaultTuning = tuning{lightMin: 1 << 14, narrowMax: 1 << 11, effortMax: 1_000_000}

func newIndex() *index { return newTunedIndex(defaultTuning) }

func newTunedIndex(t tuning) *index {
	ix := &index{tuning: t, scratch: sync.Pool{New: func() any { return &scratch{tuning: t} }}}
	ix.current.Store(new(snapshot))
	return ix
}

// len is the number of records that can be found.
func (ix *index) len() (n int) {
	for _, v := range ix.current.Load().views {
		n += v.live
	}
	return n
}

// apply adds and removes records in one step. Removing what is not there and
// adding what is there already does nothing. It keeps add.
func (ix *index) apply(add, remove []*record) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	views := bury(slices.Clone(ix.current.Load().views), remove)
	add = slices.DeleteFunc(add, func(r *record) bool { return r.seg != nil })
	for part := range slices.Chunk(add, docsMax) {
		views = append(views, ix.newView(part))
	}
	ix.current.Store(&snapshot{ix.merge(views)})
}

func (ix *index) newView(records []*record) view {
	return view{segment: newSegment(records, ix.tuning), live: len(records)}
}

// bury marks records as gone in fresh copies of the marks.
func bury(views []view, remove []*record) []view {
	fresh := make([]bool, len(views))
	for _, r := range remove {
		i := slices.IndexFunc(views, func(v view) bool { return v.segment == r.seg })
		if i < 0 || r.seg == nil {
			continue
		}
		v := &views[i]
		if !fresh[i] {
			fresh[i] = true
			if v.dead.Len() == 0 {
				v.dead = content.NewBitset(len(v.records))
			} else {
				v.dead = v.dead.Clone()
			}
		}
		v.dead.Set(int(r.doc))
		v.live--
		r.seg = nil
	}
	return views
}

// merge restores the order of sizes and drops what is mostly dead.
func (ix *index) merge(views []view) []view {
	for i := range views {
		if v := &views[i]; v.live > 0 && v.live < len(v.records)/2 {
			*v = ix.newView(v.survivors(nil))
		}
	}
	views = slices.DeleteFunc(views, func(v view) bool { return v.live == 0 })
	for n := len(views); n > 1 && views[n-2].live < mergeFactor*views[n-1].live && fit(views[n-2:]); n = len(views) {
		views = append(views[:n-2], ix.newView(views[n-1].survivors(views[n-2].survivors(nil))))
	}
	return views
}

// fit says that the records of some views fit into one segment.
func fit(views []view) bool {
	live := 0
	for _, v := range views {
		live += v.live
	}
	return live <= docsMax
}

// compact merges everything into one segment, if that changes anything, so that
// searches in a quiet library look in one place.
func (ix *index) compact() {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	views := ix.current.Load().views
	if len(views) < 2 || !fit(views) {
		return
	}
	var all []*record
	for _, v := range views {
		all = v.survivors(all)
	}
	ix.current.Store(&snapshot{[]view{ix.newView(all)}})
}

// survivors appends the records that are not gone.
func (v *view) survivors(to []*record) []*record {
	to = slices.Grow(to, v.live)
	for doc, r := range v.records {
		if !v.dead.Has(doc) {
			to = append(to, r)
		}
	}
	return to
}

// search gives up to limit records that match e, the best first. A search that
// wants few examines a bounded number of candidates, so that no expression of a
// stranger is dear: see effort.
func (ix *index) search(e words.Expr, limit int) []*record {
	if limit <= 0 || e.IsZero() {
		return nil
	}
	s := ix.scratch.Get().(*scratch)
	defer ix.scratch.Put(s)
	return s.search(ix.current.Load().views, e, limit)
}
