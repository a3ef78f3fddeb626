package query

import (
	"slices"
	"time"
)

// A node may have answers for one neighbour alone. The asker of a query is not
// named in it, so they are given only for a copy that came straight from that
// neighbour as its own, with 0 hops, and go back over that link and no other:
// neither along the reverse path of a copy that somebody else brought sooner, nor
// by the second way that other hits take when a link is gone.

// reserves says whether a further copy of a query is to be answered once more, with
// what is for its sender alone. The first copy was answered in full; each neighbour
// is told once.
func (r *Router) reserves(p *path, from Link, m Message) bool {
	if !r.opts.Reserved || m.Hops > 0 || from == p.first || p.first == Self {
		return false
	}
	if p.hits == nil {
		p.hits = newHitSpend()
	}
	if slices.Contains(p.hits.reserved, from) {
		return false
	}
	p.hits.reserved = append(p.hits.reserved, from)
	return true
}

// answerReserved holds back the echo of a duplicate until its sender has been told
// what is for it alone: a search ends with its last echo.
func (r *Router) answerReserved(p *path, from Link, m Message, sentTTL uint8, now time.Time, out []Effect) []Effect {
	out = append(out, Effect{Kind: AnswerReserved, Link: from, Message: m})
	if !m.Query.Echo {
		return out
	}
	return r.startWave(&wave{path: p, link: from, ttl: sentTTL, self: true, sums: Sums{Duplicates: 1}}, now, out)
}

// passReserved sends a batch to the one link it is for.
func (r *Router) passReserved(p *path, m Message, out []Effect) []Effect {
	to := m.Only
	m.Only = Self
	for _, w := range p.waves {
		if w.self && w.link == to {
			w.sums.Hits += uint32(len(m.Hits.Batch.Entries))
			if to == p.first {
				w.sums.Holders = 1 // elsewhere this node is counted where the query came first
			}
		}
	}
	if !r.linked(to) {
		return append(out, drop(Self, PathGone))
	}
	if p.hits.sent += len(m.Hits.Envelope); p.hits.sent > r.opts.HitBytesPerLink {
		return append(out, drop(Self, HitBudget))
	}
	return append(out, Effect{Kind: Send, Link: to, Message: m})
}
