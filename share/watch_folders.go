package share

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// watcher knows the folders that walks have entered and has the system tell
// what changes in them. The looker alone adds and removes watches; what is told
// of them comes in another goroutine.
type watcher struct {
	sys   *fsnotify.Watcher       // nil: nothing is watched
	add   func(path string) error // sys.Add; tests run out of watches
	limit int                     // folders watched at most
	round uint64                  // number of the look that goes on; the looker's
	trees map[*root]*tree         // guarded by mu
	where map[folderIdent]*folder // the watched ones; guarded by mu
	count int                     // how many are watched; guarded by mu
	full  error                   // why no more are watched; guarded by mu
	mu    sync.Mutex              // never held while sys is called: it may wait for its events to be taken
}

// tree holds the folders of a root by their raw names.
type tree struct {
	folders map[string]*folder
}

type folder struct {
	path    string // absolute
	ident   folderIdent
	inner   []string // raw names of the folders in it, as they were read last
	round   uint64   // the last look that entered it
	watched bool
	stale   bool // may be another by now, and the watch with it
}

// folderIdent tells a folder from another that has taken its name.
type folderIdent struct{ dev, ino uint64 }

var errWatchesSpent = errors.New("share.watch_folders allows no more")

// newWatcher starts nothing. A system that gives no watcher is a problem to
// tell, not to fail for.
func newWatcher(limit int) (*watcher, error) {
	w := &watcher{limit: limit, trees: make(map[*root]*tree), where: make(map[folderIdent]*folder)}
	if limit < 0 {
		return w, nil
	}
	sys, err := fsnotify.NewWatcher()
	if err == nil {
		w.sys, w.add = sys, sys.Add
	}
	return w, err
}

// hooks are those of a walk of r: a folder is watched before it is read, so that
// nothing happens in between.
func (w *watcher) hooks(r *root) walk {
	if w.sys == nil {
		return walk{}
	}
	return walk{
		entering: func(raw string, here *os.Root) { w.enter(r, raw, identOf(here, r.onDisk(raw))) },
		left:     func(raw string, inner []string) { w.keepInner(r, raw, inner) },
	}
}

func identOf(here *os.Root, path string) folderIdent {
	info, err := here.Stat(".")
	if err != nil {
		return folderIdent{}
	}
	s := statOf(info, path)
	return folderIdent{s.dev, s.ino}
}

// enter has a folder watched that a walk is about to read.
func (w *watcher) enter(r *root, raw string, ident folderIdent) {
	path := r.onDisk(raw)
	f, old, try := w.note(r, raw, path, ident)
	for _, path := range old {
		_ = w.sys.Remove(path) // it may be gone by itself
	}
	if !try {
		return
	}
	err := w.add(path)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		f.watched, w.where[ident] = true, f
		w.count++
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM):
		w.full = err
	} // any other: it has gone again, or its file system has no watches
}

// note writes down that a folder is there. It gives the watches that must go
// first: that of a folder which had this name, and that of this folder when it
// had another; the system knows a folder by one name only.
func (w *watcher) note(r *root, raw, path string, ident folderIdent) (f *folder, old []string, try bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.trees[r]
	if t == nil {
		t = &tree{folders: make(map[string]*folder)}
		w.trees[r] = t
	}
	f = t.folders[raw]
	if f == nil {
		f = &folder{path: path, ident: ident}
		t.folders[raw] = f
	}
	f.round = w.round
	if f.watched && (f.stale || f.ident != ident) {
		old = append(old, w.loosen(f))
	}
	if other := w.where[ident]; other != nil && other != f {
		old = append(old, w.loosen(other))
	}
	f.ident, f.stale = ident, false
	if !f.watched && w.count >= w.limit && w.full == nil {
		w.full = errWatchesSpent
	}
	return f, old, !f.watched && w.full == nil
}

// loosen is called with mu held. It gives the path whose watch must be removed.
func (w *watcher) loosen(f *folder) string {
	if f.watched {
		f.watched = false
		w.count--
		if w.where[f.ident] == f {
			delete(w.where, f.ident)
		}
	}
	return f.path
}

func (w *watcher) keepInner(r *root, raw string, inner []string) {
	w.mu.Lock()
	var gone []string
	if f := w.trees[r].folders[raw]; f != nil {
		there := make(map[string]bool, len(inner))
		for _, raw := range inner {
			there[raw] = true
		}
		for _, raw := range f.inner {
			if !there[raw] {
				gone = w.forgetBelow(r, raw, gone)
			}
		}
		f.inner = inner
	}
	w.mu.Unlock()
	w.unwatch(gone)
}

