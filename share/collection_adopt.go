package share

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"starling/share/content"
	"starling/share/words"
)

// keptPack is an adopted collection.
type keptPack struct {
	choice adoptedChoice
	col    *content.Collection
	raws   []string // per file: its name below the folder, with slashes
	lies   string   // the folder, links resolved
	pack   *pack    // nil while a file is missing
	proven bool     // the catalog knows the files of pack as those of col
}

// Landed is a collection that has been fetched, whose files are verified.
type Landed struct {
	Path       string // the folder
	Collection *content.Collection

	raws      []string
	folds     bool
	stats     []fileStat
	manifests map[int]*content.Manifest // of files of more than one group
}

// AdoptCollection serves a finished collection from now on, as a whole and file
// by file, by their content ids, as Adopt does a file. Nothing is read again.
func (l *Library) AdoptCollection(c *Landed, m *content.Manifest, id content.ID, searchable bool) (File, error) {
	if err := m.Prove(id); err != nil {
		return File{}, fmt.Errorf("adopt %s: %w", c.Path, err)
	}
	if m.SizeBytes != c.Collection.SizeBytes() || len(c.stats) != len(c.Collection.Files()) {
		return File{}, fmt.Errorf("adopt %s: %w", c.Path, ErrChanged)
	}
	choice := adoptedChoice{
		ID: id, Path: diskPath(c.Path), Searchable: searchable,
		Index: content.Sum([]byte(c.Collection.Index())), SizeBytes: m.SizeBytes, Folds: c.folds,
	}
	l.choosing.Lock()
	defer l.choosing.Unlock()
	if err := l.writeIndex(id, c.Collection); err != nil {
		return File{}, fmt.Errorf("remember %s: %w", c.Path, spaceError(err))
	}
	if err := l.choices.saveAdopted(choice); err != nil {
		return File{}, fmt.Errorf("remember %s: %w", c.Path, err)
	}
	k := &keptPack{choice: choice, col: c.Collection, raws: c.raws, lies: resolved(c.Path), proven: true}
	k.pack = newPack(c.Collection, c.Path, c.raws, c.stats, fileName{})
	l.adoptedIDs[choice.Path], l.kept[choice.Path] = choice, k
	for i, f := range c.Collection.Files() {
		one, ok := content.OneGroup(f.ID, f.SizeBytes)
		if !ok {
			one = c.manifests[i]
		}
		if one != nil {
			l.catalog.put(c.stats[i], catalogued{id: f.ID}, one) // what they say is looked for later
		}
	}
	l.catalog.put(k.pack.key, catalogued{id: id}, m)
	return l.shelveKept(k, id), nil
}

// shelveKept puts an adopted collection and its files on the shelf.
func (l *Library) shelveKept(k *keptPack, id content.ID) File {
	rec := k.record(l)
	rec.id = id
	l.shelf.change(l.packs, []*record{rec}, nil)
	var members []*record
	elsewhere := l.lister()
	for i, f := range k.col.Files() {
		m := k.member(l.adopted, k.raws[i])
		m.id, m.stat = f.ID, k.pack.stats[i]
		if !elsewhere.lists(m.lies) {
			members = append(members, m)
		}
	}
	l.shelf.change(l.adopted, members, nil)
	if len(members) < len(k.raws) {
		l.wakeUp() // for the folder that lists the others
	}
	return rec.file()
}

func (k *keptPack) dir() string { return string(k.choice.Path) }

// virtual is the path that others see, of the folder or of a file in it.
func (k *keptPack) virtual(raw string) string {
	return strings.TrimSuffix(adoptedName+"/"+virtualName(filepath.Base(k.dir())+"/"+raw), "/")
}

func (k *keptPack) record(l *Library) *record {
	rec := l.packRecord(k.virtual(""), k.dir(), k.pack, k.choice.Searchable)
	rec.lies = k.lies
	return rec
}

func (k *keptPack) member(r *root, raw string) *record {
	return &record{
		path: k.virtual(raw), raw: filepath.ToSlash(k.dir()) + "/" + raw, typ: words.TypeOf(raw),
		searchable: k.choice.Searchable, root: r, lies: filepath.Join(k.lies, filepath.FromSlash(raw)),
	}
}

func (l *Library) indexPath(id content.ID) string {
	return filepath.Join(l.opts.Dir, "collections", id.String()+".index")
}

