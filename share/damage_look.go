package share

import (
	"errors"
	"io/fs"
	"os"
)

// look brings the list up to date with the disk, now that a walk of a root has
// found these files: an entry follows its file to another name, and is forgotten
// when another file has taken its place. A file that is not there may come back
// with its disk, and keeps its mark. It gives the states that are forgotten, and
// whether other files are listed than before.
func (d *damageList) look(r *root, found []*record, p places) (forgotten []fileStat, changed bool) {
	if d.empty() {
		return nil, false
	}
	d.follow(p)
	moved := make(map[fileStat]string)
	for _, rec := range found {
		if d.has(rec.stat) {
			moved[rec.stat] = r.onDisk(rec.raw)
		}
	}
	for _, f := range d.all() {
		if at := moved[f.stat()]; at != "" || f.by == r || p.within(string(f.Path)) {
			now := d.lookAt(r, f, at, p)
			if now == nil {
				forgotten = append(forgotten, f.stat())
			}
			changed = changed || f.listed() != (now != nil && now.listed())
		}
	}
	return forgotten, changed
}

// places says what a root has to do with a path.
type places struct {
	within func(path string) bool // it is the root to look there
	left   func(path string) bool // it does not share what is there
}

// lookAt does so for one entry, which was found under this name or not at all, and
// gives what is left of it; nil: nothing.
func (d *damageList) lookAt(r *root, f damagedFile, found string, p places) *damagedFile {
	info, err := os.Lstat(string(f.Path))
	there := err == nil && info.Mode().IsRegular() && statOf(info, string(f.Path)) == f.stat()
	lost := there && found == "" && f.by == r && p.left(string(f.Path))
	d.mu.Lock()
	defer d.mu.Unlock()
	entry := d.files[f.stat()]
	switch {
	case entry == nil: // repaired meanwhile
		return nil
	case there:
		entry.gone = false
	case found != "":
		entry.Path, entry.gone, d.unsaved = diskPath(found), false, true
	case errors.Is(err, fs.ErrNotExist):
		entry.gone = true
	case err == nil:
		delete(d.files, f.stat())
		d.unsaved = true
		return nil
	}
	switch {
	case found != "":
		entry.by = r
	case lost:
		entry.by = nil
	}
	now := *entry
	return &now
}

// follow has entries follow their disks to another number: some systems give one at
// each start, or each time a disk is plugged in. Where all the rest is as it was, at
// the same place, it is the same file.
func (d *damageList) follow(p places) {
	for _, f := range d.all() {
		if !p.within(string(f.Path)) {
			continue
		}
		now, _, err := stateAt(string(f.Path))
		was := f.stat()
		if err != nil || now == was || now != (fileStat{now.dev, was.ino, was.size, was.mtime}) {
			continue
		}
		d.mu.Lock()
		if entry := d.files[was]; entry != nil && d.files[now] == nil {
			delete(d.files, was)
			entry.Dev = now.dev
			d.files[now], d.unsaved = entry, true
		}
		d.mu.Unlock()
	}
}
