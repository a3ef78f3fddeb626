package share

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"starling/share/content"
)

// damageList remembers the files whose bytes are not what was hashed, though nothing
// about them says that anybody wrote to them: bit rot. Such a file has a hash in
// the catalog, so that the next look would share it again. The mark keeps it off
// the shelf until it is repaired or its owner has written to it.
//
// damaged.json holds the list, apart from the catalog: what can be found out
// again and what cannot must not be lost together. The methods may be called on
// nil, which knows of nothing.
type damageList struct {
	path  string
	write func(path string, v any) error // WriteSealed

	saving sync.Mutex // one at a time; taken before mu

	mu      sync.RWMutex // guards what follows
	files   map[fileStat]*damagedFile
	unsaved bool
}

// damagedFile is one entry: what it should be, and the state it was found in.
type damagedFile struct {
	Path      diskPath   `json:"path"` // absolute
	ID        content.ID `json:"id"`
	Dev       uint64     `json:"dev"`
	Ino       uint64     `json:"ino"`
	SizeBytes int64      `json:"size_bytes"`
	MTime     int64      `json:"mtime"` // nanoseconds since 1970
	Groups    int        `json:"groups"`
	Bad       int        `json:"bad"`
	Found     time.Time  `json:"found"`

	gone bool  // at the last look nothing was there
	by   *root // that would share it were it well, as its last look found; nil: none does, or none has looked yet
}

// listed says that its owner is told of it: it is there, and would be shared. A mark
// outlives that, so that what is shared anew is not served rotten.
func (f *damagedFile) listed() bool { return !f.gone && f.by != nil && f.by.gone.Err() == nil }

const (
	// damagedMax bounds the list. Where more is damaged the disk is dying, and each
	// further file is found again by the next verification.
	damagedMax = 50_000
	// damagedMaxBytes bounds what is read of damaged.json: entries with the longest
	// paths, and more than once over.
	damagedMaxBytes = 512 << 20
)

func (f *damagedFile) stat() fileStat {
	return fileStat{dev: f.Dev, ino: f.Ino, size: f.SizeBytes, mtime: f.MTime}
}

// load reads the list. One that is broken or cannot be read is set aside, which the
// notice says: what was on it is served until it is verified again.
func (d *damageList) load(dir string) (notice string) {
	d.path, d.write, d.files = filepath.Join(dir, "damaged.json"), WriteSealed, make(map[fileStat]*damagedFile)
	var list []*damagedFile
	notice, err := ReadSealed(d.path, damagedMaxBytes, &list)
	if err != nil {
		list, notice = nil, unreadable(d.path, err)
	}
	for _, f := range list {
		if f != nil && filepath.IsAbs(string(f.Path)) && len(d.files) < damagedMax {
			d.files[f.stat()] = f
		}
	}
	if notice != "" {
		notice = "the list of damaged files: " + notice + "; 'starling share verify' finds them again"
	}
	return notice
}

func unreadable(path string, err error) string {
	aside, asideErr := setAside(path)
	if asideErr != nil {
		return fmt.Sprintf("it cannot be read (%v), nor set aside (%v)", err, asideErr)
	}
	return fmt.Sprintf("it cannot be read (%v) and is set aside as %s", err, aside)
}

// save writes what has changed. Who reads a shared file asks the list at each step,
// and does not wait for the disk of this one.
func (d *damageList) save() error {
	d.saving.Lock()
	defer d.saving.Unlock()
	d.mu.Lock()
	due := d.unsaved
	d.unsaved = false
	d.mu.Unlock()
	if !due {
		return nil
	}
	err := d.write(d.path, d.all())
	if err != nil {
		d.mu.Lock()
		d.unsaved = true
		d.mu.Unlock()
	}
	return spaceError(err)
}

// has says that a file in this state is damaged.
func (d *damageList) has(s fileStat) bool { return d.get(s) != nil }

// get gives the entry of a file in this state, which nobody may change; nil when
// it is not damaged.
func (d *damageList) get(s fileStat) *damagedFile {
	if d == nil {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.files[s]
}

// anyOf says that one of several files is damaged.
func (d *damageList) anyOf(stats []fileStat) bool {
	return slices.ContainsFunc(stats, d.has)
}

// add is false when the list is full.
func (d *damageList) add(f damagedFile) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.files[f.stat()]
	if old == nil && len(d.files) >= damagedMax {
		return false
	}
	if old != nil {
		f.Found = old.Found
	}
	d.files[f.stat()] = &f
	d.unsaved = true
	return true
}

// drop forgets the damage of the file at a path, now that it is well in this state.
// An entry of another state belongs to the file that it has taken the place of. That
// may be there by another name, as a hard link, and rotten: the next look follows it
// there, or forgets it.
func (d *damageList) drop(s fileStat, path string) {
	replaced := slices.DeleteFunc(d.all(), func(f damagedFile) bool { return f.stat() == s || !samePlace(string(f.Path), path) })
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files[s] != nil {
		delete(d.files, s)
		d.unsaved = true
	}
	for _, f := range replaced {
		if entry := d.files[f.stat()]; entry != nil {
			entry.gone = true
		}
	}
}

// all gives copies of the entries by path.
func (d *damageList) all() []damagedFile {
	if d == nil {
		return nil
	}
	d.mu.RLock()
	list := make([]damagedFile, 0, len(d.files))
	for _, f := range d.files {
		list = append(list, *f)
	}
	d.mu.RUnlock()
	slices.SortFunc(list, func(a, b damagedFile) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// count is how many damaged files are listed below a folder, or with "" anywhere.
func (d *damageList) count(dir string) (n int) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, f := range d.files {
		if f.listed() && (dir == "" || within(string(f.Path), dir)) {
			n++
		}
	}
	return n
}

// without leaves out the records of damaged files. It keeps list.
func (d *damageList) without(list []*record) []*record {
	if d.empty() {
		return list
	}
	return slices.DeleteFunc(list, func(rec *record) bool { return rec.pack == nil && d.has(rec.stat) })
}

func (d *damageList) empty() bool {
	if d == nil {
		return true
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.files) == 0
}

// keepUsed adds what the catalog must keep: the manifest says which groups of a
// damaged file are good.
func (d *damageList) keepUsed(stats map[fileStat]struct{}, ids map[content.ID]struct{}) {
	for _, f := range d.all() {
		stats[f.stat()], ids[f.ID] = struct{}{}, struct{}{}
	}
}

// damageText is the problem of a root with so many damaged files.
func damageText(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "one file is damaged and not served; 'starling repair --all' fetches what is wrong with it"
	}
	return fmt.Sprintf("%d files are damaged and not served; 'starling repair --all' fetches what is wrong with them", n)
}
