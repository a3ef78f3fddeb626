package transfer

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"starling/share/content"
)

// Bounds on what is remembered of who holds what.
const (
	swarmsMax   = 1024
	swarmMax    = 64
	swarmMemory = 10 * time.Minute
	// swarmRefresh is how often a node that is still at it is noted again, and how
	// often others are told although nobody is new: told were some of them only.
	swarmRefresh = time.Minute
	// swarmGap is the least time between two messages that name sources. A reader
	// takes swarmBurst at once and drops what comes faster: each record may cost a
	// signature check.
	swarmGap   = time.Second
	swarmBurst = 4
)

// swarmBudget bounds the Sources messages that are read from one stream.
func swarmBudget() *rate.Limiter { return rate.NewLimiter(rate.Every(swarmGap), swarmBurst) }

// swarms remembers, for the files that pass through this node, nodes that hold
// some of them: those that serve and have had a group from us, and those that gave
// us a verified one. What others merely name is not passed on.
type swarms struct {
	mu   sync.Mutex
	byID map[content.ID]*swarm
}

type swarm struct {
	members []member
	version int // grows with each new member
}

type member struct {
	node Source
	seen time.Time
}

// add notes that a node holds some of a file.
func (w *swarms) add(id content.ID, node Source) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	s := w.byID[id]
	if s == nil {
		if w.byID == nil {
			w.byID = make(map[content.ID]*swarm)
		}
		w.makeRoom(now)
		s = &swarm{}
		w.byID[id] = s
	}
	if i := s.index(node); i >= 0 { // behind those who were seen longer ago
		s.members = append(slices.Delete(s.members, i, i+1), member{node, now})
		return
	}
	s.expire(now)
	if len(s.members) >= swarmMax {
		s.members = slices.Delete(s.members, 0, 1)
	}
	s.members = append(s.members, member{node, now})
	s.version++
}

// makeRoom forgets swarms that nobody is in any more, or else any one of them.
func (w *swarms) makeRoom(now time.Time) {
	if len(w.byID) < swarmsMax {
		return
	}
	for id, s := range w.byID {
		if s.expire(now); len(s.members) == 0 {
			delete(w.byID, id)
		}
	}
	for id := range w.byID {
		if len(w.byID) < swarmsMax {
			return
		}
		delete(w.byID, id)
	}
}

func (s *swarm) index(node Source) int {
	return slices.IndexFunc(s.members, func(m member) bool { return m.node == node })
}

func (s *swarm) expire(now time.Time) {
	s.members = slices.DeleteFunc(s.members, func(m member) bool { return now.Sub(m.seen) > swarmMemory })
}

func (w *swarms) remove(id content.ID, node Source) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.byID[id]; s != nil {
		s.members = slices.DeleteFunc(s.members, func(m member) bool { return m.node == node })
	}
}

// others gives up to sourcesPerFrame nodes to tell a node about, at random.
func (w *swarms) others(id content.ID, node Source) (nodes []Source) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.byID[id]
	if s == nil {
		return nil
	}
	s.expire(time.Now())
	for _, i := range rand.Perm(len(s.members)) {
		if m := s.members[i]; m.node != node && len(nodes) < sourcesPerFrame {
			nodes = append(nodes, m.node)
		}
	}
	return nodes
}

// version changes when a swarm has a new member; 0 means there is none.
func (w *swarms) version(id content.ID) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.byID[id]; s != nil {
		return s.version
	}
	return 0
}
