package world

import (
	"time"

	"starling/query"
)

// Alive reports whether a node is there.
func (w *World) Alive(v int) bool { return !w.nodes[v].dead }

// Links returns how many links a node has.
func (w *World) Links(v int) int { return len(w.nodes[v].ends) - w.nodes[v].gone }

// Peer returns the node at the other end of a node's i-th link, counted from 0.
func (w *World) Peer(v, i int) int {
	n := &w.nodes[v]
	if n.gone == 0 {
		return int(n.ends[i].peer)
	}
	for k := range n.ends {
		if n.ends[k].back == 0 {
			continue
		}
		if i == 0 {
			return int(n.ends[k].peer)
		}
		i--
	}
	return -1
}

// Linked reports whether two nodes are neighbours.
func (w *World) Linked(a, b int) bool { return w.find(a, b) != 0 }

// find returns a's link to b, or 0.
func (w *World) find(a, b int) query.Link {
	for i := range w.nodes[a].ends {
		if e := &w.nodes[a].ends[i]; e.back != 0 && int(e.peer) == b {
			return query.Link(i + 1)
		}
	}
	return 0
}

// Join adds a node without links and returns its number.
func (w *World) Join() int {
	w.disturbed = true
	w.nodes = append(w.nodes, node{router: query.New(w.opts.Router)})
	return len(w.nodes) - 1
}

// Connect links two nodes that are there and not linked yet, and reports whether
// it did.
func (w *World) Connect(a, b int) bool {
	if a == b || w.nodes[a].dead || w.nodes[b].dead || w.Linked(a, b) {
		return false
	}
	w.disturbed = true
	na, nb := &w.nodes[a], &w.nodes[b]
	la, lb := query.Link(len(na.ends)+1), query.Link(len(nb.ends)+1)
	na.ends = append(na.ends, end{peer: uint32(b), back: lb, id: w.linkIDs})
	nb.ends = append(nb.ends, end{peer: uint32(a), back: la, id: w.linkIDs + 1})
	w.linkIDs += 2
	na.router.LinkUp(la)
	nb.router.LinkUp(lb)
	return true
}

// Cut ends the link of two nodes, if there is one. What is under way on it is lost.
func (w *World) Cut(a, b int) {
	link := w.find(a, b)
	if link == 0 {
		return
	}
	back := w.nodes[a].ends[link-1].back
	w.unlink(a, link)
	w.unlink(b, back)
}

// Leave takes a node away. Its neighbours know after a while: at once of one that
// says bye, after their patience with silence of one that crashed.
func (w *World) Leave(v int, after time.Duration) {
	n := &w.nodes[v]
	if n.dead {
		return
	}
	w.disturbed = true
	n.dead = true
	*n.router = query.Router{} // what it remembers is much
	n.router = query.New(query.Options{})
	for i := range n.ends {
		if e := &n.ends[i]; e.back != 0 {
			w.queue.push(event{at: w.at + after, to: e.peer, link: e.back, kind: anEnd})
		}
	}
}

// Split loses every message between nodes of different sides, until it is told
// otherwise; nil lets all messages through again.
func (w *World) Split(side func(node int) int) {
	w.disturbed = true
	w.side = side
}

// Apart reports whether two nodes are on different sides of a split.
func (w *World) Apart(a, b int) bool { return w.side != nil && w.side(a) != w.side(b) }

// unlink tells a node that a link of its is gone.
func (w *World) unlink(v int, link query.Link) {
	n := &w.nodes[v]
	if n.ends[link-1].back == 0 {
		return
	}
	w.disturbed = true
	peer := int(n.ends[link-1].peer)
	n.ends[link-1].back = 0
	n.gone++
	if n.dead {
		return
	}
	w.effects = n.router.LinkDown(link, w.effects[:0])
	w.perform(v, query.Self, 0)
	if w.opts.Unlinked != nil && w.broken == nil {
		w.opts.Unlinked(v, peer)
	}
}
