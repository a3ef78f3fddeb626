package share

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"starling/share/content"
	"starling/share/words"
)

// Options says how a library works. Only Dir is needed.
type Options struct {
	// Dir is the folder of the library's state: catalog.db, roots.json,
	// adopted.jsonl. It is made with mode 0700 if absent.
	Dir string

	// RescanEvery is the time between looks at all shared folders; default 60 s.
	// A look reads names and times only, about 3 µs a file, and pauses last at
	// least fifty times as long as a look, so that it never takes more than
	// 2 % of one core. Longer means that new files are found later.
	RescanEvery time.Duration

	// HashReaders is how many files are hashed at once; default 2, or 1 on a
	// single core. More is faster on SSDs and slower on spinning disks.
	HashReaders int

	// Refused are further folders that are never shared, nor what is in or
	// around them: keys, the state of other parts. Dir always is one.
	Refused []string

	// Logger takes what an owner may want to know; nil discards.
	Logger *slog.Logger
}

// idlePauses is how many times the length of a look the pause after it has.
const idlePauses = 50

func (o Options) withDefaults() Options {
	o.RescanEvery = cmp.Or(o.RescanEvery, time.Minute)
	o.HashReaders = cmp.Or(o.HashReaders, min(2, runtime.GOMAXPROCS(0)))
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Library knows the shared folders and the fetched files, finds files by words
// and opens them by content id. Any goroutine may use it. Until Run works it
// knows its roots but no files.
type Library struct {
	opts     Options
	log      *slog.Logger
	refusals refusals
	lock     *os.File
	catalog  *catalog
	choices  *choices
	shelf    *shelf
	adopted  *root
	packs    *root // the collections, whose files lie in other roots

	choosing   sync.Mutex // guards changes of roots, adoptedIDs and kept
	adoptedIDs map[diskPath]adoptedChoice
	kept       map[diskPath]*keptPack // of the adopted collections among them

	running sync.Mutex // held by Run
	wake    chan struct{}
	rescans chan chan struct{}
	doubts  chan *record
	ready   chan struct{}

	hashing     atomic.Int64 // files waiting or being read
	hashedFiles atomic.Int64
	hashedBytes atomic.Int64

	noticeMu sync.Mutex
	notices  []string // guarded by noticeMu
}

const (
	maxNotices = 100
	maxDoubts  = 256 // files to look at again at once; more wait for the next look at all
)

// Open opens the library in o.Dir, or makes an empty one that shares nothing.
// It starts nothing: see Run. Damaged state is set aside, told by Notices and
// made anew. The error is ErrLocked while another process has it open.
func Open(o Options) (*Library, error) {
	if o.Dir == "" {
		return nil, errors.New("open the library: no state folder is given")
	}
	o = o.withDefaults()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the library: %w", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the library: %w", err)
	}
	l := &Library{
		opts: o, log: o.Logger, lock: lock, shelf: newShelf(), adopted: newRoot(adoptedName, "", time.Time{}), packs: newRoot("", "", time.Time{}),
		refusals: newRefusals(append([]string{o.Dir}, o.Refused...)),
		wake:     make(chan struct{}, 1), rescans: make(chan chan struct{}), doubts: make(chan *record, maxDoubts), ready: make(chan struct{}),
		adoptedIDs: make(map[diskPath]adoptedChoice), kept: make(map[diskPath]*keptPack),
	}
	if err := l.load(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("open the library: %w", err)
	}
	return l, nil
}

// load reads catalog and choices.
func (l *Library) load() error {
	c, aside, err := openCatalog(l.opts.Dir, l.log)
	if err != nil {
		return err
	}
	l.catalog = c
	if aside != "" {
		l.notice("%s", aside)
	}
	l.choices = newChoices(osDisk{}, l.opts.Dir, c, l.notice)
	adopted, err := l.choices.loadAdopted()
	if err != nil {
		return errors.Join(fmt.Errorf("read %s: %w", filepath.Base(l.choices.log.path), err), c.close())
	}
	for _, a := range adopted {
		l.loadAdopted(a)
	}
	for _, r := range l.choices.loadRoots() {
		l.shelf.addRoot(r)
	}
	l.shelf.addRoot(l.adopted)
	l.shelf.addRoot(l.packs)
	return nil
}

