package share

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxBrowse is the most entries of one page.
const maxBrowse = 1000

// Entry is one name in a shared folder: a file, or a folder with files in it.
type Entry struct {
	Name  string
	IsDir bool
	Files int  // in a folder and all below it
	File  File // of a file, and of a folder that is a collection
}

// Browse is View.Browse for the owner, who sees every root.
func (l *Library) Browse(virtual, after string, limit int) ([]Entry, error) {
	return l.For(Owner()).Browse(virtual, after, limit)
}

// Browse lists what the viewer may see of a virtual path, "" being the list of
// roots: searchable files, and folders with such files in them. Entries come in
// the byte order of their paths, where a folder's ends in a slash. A page begins
// behind the entry called after ("" for the first page), which need not exist
// any more, and has up to limit entries, at most 1,000; a shorter page is the
// last one. The error is ErrNotShared for a path that nothing lies under, as far
// as the viewer may know.
func (v View) Browse(virtual, after string, limit int) ([]Entry, error) {
	limit = min(max(limit, 1), maxBrowse)
	virtual = strings.Trim(virtual, "/")
	if virtual == "" {
		return v.browseRoots(after, limit), nil
	}
	name, _, _ := strings.Cut(virtual, "/")
	var entries []Entry
	known := false
	for _, r := range v.roots() {
		if r.name == name {
			page := page{listing: v.listing(r), dir: virtual + "/", limit: limit, collection: v.collectionAt}
			entries = page.entries(after)
			known = page.known
		}
	}
	if !known {
		return nil, fmt.Errorf("%s: %w", DisplayName(virtual), errors.Join(ErrNotShared, fs.ErrNotExist))
	}
	return entries, nil
}

func (v View) browseRoots(after string, limit int) []Entry {
	entries := []Entry{}
	for _, r := range v.roots() {
		if n := searchable(v.listing(r)); r.name > after && (n > 0 || !r.adopted()) {
			entries = append(entries, folderEntry(r.name, n, r.name, v.collectionAt))
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries[:min(limit, len(entries))]
}

// folderEntry describes a folder, which may be a collection.
func folderEntry(name string, files int, path string, collection func(path string) (*record, bool)) Entry {
	e := Entry{Name: name, IsDir: true, Files: files}
	if rec, ok := collection(path); ok {
		e.File = rec.file()
	}
	return e
}

func searchable(records []*record) (n int) {
	for _, rec := range records {
		if rec.searchable {
			n++
		}
	}
	return n
}

// page is a part of one folder's entries. The files below any folder are
// neighbours in the listing, so a folder is skipped by halving.
type page struct {
	listing []*record
	dir     string // ends in a slash
	limit   int
	known   bool // something lies in dir

	collection func(path string) (*record, bool)
}

func (p *page) entries(after string) []Entry {
	at := p.first(p.dir)
	p.known = at < len(p.listing) && strings.HasPrefix(p.listing[at].path, p.dir)
	if !p.known && at == 0 && len(p.listing) == 0 && strings.Count(p.dir, "/") == 1 {
		p.known = true // a root without files
	}
	at = max(at, p.behind(after))
	entries := []Entry{}
	for at < len(p.listing) && len(entries) < p.limit {
		rec := p.listing[at]
		rest, inside := strings.CutPrefix(rec.path, p.dir)
		if !inside {
			break
		}
		name, _, isDir := strings.Cut(rest, "/")
		if !isDir {
			if at++; rec.searchable {
				entries = append(entries, Entry{Name: name, File: rec.file()})
			}
			continue
		}
		end := p.first(p.dir + name + string(rune('/'+1)))
		if n := searchable(p.listing[at:end]); n > 0 {
			entries = append(entries, folderEntry(name, n, p.dir+name, p.collection))
		}
		at = end
	}
	return entries
}

// behind is the place after the entry of that name, file or folder.
func (p *page) behind(after string) int {
	if after == "" {
		return 0
	}
	at := p.first(p.dir + after)
	for at < len(p.listing) && p.listing[at].path == p.dir+after {
		at++
	}
	inside := p.dir + after + "/"
	if from := p.first(inside); from < len(p.listing) && strings.HasPrefix(p.listing[from].path, inside) {
		return p.first(p.dir + after + string(rune('/'+1)))
	}
	return at
}

// first is the place of the first path not before the given one.
func (p *page) first(path string) int {
	at, _ := slices.BinarySearchFunc(p.listing, path, func(r *record, path string) int { return strings.Compare(r.path, path) })
	return at
}

// ByPath describes the file or collection at a virtual path, for the owner. It is
// false when there is none, or when it was fetched and is served by its id only.
func (l *Library) ByPath(virtual string) (File, bool) {
	virtual = path.Clean(strings.Trim(virtual, "/"))
	if rec, ok := l.For(Owner()).collectionAt(virtual); ok {
		return rec.file(), true
	}
	name, _, _ := strings.Cut(virtual, "/")
	for _, r := range l.shelf.all() {
		if r.name != name {
			continue
		}
		p := page{listing: l.shelf.listing(r)}
		for at := p.first(virtual); at < len(p.listing) && p.listing[at].path == virtual; at++ {
			if p.listing[at].searchable {
				return p.listing[at].file(), true
			}
		}
	}
	return File{}, false
}
