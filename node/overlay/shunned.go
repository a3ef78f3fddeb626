package overlay

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// shunned are the peers that misbehaved on a link. They are no neighbours for a
// while: a new link would come with fresh budgets and a clean slate.
type shunned struct {
	mu    sync.Mutex // guards until
	until map[peer.ID]time.Time
}

// Bounds of the shunned. Ids cost nothing, so a longer memory keeps out few that
// mean harm; one that errs may have learnt better.
const (
	shunnedFor = 2 * time.Minute
	shunnedMax = 1024
)

func newShunned() *shunned { return &shunned{until: map[peer.ID]time.Time{}} }

// add shuns a peer from now on. With too many of them, the one shunned first is
// forgotten.
func (s *shunned) add(p peer.ID, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.until[p]; !known && len(s.until) >= shunnedMax {
		var first peer.ID
		for id, until := range s.until {
			if first == "" || until.Before(s.until[first]) {
				first = id
			}
		}
		delete(s.until, first)
	}
	s.until[p] = now.Add(shunnedFor)
}

// has reports whether a peer is shunned.
func (s *shunned) has(p peer.ID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, known := s.until[p]
	if known && !until.After(now) {
		delete(s.until, p)
		return false
	}
	return known
}

// misbehaviour reports whether the code of a bye blames the other side.
func misbehaviour(code uint32) bool {
	return code == byeMalformed || code == byeForged || code == byeOverRate
}
