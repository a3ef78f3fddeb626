package query

import "time"

// Router is one node's part in the search protocol.
type Router struct {
	opts  Options
	links []neighbour // in the order they came up, which is the order of sends
	paths paths
	waves []*wave // open ones, of all paths
	spare float64 // query budget that neighbours left unused
	count Counts
}

// Counts adds up what a router has sent since it was made.
type Counts struct {
	Copies          int // copies of queries, the ones below among them
	Reforwards      int // queries forwarded again because a copy had a larger TTL
	ReforwardCopies int // copies sent for that
}

// Counts returns what has been sent.
func (r *Router) Counts() Counts { return r.count }

// neighbour is what the router keeps of one link.
type neighbour struct {
	link      Link
	queries   bucket  // messages it may send
	refusals  bucket  // echoes it may have for messages beyond that
	hits      bucket  // batches it may have verified
	strays    bucket  // hits and echoes it may send in vain
	refused   float64 // messages beyond its budget, draining at its rate
	malformed int
}

// New returns a router without links.
func New(opts Options) *Router {
	opts = opts.withDefaults()
	return &Router{opts: opts, paths: paths{max: opts.PathsMax, lifetime: opts.PathLifetime}}
}

// Handle takes one message that came by from and appends what is to be done
// about it to out.
func (r *Router) Handle(from Link, m Message, now time.Time, out []Effect) []Effect {
	if from != Self && r.neighbour(from) == nil {
		return append(out, drop(from, NotALink))
	}
	switch m.Kind {
	case KindQuery:
		return r.handleQuery(from, m, now, out)
	case KindHits:
		return r.handleHits(from, m, now, out)
	case KindVerified:
		return r.handleVerified(from, m, out)
	case KindForged:
		return append(out, drop(from, Forged), Effect{Kind: Bye, Link: from, Reason: Forged})
	case KindStale:
		return append(out, drop(from, Stale))
	case KindAnswered:
		return r.handleAnswered(m.Query.GUID, out)
	case KindEcho:
		return r.handleEcho(from, m.Echo, now, out)
	}
	return r.Misbehaved(from, out)
}

// Misbehaved counts a malformed message of a link, and parts from it at the third.
func (r *Router) Misbehaved(from Link, out []Effect) []Effect {
	out = append(out, drop(from, Malformed))
	n := r.neighbour(from)
	if n == nil {
		return out
	}
	if n.malformed++; n.malformed >= r.opts.MalformedMax {
		out = append(out, Effect{Kind: Bye, Link: from, Reason: Malformed})
	}
	return out
}

// stray drops a hit or an echo that nobody waits for or that is beyond its
// budget. A few come late; whoever goes on is parted from.
func (r *Router) stray(from Link, why Reason, now time.Time, out []Effect) []Effect {
	out = append(out, drop(from, why))
	n := r.neighbour(from)
	if n == nil { // Self
		return out
	}
	if n.strays.refill(now, r.opts.HitsPerSec, r.opts.HitsBurst); !n.strays.take() {
		out = append(out, Effect{Kind: Bye, Link: from, Reason: OverRate})
	}
	return out
}

// Tick ends what has waited too long and forgets what is too old. Call it
// several times a second while a search runs.
func (r *Router) Tick(now time.Time, out []Effect) []Effect {
	out = r.giveUp(now, out)
	r.paths.expire(now)
	return out
}

// LinkUp adds a neighbour.
func (r *Router) LinkUp(l Link) {
	if r.neighbour(l) == nil {
		r.links = append(r.links, neighbour{link: l})
	}
}

// LinkDown removes a neighbour and ends every wait for it.
func (r *Router) LinkDown(l Link, out []Effect) []Effect {
	for i := range r.links {
		if r.links[i].link == l {
			r.links = append(r.links[:i], r.links[i+1:]...)
			return r.linkLost(l, out)
		}
	}
	return out
}

// Links returns the neighbours in the order they came up.
func (r *Router) Links() []Link {
	out := make([]Link, len(r.links))
	for i := range r.links {
		out[i] = r.links[i].link
	}
	return out
}

// Paths returns how many queries are remembered.
func (r *Router) Paths() int { return len(r.paths.byGUID) }

// neighbour returns a link's record, or nil. A node has a dozen links, so a
// scan is faster than a map and keeps an order.
func (r *Router) neighbour(l Link) *neighbour {
	for i := range r.links {
		if r.links[i].link == l {
			return &r.links[i]
		}
	}
	return nil
}