// writeIndex is called with choosing held, or forgetKept could remove what it
// wrote.
func (l *Library) writeIndex(id content.ID, col *content.Collection) error {
	path := l.indexPath(id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeWhole(path, []byte(col.Index()))
}

// loadAdopted takes one up from the state folder. A collection whose index is
// lost counts as a file that is none: the first look forgets it.
func (l *Library) loadAdopted(a adoptedChoice) {
	l.adoptedIDs[a.Path] = a
	if a.Index.IsZero() {
		return
	}
	index, err := os.ReadFile(l.indexPath(a.ID))
	if err == nil && content.Sum(index) != a.Index {
		err = errBroken
	}
	var col *content.Collection
	if err == nil {
		col, err = content.ParseCollection(index, a.SizeBytes)
	}
	if err != nil {
		l.notice("the list of files of the fetched folder %s is lost (%v); it is no longer served", filepath.Base(string(a.Path)), err)
		return
	}
	l.kept[a.Path] = &keptPack{choice: a, col: col, raws: diskNames(col, a.Folds), lies: resolved(string(a.Path))}
}

// scanKept looks at the folder of an adopted collection. Files that the owner
// has added to it are not shared.
func (l *Library) scanKept(ctx context.Context, k *keptPack, r *root) (found []*record) {
	wanted := make(map[string]int, len(k.raws))
	for i, raw := range k.raws {
		wanted[raw] = i
	}
	stats, there := make([]fileStat, len(k.raws)), 0
	k.lies = resolved(k.dir())
	elsewhere := l.lister()
	w := walk{dir: k.dir(), fetched: true}
	w.found = func(raw string, info fs.FileInfo) {
		i, ours := wanted[raw]
		if !ours {
			return
		}
		stats[i] = w.stat(raw, info)
		there++
		if rec := k.member(r, raw); !elsewhere.lists(rec.lies) {
			rec.stat = stats[i]
			found = append(found, rec)
		}
	}
	err := w.run(ctx)
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, fs.ErrNotExist):
		l.forgetMissing(k)
	case err != nil || there < len(k.raws):
		k.pack = nil
	case k.pack == nil || !slices.Equal(k.pack.stats, stats):
		k.pack, k.proven = newPack(k.col, k.dir(), k.raws, stats, fileName{}), false
	}
	return found
}

// forgetMissing forgets a collection whose folder was deleted, while the one it
// lay in is there.
func (l *Library) forgetMissing(k *keptPack) {
	k.pack = nil
	if _, err := os.Stat(filepath.Dir(k.dir())); err != nil {
		return
	}
	if err := l.forgetLocked(k.choice.Path, k.choice); err != nil {
		l.log.Warn("adopted collection not forgotten", "err", err)
	}
}

// forgetKept takes a forgotten collection off the shelf. The caller holds
// choosing.
func (l *Library) forgetKept(k *keptPack) {
	delete(l.kept, k.choice.Path)
	if !l.keeps(k.choice.ID) {
		_ = os.Remove(l.indexPath(k.choice.ID)) // nothing names it any more
	}
	for _, r := range []*root{l.packs, l.adopted} {
		var ours []*record
		for _, rec := range l.shelf.listing(r) {
			if rec.raw == k.dir() || strings.HasPrefix(rec.raw, filepath.ToSlash(k.dir())+"/") {
				ours = append(ours, rec)
			}
		}
		l.shelf.change(r, nil, ours)
	}
}

// keeps tells whether an adopted collection has this id; one that was fetched
// twice is there twice. The caller holds choosing.
func (l *Library) keeps(id content.ID) bool {
	for _, k := range l.kept {
		if k.choice.ID == id {
			return true
		}
	}
	return false
}

// keptRecords gives the adopted collections whose files are all there and as
// they should be.
func (l *Library) keptRecords() (found []*record) {
	l.choosing.Lock()
	defer l.choosing.Unlock()
	for _, k := range l.kept {
		if k.pack != nil && !l.damage.anyOf(k.pack.stats) && (k.proven || l.proves(k)) {
			k.proven = true
			found = append(found, k.record(l))
		}
	}
	return found
}

func (l *Library) proves(k *keptPack) bool {
	for i, f := range k.col.Files() {
		if known, ok := l.catalog.lookup(k.pack.stats[i]); !ok || known.id != f.ID {
			return false
		}
	}
	return true
}

// keptMember tells whether a file belongs to an adopted collection, and is what
// it should be. The caller holds choosing.
func (l *Library) keptMember(path string, id content.ID) bool {
	for _, k := range l.kept {
		rel, err := filepath.Rel(k.dir(), path)
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		if i := slices.Index(k.raws, filepath.ToSlash(rel)); i >= 0 {
			return k.col.Files()[i].ID == id
		}
	}
	return false
}
