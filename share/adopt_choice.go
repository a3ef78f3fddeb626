package share

import "fmt"

// SetFetchedSearchable says whether all that was fetched so far can be found by
// words, and is listed; it is served by its ids either way. What lies in a shared
// folder is found as the folder's files are. It holds at once, and outlives the
// process.
func (l *Library) SetFetchedSearchable(searchable bool) error {
	l.choosing.Lock()
	defer l.choosing.Unlock()
	for path, a := range l.adoptedIDs {
		if a.Searchable == searchable {
			continue
		}
		a.Searchable = searchable
		if err := l.choices.saveAdopted(a); err != nil {
			return fmt.Errorf("remember whether %s can be found: %w", path, err)
		}
		l.adoptedIDs[path] = a
		if k := l.kept[path]; k != nil {
			k.choice = a
		}
	}
	for _, r := range []*root{l.adopted, l.packs} {
		l.shelf.change(r, asSearchable(l.shelf.listing(r), searchable), nil)
	}
	l.wakeUp() // what was being hashed meanwhile came with the old word
	return nil
}

// asSearchable gives new records in place of those of fetched things that are
// otherwise.
func asSearchable(listing []*record, searchable bool) (again []*record) {
	for _, rec := range listing {
		if rec.searchable == searchable || !rec.home().adopted() {
			continue
		}
		again = append(again, &record{
			path: rec.path, raw: rec.raw, id: rec.id, stat: rec.stat, typ: rec.typ, tags: rec.tags, looked: rec.looked,
			searchable: searchable, root: rec.root, pack: rec.pack, lies: rec.lies,
		})
	}
	return again
}
