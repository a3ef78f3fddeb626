package transfer

import (
	"sync"
	"time"
)

const (
	// shareLook is how soon a download looks again whose turn has not come.
	shareLook = 5 * time.Millisecond
	// wantsFor is how long a download counts as waiting after it was held back: it
	// comes again at its next tick at the latest.
	wantsFor = 2 * tickEvery
)

// shares gives the downloads that wait for a limit equal parts of it, by
// start-time fair queueing (Goyal, Vin and Cheng 1996): each has a tag that grows
// with what it asks for, and the least tag is next. Whoever is slower than its
// part for other reasons saves nothing up.
type shares struct {
	mu     sync.Mutex // guards what follows
	now    int64      // the tag last served, in bytes
	byLane map[shareKey]*part
}

// shareKey is a download, and which limits it is under: LAN neighbours' differ.
type shareKey struct {
	d   *download
	wan bool
}

type part struct {
	tag     int64
	wantsAt time.Time // when it was last held back; zero since it was served
}

// turn tells how long to wait, 0 for not at all, with regard to those who wait, too.
func (s *shares) turn(k shareKey, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.part(k)
	for other, p := range s.byLane {
		if other != k && other.wan == k.wan && now.Sub(p.wantsAt) < wantsFor && max(p.tag, s.now) < max(own.tag, s.now) {
			own.wantsAt = now
			return shareLook
		}
	}
	return 0
}

// held notes that a download waits for the limit.
func (s *shares) held(k shareKey, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.part(k).wantsAt = now
}

// rests notes that a download whose turn it is has nothing to ask for.
func (s *shares) rests(k shareKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.byLane[k]; p != nil {
		p.wantsAt = time.Time{}
	}
}

// took notes what a download has asked for.
func (s *shares) took(k shareKey, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.part(k)
	s.now = max(own.tag, s.now)
	own.tag, own.wantsAt = s.now+n, time.Time{}
}

// part finds or makes the part of a download. The caller holds mu.
func (s *shares) part(k shareKey) *part {
	p := s.byLane[k]
	if p == nil {
		if s.byLane == nil {
			s.byLane = make(map[shareKey]*part)
		}
		p = &part{}
		s.byLane[k] = p
	}
	return p
}

// leave forgets a download.
func (s *shares) leave(d *download) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byLane, shareKey{d, false})
	delete(s.byLane, shareKey{d, true})
}
