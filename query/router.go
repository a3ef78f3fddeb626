package query

import (
	"slices"
	"time"
)

// Router is one node's part in the search protocol. It is small, because a
// simulator has a million: what a silent node does not need is made on first use.
type Router struct {
	opts    *Options
	links   []Link   // in the order they came up, which is the order of sends
	ledgers []ledger // beside links; nil until the first budget is charged
	paths   paths
	waves   []*wave   // open ones, of all paths
	began   time.Time // when the first budget was charged
	spare   float64   // query budget that neighbours left unused
	count   Counts
}

// Counts adds up what a router has sent since it was made.
type Counts struct {
	Copies          int // copies of queries, the ones below among them
	Reforwards      int // queries forwarded again because a copy had a larger TTL
	ReforwardCopies int // copies sent for that
}

// Counts returns what has been sent.
func (r *Router) Counts() Counts { return r.count }

// New returns a router without links.
func New(opts Options) *Router { return &NewMany(1, opts)[0] }

// NewMany returns n routers without links that share their options: the nodes of
// a simulation.
func NewMany(n int, opts Options) []Router {
	opts = opts.withDefaults()
	routers := make([]Router, n)
	for i := range routers {
		routers[i].opts = &opts
	}
	return routers
}

// Handle takes one message that came by from and appends what is to be done
// about it to out.
func (r *Router) Handle(from Link, m Message, now time.Time, out []Effect) []Effect {
	if from != Self && !r.linked(from) {
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
		return r.handleAnswered(m.Query.GUID, m.Only, out)
	case KindEcho:
		return r.handleEcho(from, m.Echo, now, out)
	}
	return r.Misbehaved(from, out)
}

// Misbehaved counts a malformed message of a link, and parts from it at the third.
func (r *Router) Misbehaved(from Link, out []Effect) []Effect {
	out = append(out, drop(from, Malformed))
	n := r.ledger(from)
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
	n := r.ledger(from)
	if n == nil { // Self
		return out
	}
	if n.strays.refill(r.since(now), r.opts.HitsPerSec, r.opts.HitsBurst); !n.strays.take() {
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

// LinkUp adds neighbours.
func (r *Router) LinkUp(links ...Link) {
	r.links = slices.Grow(r.links, len(links))
	for _, l := range links {
		if !r.linked(l) {
			r.links = append(r.links, l)
			if r.ledgers != nil {
				r.ledgers = append(r.ledgers, ledger{})
			}
		}
	}
}

// LinkDown removes a neighbour and ends every wait for it.
func (r *Router) LinkDown(l Link, out []Effect) []Effect {
	i := r.place(l)
	if i < 0 {
		return out
	}
	r.links = slices.Delete(r.links, i, i+1)
	if r.ledgers != nil {
		r.ledgers = slices.Delete(r.ledgers, i, i+1)
	}
	return r.linkLost(l, out)
}

// Links returns the neighbours in the order they came up.
func (r *Router) Links() []Link { return slices.Clone(r.links) }

// Options returns what the router was made with, defaults filled in.
func (r *Router) Options() Options { return *r.opts }

// Paths returns how many queries are remembered, at most Options.PathsMax.
func (r *Router) Paths() int { return r.paths.len() }

// Waves returns how many waves wait for echoes, at most Options.WavesMax.
func (r *Router) Waves() int { return len(r.waves) }

// Deadline returns when the first wave will have waited too long, so that Tick
// ends it; ok is false when none waits. Whoever calls Tick often enough need not
// ask.
func (r *Router) Deadline() (at time.Time, ok bool) {
	for _, w := range r.waves {
		if !ok || w.deadline.Before(at) {
			at, ok = w.deadline, true
		}
	}
	return at, ok
}

// place returns where a link stands among the neighbours, or -1. A node has a
// dozen links, so a scan is faster than a map and keeps an order; and where links
// are numbered from 1 as they come and stay, the number is the place.
func (r *Router) place(l Link) int {
	if i := int(l) - 1; i >= 0 && i < len(r.links) && r.links[i] == l {
		return i
	}
	return slices.Index(r.links, l)
}

func (r *Router) linked(l Link) bool { return r.place(l) >= 0 }

// ledger returns what is charged to a link, or nil.
func (r *Router) ledger(l Link) *ledger {
	i := r.place(l)
	if i < 0 {
		return nil
	}
	if r.ledgers == nil {
		r.ledgers = make([]ledger, len(r.links))
	}
	return &r.ledgers[i]
}

// since is the time as buckets keep it: never 0, which is a bucket not yet used.
func (r *Router) since(now time.Time) time.Duration {
	if r.began.IsZero() {
		r.began = now
	}
	d := now.Sub(r.began)
	if d >= 0 {
		d++
	}
	return d
}