// Close writes what is not written yet and gives the state folder back. End Run
// first.
func (l *Library) Close() error {
	// Choices before hashes: losing a hash costs time, losing a choice trust.
	// The lock goes last, so that nobody opens what is still being written.
	return errors.Join(l.choices.close(), l.catalog.close(), l.lock.Close())
}

// Ready is closed when Run has looked at every root once and hashed what was
// new. Files are shared one by one before that.
func (l *Library) Ready() <-chan struct{} { return l.ready }

// Search gives up to limit searchable files that match, the best first: words
// in the name before words in a folder's name or in tags, whole words before
// beginnings, words as the expression has them before others; then names with
// few other words, known types, large files and short paths. An expression that
// names a content id also finds files that are served by id only. When very
// many files fulfil a part of the expression only, some matches may be missing,
// and when very many fulfil all of it, not all are weighed.
func (l *Library) Search(e words.Expr, limit int) []File {
	if id, ok := e.ID(); ok {
		return l.searchID(e, id, limit)
	}
	var out []File
	for _, rec := range l.shelf.index.search(e, limit) {
		out = append(out, rec.file())
	}
	return out
}

func (l *Library) searchID(e words.Expr, id content.ID, limit int) (out []File) {
	for _, rec := range l.shelf.byContent(id) {
		if len(out) < limit && e.Match(rec.document()) {
			out = append(out, rec.file())
		}
	}
	return out
}

// ByID describes a file with this content that can be opened now. It is false
// when there is none.
func (l *Library) ByID(id content.ID) (File, bool) {
	for _, rec := range l.shelf.byContent(id) {
		if rec.unchanged() {
			return rec.file(), true
		}
		l.doubt(rec)
	}
	return File{}, false
}

// Stats counts what is shared and what is still to be done.
type Stats struct {
	Files       int   // shared, adopted ones included
	Searchable  int   // of them, those found by words
	SizeBytes   int64 // of all files
	Hashing     int   // files waiting to be read or being read
	HashedFiles int64 // read since Open
	HashedBytes int64
}

// Stats is cheap enough to be asked once a second.
func (l *Library) Stats() Stats {
	s := Stats{
		Searchable: l.shelf.index.len(), Hashing: int(l.hashing.Load()),
		HashedFiles: l.hashedFiles.Load(), HashedBytes: l.hashedBytes.Load(),
	}
	for _, r := range l.shelf.all() {
		if r == l.packs {
			continue // their files are counted where they lie
		}
		d := l.shelf.describe(r)
		s.Files += d.Files
		s.SizeBytes += d.SizeBytes
	}
	return s
}

// Notices are sentences for the owner: what was damaged and what was done about
// it. The last hundred are kept.
func (l *Library) Notices() []string {
	l.noticeMu.Lock()
	defer l.noticeMu.Unlock()
	return append([]string(nil), l.notices...)
}

func (l *Library) notice(format string, args ...any) {
	text := DisplayName(fmt.Sprintf(format, args...)) // it may quote names from the disk
	l.log.Warn("library notice", "notice", text)
	l.noticeMu.Lock()
	defer l.noticeMu.Unlock()
	if len(l.notices) == maxNotices {
		l.notices = l.notices[1:]
	}
	l.notices = append(l.notices, text)
}

func (l *Library) wakeUp() {
	select {
	case l.wake <- struct{}{}:
	default: // it will look anyhow
	}
}

// doubt has a file looked at again soon.
func (l *Library) doubt(rec *record) {
	select {
	case l.doubts <- rec:
	default:
	}
}
