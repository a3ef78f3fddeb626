package query

import "time"

// wave is what one copy of a query set off here: the links the copy was
// forwarded to, and what they and this node have to say of it. When the last of
// them has, the copy is answered on the link it came by. This is the
// propagation of information with feedback of A. Segall, "Distributed network
// protocols", IEEE Trans. Information Theory 29(1), 1983.
type wave struct {
	path     *path
	link     Link  // the copy came by it; Self: the query is ours
	ttl      uint8 // the copy was sent with it
	sent     uint8 // our copies were sent with it
	children []Link
	self     bool // the library has not answered yet
	sums     Sums
	deadline time.Time
}

// startWave opens the wave of a copy that came by link and went to children. A
// wave with nobody to wait for ends at once.
func (r *Router) startWave(w *wave, now time.Time, out []Effect) []Effect {
	if len(r.waves) >= r.opts.WavesMax {
		w.sums.Lost += uint32(len(w.children))
		w.children, w.self = nil, false
	}
	w.deadline = now.Add(time.Duration(w.sent+1) * r.opts.EchoPerHop)
	w.path.waves = append(w.path.waves, w)
	r.waves = append(r.waves, w)
	return r.settle(w, out)
}

// settle ends a wave that has nobody left to wait for.
func (r *Router) settle(w *wave, out []Effect) []Effect {
	if len(w.children) > 0 || w.self {
		return out
	}
	r.waves = without(r.waves, w)
	w.path.waves = without(w.path.waves, w)
	if w.link == Self {
		return append(out, Effect{Kind: Finish, Message: Message{
			Kind: KindEcho, Echo: &Echo{GUID: w.path.query.GUID, TTL: w.ttl, Sums: w.sums},
		}})
	}
	if !r.linked(w.link) {
		return out
	}
	return append(out, sendEcho(w.link, w.path.query.GUID, w.ttl, w.sums))
}

// handleEcho adds a child's echo to the wave its copy belongs to.
func (r *Router) handleEcho(from Link, e *Echo, now time.Time, out []Effect) []Effect {
	p := r.paths.get(e.GUID)
	if p == nil {
		return r.stray(from, NoPath, now, out)
	}
	for _, w := range p.waves {
		if w.sent == e.TTL && w.answered(from) {
			w.sums.add(e.Sums)
			return r.settle(w, out)
		}
	}
	return r.stray(from, NoPath, now, out)
}

// answered takes the link off the children and reports whether it was one.
func (w *wave) answered(l Link) bool {
	for i, child := range w.children {
		if child == l {
			w.children = append(w.children[:i], w.children[i+1:]...)
			return true
		}
	}
	return false
}

// Lost tells the router that a copy it wanted sent never left: the link's queue
// was full, or hits had to go first. ttl is the one the copy was to be sent with.
func (r *Router) Lost(to Link, guid GUID, ttl uint8, out []Effect) []Effect {
	p := r.paths.get(guid)
	if p == nil {
		return out
	}
	for _, w := range p.waves {
		if w.sent == ttl && w.answered(to) {
			w.sums.Lost++
			return r.settle(w, out)
		}
	}
	return out
}

// Sums returns what is known so far of an own query that asked for echoes.
func (r *Router) Sums(guid GUID) (Sums, bool) {
	if p := r.paths.get(guid); p != nil {
		for _, w := range p.waves {
			if w.link == Self {
				return w.sums, true
			}
		}
	}
	return Sums{}, false
}

// giveUp ends the waves whose deadline has passed. Whoever is still silent is lost.
func (r *Router) giveUp(now time.Time, out []Effect) []Effect {
	var late []*wave
	for _, w := range r.waves {
		if !w.deadline.After(now) {
			late = append(late, w)
		}
	}
	for _, w := range late {
		w.sums.Lost += uint32(len(w.children))
		w.children, w.self = nil, false
		out = r.settle(w, out)
	}
	return out
}

// linkLost answers for a link that is gone in every wave that waits for it, and
// forgets the waves it waited for.
func (r *Router) linkLost(l Link, out []Effect) []Effect {
	for _, w := range append([]*wave(nil), r.waves...) {
		if w.link == l {
			w.children, w.self = nil, false
		} else if w.answered(l) {
			w.sums.Lost++
		}
		out = r.settle(w, out)
	}
	return out
}

func without(ws []*wave, w *wave) []*wave {
	for i := range ws {
		if ws[i] == w {
			return append(ws[:i], ws[i+1:]...)
		}
	}
	return ws
}
