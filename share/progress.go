package share

import (
	"sync"
	"time"
)

// Progress says how far the hashing is of what waits to be hashed. Done and left
// count from when there was nothing left the last time.
type Progress struct {
	FilesDone, FilesLeft int
	BytesDone, BytesLeft int64
	BytesPerSec          int64         // over the last ten seconds
	Left                 time.Duration // until all is hashed, about; negative while nobody knows
	Resting              int           // files that changed a moment ago, and are hashed when they have been left alone
}

const (
	rateWindow = 10 * time.Second
	rateStep   = time.Second / 2 // between the moments that are remembered

	// fileWork is how much could be read in the time that one file takes more
	// than its bytes: a thousand small files say little of how long one large
	// one will take, and the small ones come first.
	fileWork = 128 << 10
)

// meter measures hashing. Its loop adds and takes away files, readers count
// bytes, anybody asks.
type meter struct {
	mu    sync.Mutex // guards what follows
	p     Progress
	bytes int64         // read of BytesDone; the rest was known by then
	past  []moment      // the last rateWindow, the oldest first
	left  map[*root]int // FilesLeft, by root
}

type moment struct {
	at    time.Time
	bytes int64
	files int
}

func (m *meter) add(r *root, sizeBytes int64, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.p.FilesLeft == 0 {
		m.p, m.bytes, m.past, m.left = Progress{Resting: m.p.Resting}, 0, []moment{{at: now}}, make(map[*root]int)
	}
	m.left[r]++
	m.p.FilesLeft++
	m.p.BytesLeft += sizeBytes
}

// read counts bytes of a file.
func (m *meter) read(n int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bytes += int64(n)
	m.p.BytesDone += int64(n)
	m.p.BytesLeft -= int64(n)
	m.remember(now)
}

// end takes a file away of which so much was not read: it was known by now, or
// has changed.
func (m *meter) end(r *root, unread int64, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.FilesLeft--
	m.left[r]--
	m.p.FilesDone++
	m.p.BytesLeft -= unread
	m.p.BytesDone += unread
	m.remember(now)
}

// of gives how many files of a root are left.
func (m *meter) of(r *root) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.left[r]
}

func (m *meter) rest(files int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p.Resting = files
}

func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.p, m.bytes, m.past, m.left = Progress{}, 0, nil, nil
}

// remember is called with mu held.
func (m *meter) remember(now time.Time) {
	if n := len(m.past); n == 0 || now.Sub(m.past[n-1].at) >= rateStep {
		m.past = append(m.past, moment{now, m.bytes, m.p.FilesDone})
	}
	for len(m.past) > 2 && now.Sub(m.past[1].at) >= rateWindow {
		m.past = m.past[1:]
	}
}

func (m *meter) progress(now time.Time) Progress {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.p
	p.BytesLeft = max(0, p.BytesLeft) // a file that grows has one more
	if p.Left = -1; p.FilesLeft == 0 {
		p.Left = 0
		return p
	}
	from := m.past[0]
	took := now.Sub(from.at).Seconds()
	if took <= 0 {
		return p
	}
	p.BytesPerSec = int64(float64(m.bytes-from.bytes) / took)
	work := float64(m.bytes-from.bytes) + fileWork*float64(p.FilesDone-from.files)
	if work > 0 {
		left := (float64(p.BytesLeft) + fileWork*float64(p.FilesLeft)) / work * took
		p.Left = time.Duration(min(left, float64(longestLeft/time.Second)) * float64(time.Second))
	}
	return p
}

// longestLeft is more than anybody waits for, and less than a Duration holds.
const longestLeft = 1000 * 24 * time.Hour
