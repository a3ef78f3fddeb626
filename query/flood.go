package query

import "time"

// Known reports whether a copy with this TTL and hops is a duplicate: its query
// has been seen, and this copy is not to be forwarded again.
func (r *Router) Known(guid GUID, ttl, hops uint8) bool {
	p := r.paths.get(guid)
	return p != nil && r.duplicate(p, r.clamp(ttl, hops))
}

func (r *Router) duplicate(p *path, ttl uint8) bool {
	return r.opts.Duplicates == DropAll || ttl <= p.ttl
}

// handleQuery takes one copy of a query: ours from Self, or a neighbour's.
func (r *Router) handleQuery(from Link, m Message, now time.Time, out []Effect) []Effect {
	sentTTL := m.TTL
	if from != Self {
		if m.TTL = r.clamp(m.TTL, m.Hops); m.TTL == 0 {
			out = append(out, drop(from, Expired))
			return r.echo(from, m.Query, sentTTL, Sums{Lost: 1}, out)
		}
	}
	if from != Self && m.Hops == 0 {
		var ok bool
		if ok, out = r.admitOwn(from, now, out); !ok {
			return r.echo(from, m.Query, sentTTL, Sums{RateLimited: 1}, append(out, drop(from, RateLimited)))
		}
	}
	p := r.paths.get(m.Query.GUID)
	switch {
	case p == nil:
		return r.firstCopy(from, m, sentTTL, now, out)
	case r.duplicate(p, m.TTL):
		r.keepSecond(p, from, m.Hops)
		out = append(out, drop(from, Duplicate))
		if r.reserves(p, from, m) {
			return r.answerReserved(p, from, m, sentTTL, now, out)
		}
		return r.echo(from, m.Query, sentTTL, Sums{Duplicates: 1}, out)
	default:
		r.keepSecond(p, from, m.Hops)
		p.ttl = m.TTL
		before := r.count.Copies
		reserves := r.reserves(p, from, m)
		if reserves {
			out = append(out, Effect{Kind: AnswerReserved, Link: from, Message: m})
		}
		out = r.forward(p, from, m, sentTTL, Sums{Reforwarded: 1}, reserves, now, out)
		r.count.Reforwards++
		r.count.ReforwardCopies += r.count.Copies - before
		return out
	}
}

// clamp cuts a TTL to what this node accepts; 0 means that nothing is left. A
// neighbour's word is not taken for how far its query may go.
func (r *Router) clamp(ttl, hops uint8) uint8 {
	if hops >= r.opts.ReachMax {
		return 0
	}
	return min(ttl, r.opts.TTLMax, r.opts.ReachMax-hops)
}

// firstCopy remembers the way back, asks the library and forwards.
func (r *Router) firstCopy(from Link, m Message, sentTTL uint8, now time.Time, out []Effect) []Effect {
	p := &path{
		query: m.Query, owner: from, first: from, hops: m.Hops, ttl: m.TTL, expires: now.Add(r.opts.PathLifetime),
	}
	r.paths.add(p, r.opts.PathsMax)
	if from == Self {
		return r.forward(p, from, m, sentTTL, Sums{}, false, now, out)
	}
	out = append(out, Effect{Kind: Answer, Link: from, Message: m})
	return r.forward(p, from, m, sentTTL, Sums{Reached: 1}, true, now, out)
}

// forward sends copies of the query to every link but the one it came by, while
// its TTL lasts and the neighbours take them, and opens the wave that waits for
// their echoes.
func (r *Router) forward(p *path, from Link, m Message, sentTTL uint8, sums Sums, self bool, now time.Time, out []Effect) []Effect {
	copies := m
	if from != Self {
		copies.TTL, copies.Hops = m.TTL-1, m.Hops+1
	}
	first := len(out)
	switch {
	case from != Self && r.opts.Leaf:
	case copies.TTL == 0:
		sums.Pruned += uint32(r.others(from))
	default:
		for _, to := range r.links {
			switch {
			case to == from:
			case r.maySend(to, copies.Hops, now):
				out = append(out, Effect{Kind: Send, Link: to, Message: copies})
			default:
				sums.Lost++
				out = append(out, drop(to, Shed))
			}
		}
	}
	var w *wave
	if m.Query.Echo {
		w = &wave{path: p, link: from, ttl: sentTTL, sent: copies.TTL, self: self, sums: sums}
	}
	for i := first; i < len(out); i++ {
		if out[i].Kind != Send {
			continue
		}
		r.count.Copies++
		if w != nil {
			w.children = append(w.children, out[i].Link)
		}
	}
	if w == nil {
		return out
	}
	return r.startWave(w, now, out)
}

// others returns how many links there are besides one.
func (r *Router) others(from Link) int {
	if r.linked(from) {
		return len(r.links) - 1
	}
	return len(r.links)
}

// keepSecond remembers a further link back, if it leads to a node nearer to the
// asker than this one. Hits then come nearer with every hop and never circle.
func (r *Router) keepSecond(p *path, from Link, hops uint8) {
	if !p.hasSecond && from != p.first && p.first != Self && hops <= p.hops {
		p.second, p.hasSecond = from, true
	}
}

func (r *Router) echo(to Link, q *Query, ttl uint8, sums Sums, out []Effect) []Effect {
	if !q.Echo || to == Self {
		return out
	}
	return append(out, sendEcho(to, q.GUID, ttl, sums))
}
