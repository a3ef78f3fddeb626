package share

import (
	"context"
	"errors"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// stirRest is how long nothing must happen in a folder before it is looked
	// at, and stirLongest how long that is waited for.
	stirRest    = 150 * time.Millisecond
	stirLongest = 2 * time.Second

	// maxStirred is how many folders are looked at one by one; when more have
	// changed, a look at everything costs less and forgets nothing.
	maxStirred = 1024

	// At most burstEvents are taken in each burstTime, so that who changes files
	// all the time keeps a fifth of a core busy here and no more. What is not taken
	// waits in the system, which says when it has lost something.
	burstEvents = 5000
	burstTime   = 100 * time.Millisecond

	// rootsEvery is how often it is seen whether a shared folder itself has come,
	// gone or been swapped: watching that would take a watch of the folder it
	// lies in, where strangers live.
	rootsEvery = 2 * time.Second
)

// stirring gathers what the system tells, folder by folder, until it is calm
// there.
type stirring struct {
	folders map[fileName]stir
	all     bool // too much to tell apart, or something was lost
	rules   bool // an owner has written patterns
}

// stir is a folder in which something happened. deep: in all below it as well.
type stir struct {
	first, last time.Time
	deep        bool
}

func (s stir) due() time.Time {
	due, longest := s.last.Add(stirRest), s.first.Add(stirLongest)
	if longest.Before(due) {
		return longest
	}
	return due
}

// stirred are folders to look at; true: deep. all asks for a look at everything.
type stirred struct {
	folders map[fileName]bool
	all     bool
	rules   bool
}

func (s *stirring) add(name fileName, deep bool, now time.Time) {
	f, ok := s.folders[name]
	if !ok {
		f.first = now
		if len(s.folders) >= maxStirred {
			s.everything()
			return
		}
	}
	f.last, f.deep = now, f.deep || deep
	s.folders[name] = f
}

func (s *stirring) everything() {
	s.all = true
	clear(s.folders)
}

// calm takes the folders that are due into out and says when the next are; zero
// when none is left.
func (s *stirring) calm(now time.Time, out *stirred) (next time.Time) {
	out.all, s.all = out.all || s.all, false
	out.rules, s.rules = out.rules || s.rules, false
	for name, f := range s.folders {
		due := f.due()
		if !due.After(now) {
			out.take(name, f.deep)
			delete(s.folders, name)
		} else if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next
}

func (s *stirred) take(name fileName, deep bool) {
	if s.folders == nil {
		s.folders = make(map[fileName]bool)
	}
	s.folders[name] = s.folders[name] || deep
	if len(s.folders) > maxStirred {
		s.all = true
	}
	if s.all {
		clear(s.folders)
	}
}

func (s *stirred) merge(other stirred) {
	s.all, s.rules = s.all || other.all, s.rules || other.rules
	for name, deep := range other.folders {
		s.take(name, deep)
	}
}

func (s *stirred) empty() bool { return !s.all && len(s.folders) == 0 }

// burst counts events.
type burst struct {
	began time.Time
	count int
}

// take counts one, and gives how long no other may be taken.
func (b *burst) take(now time.Time) (pause time.Duration) {
	if now.Sub(b.began) >= burstTime {
		*b = burst{began: now}
	}
	if b.count++; b.count < burstEvents {
		return 0
	}
	return max(1, burstTime-now.Sub(b.began))
}

// watch takes what the system tells and hands it to the loop when it is calm.
// It goes on taking until the looker has ended, which may wait for that.
func (k *keeper) watch(ctx context.Context, lookerEnded <-chan struct{}) error {
	if k.watcher.sys == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	defer k.watcher.sys.Close()
	defer k.drain(lookerEnded)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	roots := time.NewTicker(rootsEvery)
	defer roots.Stop()
	tending := stirring{folders: make(map[fileName]stir)}
	polled := make(map[*root]folderIdent)
	var out stirred
	due := time.Time{} // when timer fires; zero: it need not
	events, pause, sofar := k.watcher.sys.Events, time.NewTimer(time.Hour), burst{}
	defer pause.Stop()
	for {
		if due.IsZero() && (tending.all || len(tending.folders) > 0) {
			due = time.Now().Add(stirRest)
			timer.Reset(stirRest)
		}
		to := k.stirs
		if out.empty() {
			to = nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
			events = k.watcher.sys.Events
		case e, ok := <-events:
			if !ok { // it has ended by itself: looks go on without it
				<-ctx.Done()
				return ctx.Err()
			}
			now := time.Now()
			k.heed(e, &tending, now)
			if wait := sofar.take(now); wait > 0 {
				events = nil
				pause.Reset(wait)
			}
		case err := <-k.watcher.sys.Errors:
			k.heedError(err, &tending)
		case <-timer.C:
			if due = tending.calm(time.Now(), &out); !due.IsZero() {
				timer.Reset(time.Until(due))
			}
		case <-roots.C:
			k.pollRoots(polled, &tending, time.Now())
		case to <- out:
			out = stirred{}
		}
	}
}

func (k *keeper) drain(until <-chan struct{}) {
	for {
		select {
		case <-until:
			return
		case <-k.watcher.sys.Events:
		case <-k.watcher.sys.Errors: //nolint:errcheck // nobody acts on them any more
		}
	}
}

// heed notes which folder an event is about. Names that are never shared are
// none of it, however often they are written to.
func (k *keeper) heed(e fsnotify.Event, tending *stirring, now time.Time) {
	r, raw, ok := k.watcher.place(e.Name)
	if !ok {
		return
	}
	moves := e.Has(fsnotify.Create) || e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)
	if raw == "." {
		if moves && k.watcher.doubt(r, raw) {
			tending.add(fileName{r, "."}, true, now)
		}
		return
	}
	dir, base := path.Split(raw)
	folder := fileName{r, path.Clean(dir)}
	switch {
	case base == ignoreName, moves && tells(base): // what the root says of it changes as well
		tending.rules = tending.rules || base == ignoreName
		tending.add(fileName{r, "."}, true, now)
	case strings.HasPrefix(base, ".") || unfinished(base):
	default:
		if moves {
			k.watcher.doubt(r, raw)
		}
		tending.add(folder, false, now)
	}
}

