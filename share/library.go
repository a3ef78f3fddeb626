package share

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"starling/share/content"
	"starling/share/ignore"
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

	// Ignore are patterns of names that no shared folder shares, in the syntax
	// of gitignore; nil means what systems and editors leave behind, such as
	// Thumbs.db and *.tmp. A .starlingignore in a folder overrules them there.
	Ignore []string

	// HashBytesPerSec bounds how much is read for hashing and by Verify together; 0
	// is no bound. Less leaves more of a disk to others, and takes longer until
	// new files can be found.
	HashBytesPerSec int64

	// QuietTime is how long a new or changed file must be left alone before it
	// is hashed and shared; default 2 s, negative is no time. Less, and files
	// that are being copied here are read in vain; more, and new files are found
	// later.
	QuietTime time.Duration

	// WatchFolders is how many folders the system is asked to tell changes of,
	// so that a new file is found within a second and not by the next look;
	// negative is none. The default is 32,768 on Linux, and none elsewhere:
	// Windows lets nobody rename what lies around a watched folder, macOS keeps
	// each file in it open. A watch costs about 2 kB. Folders beyond are looked
	// at every RescanEvery.
	WatchFolders int

	// KeepFetched keeps what was fetched from others, but for what lies in shared
	// folders. The default, to serve it by content id, makes the network faster
	// for everyone.
	KeepFetched bool

	// Refused are further folders that are never shared, nor what is in or
	// around them: keys, the state of other parts. Dir always is one.
	Refused []string

	// Logger takes what an owner may want to know; nil discards.
	Logger *slog.Logger
}

// idlePauses is how many times the length of a look the pause after it has.
const idlePauses = 50

// rulesPauses is the same where patterns have been written: their owner waits.
const rulesPauses = 4

func (o Options) withDefaults() Options {
	o.RescanEvery = cmp.Or(o.RescanEvery, time.Minute)
	o.QuietTime = cmp.Or(o.QuietTime, 2*time.Second)
	o.WatchFolders = cmp.Or(o.WatchFolders, watchFoldersDefault)
	o.HashReaders = cmp.Or(o.HashReaders, min(2, runtime.GOMAXPROCS(0)))
	if o.Ignore == nil {
		o.Ignore = slices.Clone(commonIgnores)
	}
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
	common   *ignore.List // what no root shares
	lock     *os.File
	catalog  *catalog
	choices  *choices
	shelf    *shelf
	damage   damageList
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

	verifying sync.Mutex // held by Verify
	throttle  throttle   // of all that is read to be hashed

	tells       atomic.Pointer[watcher] // of Run; nil before
	meter       meter
	hashedFiles atomic.Int64
	hashedBytes atomic.Int64
	partLooks   atomic.Int64 // folders looked at because something changed in them

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
	common, err := compileIgnore(o.Ignore)
	if err != nil {
		return nil, fmt.Errorf("open the library: %w", err)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the library: %w", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the library: %w", err)
	}
	l := &Library{
		opts: o, log: o.Logger, lock: lock, shelf: newShelf(), adopted: newRoot(adoptedName, "", time.Time{}), packs: newRoot("", "", time.Time{}),
		refusals: newRefusals(append([]string{o.Dir}, o.Refused...)), common: common,
		wake: make(chan struct{}, 1), rescans: make(chan chan struct{}), doubts: make(chan *record, maxDoubts), ready: make(chan struct{}),
		adoptedIDs: make(map[diskPath]adoptedChoice), kept: make(map[diskPath]*keptPack), throttle: newThrottle(o.HashBytesPerSec),
	}
	l.shelf.keepFetched = o.KeepFetched
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
	l.loadDamage()
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
	return errors.Join(l.choices.close(), l.damage.save(), l.catalog.close(), l.lock.Close())
}

// Ready is closed when Run has looked at every root once and hashed what was
// new. Files are shared one by one before that.
func (l *Library) Ready() <-chan struct{} { return l.ready }

// Search is View.Search for the owner.
func (l *Library) Search(e words.Expr, limit int) []File { return l.For(Owner()).Search(e, limit) }

// ByID is View.ByID for the owner.
func (l *Library) ByID(id content.ID) (File, bool) { return l.For(Owner()).ByID(id) }

// Stats counts what is shared and what is still to be done.
type Stats struct {
	Files       int   // shared, adopted ones included
	Searchable  int   // of them, those that others find by words
	SizeBytes   int64 // of all files
	Hashing     int   // files waiting to be read or being read
	HashedFiles int64 // read since Open
	HashedBytes int64
	Progress    Progress // of the files that Hashing counts
}

// Stats is cheap enough to be asked once a second.
func (l *Library) Stats() Stats {
	p := l.meter.progress(time.Now())
	s := Stats{
		Searchable: l.shelf.searchable(), Hashing: p.FilesLeft, Progress: p,
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