// forgetBelow is called with mu held; it adds the paths to unwatch to gone.
func (w *watcher) forgetBelow(r *root, raw string, gone []string) []string {
	t := w.trees[r]
	if t == nil || t.folders[raw] == nil {
		return gone
	}
	f := t.folders[raw]
	delete(t.folders, raw)
	if f.watched {
		gone = append(gone, w.loosen(f))
	}
	for _, raw := range f.inner {
		gone = w.forgetBelow(r, raw, gone)
	}
	return gone
}

// forget drops a folder that is not there any more, and all below it.
func (w *watcher) forget(r *root, raw string) {
	w.mu.Lock()
	gone := w.forgetBelow(r, raw, nil)
	w.mu.Unlock()
	w.unwatch(gone)
}

func (w *watcher) unwatch(paths []string) {
	for _, path := range paths {
		_ = w.sys.Remove(path) // what is deleted loses its watch by itself
	}
}

// sweep drops the folders of a root that the look at all of it has not entered.
func (w *watcher) sweep(r *root) {
	w.mu.Lock()
	if w.trees[r] == nil && !r.adopted() {
		w.trees[r] = &tree{folders: make(map[string]*folder)} // it was looked at, if in vain
	}
	w.mu.Unlock()
	w.sweepIf(r, func(f *folder) bool { return f.round != w.round })
}

// sweepGone drops all folders of roots that are no longer shared.
func (w *watcher) sweepGone() {
	for _, r := range w.ended() {
		w.sweepIf(r, func(*folder) bool { return true })
	}
}

// ended are the roots that are no longer shared but still watched.
func (w *watcher) ended() (ended []*root) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r := range w.trees {
		if r.gone.Err() != nil {
			ended = append(ended, r)
		}
	}
	return ended
}

func (w *watcher) sweepIf(r *root, drop func(*folder) bool) {
	w.mu.Lock()
	var gone []string
	if t := w.trees[r]; t != nil {
		for raw, f := range t.folders {
			if drop(f) {
				delete(t.folders, raw)
				if f.watched {
					gone = append(gone, w.loosen(f))
				}
			}
		}
		if len(t.folders) == 0 && r.gone.Err() != nil {
			delete(w.trees, r)
		}
	}
	w.mu.Unlock()
	w.unwatch(gone)
}

// knows tells whether a folder is looked into already and what happens in it
// would be told.
func (w *watcher) knows(r *root, raw string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.trees[r].get(raw)
	return f != nil && !f.stale
}

func (t *tree) get(raw string) *folder {
	if t == nil {
		return nil
	}
	return t.folders[raw]
}

// place finds the root that a path lies in, and its raw name there.
func (w *watcher) place(abs string) (r *root, raw string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for r := range w.trees {
		if abs == r.dir {
			return r, ".", true
		}
		if rest, below := strings.CutPrefix(abs, r.dir); below && rest[0] == filepath.Separator {
			return r, filepath.ToSlash(rest[1:]), true
		}
	}
	return nil, "", false
}

// doubt marks a folder that may be another by now. It tells whether raw is one.
func (w *watcher) doubt(r *root, raw string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.trees[r].get(raw)
	if f != nil {
		f.stale = true
	}
	return f != nil
}

// doubtAll is for when events were lost.
func (w *watcher) doubtAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.trees {
		for _, f := range t.folders {
			f.stale = true
		}
	}
}

// begin counts a look at everything, which tries again for watches.
func (w *watcher) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.round++
	w.full = nil
}

// unwatched says how many folders are watched of how many, and why not the rest.
func (w *watcher) unwatched() (count, all int, why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.trees {
		all += len(t.folders)
	}
	return w.count, all, w.full
}

// moved tells whether a root's folder is another than the one that was looked
// at, or came or went.
func (w *watcher) moved(r *root) (now folderIdent, moved, looked bool) {
	if info, err := os.Lstat(r.dir); err == nil && info.IsDir() {
		s := statOf(info, r.dir)
		now = folderIdent{s.dev, s.ino}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known := folderIdent{}
	if f := w.trees[r].get("."); f != nil {
		known = f.ident
	}
	return now, now != known, w.trees[r] != nil
}
