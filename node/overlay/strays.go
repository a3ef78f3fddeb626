package overlay

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"starling/query"
)

// strays measures what comes over query streams that no neighbour sends: queries
// without a link, RPCs without queries. Some are forgiven, since one side learns
// later than the other that a link has ended; whoever goes on is cut off. It
// belongs to pubsub's loop.
type strays struct {
	byPeer map[peer.ID]*rate.Limiter
	cut    func(peer.ID)
}

// Strays are forgiven as surplus queries are.
const (
	strayPerSec = 20
	strayBurst  = 400
	straysMax   = 1024 // peers measured, more than can be connected
)

func newStrays(cut func(peer.ID)) *strays {
	return &strays{byPeer: map[peer.ID]*rate.Limiter{}, cut: cut}
}

// note counts n messages of a peer.
func (s *strays) note(p peer.ID, n int) {
	budget := s.byPeer[p]
	if budget == nil {
		if len(s.byPeer) >= straysMax {
			s.forget()
		}
		budget = rate.NewLimiter(strayPerSec, strayBurst)
		s.byPeer[p] = budget
	}
	if !budget.AllowN(time.Now(), n) {
		s.cut(p)
	}
}

// forget makes room: those whose strays have drained go first.
func (s *strays) forget() {
	for p, budget := range s.byPeer {
		if budget.Tokens() >= strayBurst {
			delete(s.byPeer, p)
		}
	}
	if len(s.byPeer) >= straysMax {
		clear(s.byPeer)
	}
}

// cutOff parts from a peer that sends strays. One that has no link any more, or
// never had one, loses its connection with all that runs over it.
// A bye to it may still be on its way, which a close at once would overtake.
func (o *Overlay) cutOff(p peer.ID) {
	if o.core.partFrom(p, query.OverRate) || !o.startCutting(p) {
		return
	}
	o.start(func() {
		select {
		case <-time.After(byeTimeout):
		case <-o.running.Done():
		}
		_ = o.host.Network().ClosePeer(p)
		o.mu.Lock()
		delete(o.cutting, p)
		o.mu.Unlock()
	})
}

// startCutting is true for the first of many strays.
func (o *Overlay) startCutting(p peer.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cutting[p] {
		return false
	}
	o.cutting[p] = true
	return true
}
