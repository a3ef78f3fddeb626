package query

import (
	"time"

	"starling/share/content"
)

// HitHopsMax bounds how far hits travel. The reverse path of a node goes back in
// time, to whoever brought the query first, so it has no circles; but it may be
// longer than the TTL where a node was reached by a later copy of its neighbour.
const HitHopsMax = 32

// handleHits takes a batch that a link sent, or one this node signed itself. A
// link's batch is weighed (path, bytes, repeats, rate) before its signature is
// checked, because the check is what costs.
func (r *Router) handleHits(from Link, m Message, now time.Time, out []Effect) []Effect {
	p := r.paths.get(m.Hits.GUID)
	if p == nil || from != Self && from == p.first {
		return r.stray(from, NoPath, now, out)
	}
	if len(m.Hits.Envelope) > HitBytesMax {
		return r.Misbehaved(from, out)
	}
	if m.Hops >= HitHopsMax {
		return append(out, drop(from, Expired))
	}
	if p.hits == nil {
		p.hits = newHitSpend()
	}
	switch {
	case from == Self && m.Only != Self:
		return r.passReserved(p, m, out)
	case from == Self:
		return r.passHits(p, from, m, out)
	}
	if p.hits.links[from] += len(m.Hits.Envelope); p.hits.links[from] > r.opts.HitBytesPerLink {
		return r.stray(from, HitBudget, now, out)
	}
	n := r.ledger(from)
	n.hits.refill(r.since(now), r.opts.HitsPerSec, r.opts.HitsBurst)
	if !n.hits.take() {
		return r.stray(from, HitsLimited, now, out)
	}
	if p.hits.repeated(m.Hits.Envelope) {
		return append(out, drop(from, DuplicateHits))
	}
	return append(out, Effect{Kind: Verify, Link: from, Message: m})
}

// handleVerified passes a batch on whose signature is good.
func (r *Router) handleVerified(from Link, m Message, out []Effect) []Effect {
	p := r.paths.get(m.Hits.GUID)
	if p == nil || p.hits == nil {
		return append(out, drop(from, NoPath))
	}
	spent := p.hits.holders[m.Hits.Batch.Holder] + len(m.Hits.Envelope)
	if spent > r.opts.HitBytesPerHolder {
		return append(out, drop(from, HitBudget))
	}
	p.hits.holders[m.Hits.Batch.Holder] = spent
	return r.passHits(p, from, m, out)
}

// passHits moves a batch one step along the reverse path of its query.
func (r *Router) passHits(p *path, from Link, m Message, out []Effect) []Effect {
	m.Kind = KindHits
	if from != Self {
		m.Hops++
	} else {
		r.countAnswer(p, m)
	}
	if p.first == Self {
		return append(out, Effect{Kind: Deliver, Link: from, Message: m})
	}
	to := p.first
	if !r.linked(to) {
		if to = p.second; !p.hasSecond || to == from || !r.linked(to) {
			return append(out, drop(from, PathGone))
		}
	}
	if p.hits.sent += len(m.Hits.Envelope); p.hits.sent > r.opts.HitBytesPerLink {
		return append(out, drop(from, HitBudget))
	}
	return append(out, Effect{Kind: Send, Link: to, Message: m})
}

// countAnswer puts this node's own hits into the sums of the wave that waits for
// them.
func (r *Router) countAnswer(p *path, m Message) {
	for _, w := range p.waves {
		if w.self && w.link == p.first {
			w.sums.Hits += uint32(len(m.Hits.Batch.Entries))
			w.sums.Holders = 1
		}
	}
}

// handleAnswered ends the wait for this node itself: of a query's first wave, or of
// that of the one link the answer was for.
func (r *Router) handleAnswered(guid GUID, only Link, out []Effect) []Effect {
	p := r.paths.get(guid)
	if p == nil {
		return out
	}
	if only == Self {
		only = p.first
	}
	for _, w := range p.waves {
		if w.self && w.link == only {
			w.self = false
			return r.settle(w, out)
		}
	}
	return out
}

func newHitSpend() *hitSpend {
	return &hitSpend{
		seen: make(map[[8]byte]struct{}), holders: make(map[string]int), links: make(map[Link]int),
	}
}

// repeated notes a batch and reports whether it had passed before. A batch is
// noted before its signature is checked: a repeat is the same bytes, so it would
// fare the same, and it is not worth a second check.
func (s *hitSpend) repeated(envelope []byte) bool {
	sum := content.Sum(envelope)
	key := [8]byte(sum[:8])
	if _, ok := s.seen[key]; ok {
		return true
	}
	s.seen[key] = struct{}{}
	return false
}
