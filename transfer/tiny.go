package transfer

import "sync"

const (
	// tinyAtOnce bounds the uploads that are sent a file of one group at the same
	// time, without a slot; each holds a buffer.
	tinyAtOnce = 32
	// tinyPerNode is how many of them one node has: a few that read slowly would
	// keep everybody else waiting.
	tinyPerNode = 2
)

// tiny counts the small files that are being sent.
type tiny struct {
	mu      sync.Mutex // guards what follows
	all     int
	byNode  map[Source]int
	waiting map[*upload]bool
}

// enter takes a place if there is one; else the upload is woken when one is free.
func (t *tiny) enter(u *upload) (entered bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byNode == nil {
		t.byNode, t.waiting = make(map[Source]int), make(map[*upload]bool)
	}
	if t.all >= tinyAtOnce || t.byNode[u.node] >= tinyPerNode {
		t.waiting[u] = true
		return false
	}
	t.all++
	t.byNode[u.node]++
	return true
}

// leave gives the place back, and lets all who wait look again.
func (t *tiny) leave(u *upload) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.byNode[u.node]--; t.byNode[u.node] == 0 {
		delete(t.byNode, u.node)
	}
	for w := range t.waiting {
		w.wakeSender()
	}
	clear(t.waiting)
}
