package share

import (
	"fmt"
	"slices"

	"starling/share/content"
	"starling/share/words"
)

// View is the library as one viewer may see it. What is kept from a viewer looks
// to it like what does not exist, and costs as much to ask for.
type View struct {
	l   *Library
	who Viewer
}

// For gives the library as the viewer may see it. Everything that another node
// asks goes through here; the Library's own methods are for its owner.
func (l *Library) For(who Viewer) View { return View{l, who} }

// Search gives up to limit files that match and that the viewer may find, the best
// first among those for everyone, then those reserved for the viewer. Best are
// words in the name before words in a folder's name or in tags, whole words before
// beginnings, words as the expression has them before others; then names with few
// other words, known types, large files and short paths. An expression that names
// a content id also finds files that are served by id only. When very many files
// fulfil a part of the expression only, some matches may be missing, and when very
// many fulfil all of it, not all are weighed.
func (v View) Search(e words.Expr, limit int) []File {
	if id, ok := e.ID(); ok {
		return v.searchID(e, id, limit, (*audience).serves)
	}
	return v.searchReserved(e, limit, v.searchIn(v.l.shelf.index, e, limit))
}

// Reserved is what Search finds beyond that which anyone would.
func (v View) Reserved(e words.Expr, limit int) []File {
	id, ok := e.ID()
	if !ok {
		return v.searchReserved(e, limit, nil)
	}
	return v.searchID(e, id, limit, func(a *audience, who Viewer) bool { return a.serves(who) && !a.serves(Anyone()) })
}

func (v View) searchReserved(e words.Expr, limit int, out []File) []File {
	for _, r := range v.l.shelf.all() {
		if a := r.audience.Load(); len(out) < limit && !a.open() && a.shows(v.who) {
			out = append(out, v.searchIn(r.reserved, e, limit-len(out))...)
		}
	}
	return out
}

// searchIn judges each row once more: an audience may change meanwhile.
func (v View) searchIn(ix *index, e words.Expr, limit int) (out []File) {
	for _, rec := range ix.search(e, limit) {
		if v.l.shelf.grants(rec, v.who, (*audience).shows) {
			out = append(out, rec.file())
		}
	}
	return out
}

func (v View) searchID(e words.Expr, id content.ID, limit int, may right) (out []File) {
	for _, rec := range v.l.shelf.byContent(id, v.who, may) {
		doc := rec.document()
		if !v.who.owner && (!rec.searchable || !v.l.shelf.grants(rec, v.who, (*audience).shows)) {
			doc.Path = rec.file().Name // the names of its folders are not to be guessed word by word
		}
		if len(out) < limit && e.Match(doc) {
			out = append(out, rec.file())
		}
	}
	return out
}

// ByID describes a file with this content that the viewer may open now. It is
// false when there is none.
func (v View) ByID(id content.ID) (File, bool) {
	for _, rec := range v.l.shelf.byContent(id, v.who, (*audience).serves) {
		if v.lapsed(rec)() {
			continue
		}
		if rec.unchanged() {
			return rec.file(), true
		}
		v.l.doubt(rec)
	}
	return File{}, false
}

// Open opens a file by its content id, whichever of the files with that content
// the viewer may have and still has it. Errors: ErrNotShared, also of the
// Handle once the viewer may not have it any more, and ErrChanged when every
// such file is gone or different from when it was hashed.
func (v View) Open(id content.ID) (*Handle, error) {
	records := v.l.shelf.byContent(id, v.who, (*audience).serves)
	last := fmt.Errorf("%s: %w", id.Short(), ErrNotShared)
	for _, rec := range records {
		lapsed := v.lapsed(rec)
		if lapsed() {
			continue // it is being taken off the shelf
		}
		h, err := v.l.openRecord(rec)
		if err == nil {
			h.lapsed = lapsed
			return h, nil
		}
		last = err
		v.l.doubt(rec)
	}
	return nil, last
}

// lapsed tells when the viewer may not have the record any more. The owner may
// read to the end.
func (v View) lapsed(rec *record) func() bool {
	if v.who.owner {
		return func() bool { return false }
	}
	taken := v.l.shelf.taken(rec)
	return func() bool {
		return taken() || !v.l.shelf.grants(rec, v.who, (*audience).serves)
	}
}

// listing gives a root's files as far as the viewer may see them: of what was
// fetched, that is not always all. Nobody may change it.
func (v View) listing(r *root) []*record {
	listing := v.l.shelf.listing(r)
	if v.who.owner || !r.adopted() {
		return listing
	}
	v.l.shelf.mu.RLock()
	defer v.l.shelf.mu.RUnlock()
	hidden := func(rec *record) bool {
		return !rec.searchable || !v.l.shelf.grantsLocked(rec, v.who, (*audience).shows)
	}
	if !slices.ContainsFunc(listing, hidden) {
		return listing
	}
	return slices.DeleteFunc(slices.Clone(listing), hidden)
}

// roots are those the viewer may see listed.
func (v View) roots() []*root {
	return slices.DeleteFunc(v.l.shelf.all(), func(r *root) bool { return !r.audience.Load().shows(v.who) })
}