// tells says that a file of this name says what the folder is that it lies in.
func tells(name string) bool {
	for _, m := range tellingNames {
		if slices.Contains(m.names, name) {
			return true
		}
	}
	return false
}

func (k *keeper) heedError(err error, tending *stirring) {
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		k.log.Debug("watching folders", "err", err)
		return
	}
	k.log.Debug("too much happened in shared folders to be told; looking at all of them")
	k.watcher.doubtAll()
	tending.everything()
}

// pollRoots sees which shared folders have come, gone or been swapped.
func (k *keeper) pollRoots(polled map[*root]folderIdent, tending *stirring, now time.Time) {
	maps.DeleteFunc(polled, func(r *root, _ folderIdent) bool { return r.gone.Err() != nil })
	for _, r := range k.watcher.ended() {
		tending.add(fileName{r, "."}, true, now) // the look takes its watches away
	}
	for _, r := range k.shelf.folders() {
		ident, moved, looked := k.watcher.moved(r)
		if !looked {
			continue // the first look comes to it
		}
		if last, ok := polled[r]; moved && (!ok || last != ident) {
			k.watcher.doubt(r, ".")
			tending.add(fileName{r, "."}, true, now)
		}
		polled[r] = ident
	}
}

// watchNotice tells the owner once when not all is watched.
func (k *keeper) watchNotice(err error) {
	count, all, full := k.watcher.unwatched()
	if k.told || err == nil && full == nil {
		return
	}
	k.told = true
	if err != nil {
		k.notice("shared folders cannot be watched for changes (%v); they are looked at every %v instead", err, k.opts.RescanEvery)
		return
	}
	hint := ""
	if !errors.Is(full, errWatchesSpent) && filepath.Separator == '/' {
		hint = "; a larger fs.inotify.max_user_watches lets more be watched"
	}
	k.notice("%d of %d shared folders are watched for changes (%v); the others are looked at every %v instead%s", count, all, full, k.opts.RescanEvery, hint)
}
