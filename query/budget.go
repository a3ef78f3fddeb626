package query

import "time"

// ledger is what is charged to one neighbour.
type ledger struct {
	queries   bucket  // messages it may send
	own       bucket  // among them queries of its own: those that say they have come 0 links
	sends     bucket  // messages that it takes of us
	refusals  bucket  // echoes it may have for messages beyond that
	hits      bucket  // batches it may have verified
	strays    bucket  // hits and echoes it may send in vain
	refused   float64 // messages beyond its budgets, draining at its own rate
	malformed int
}

// bucket is a token bucket over the time its owner hands in.
type bucket struct {
	tokens float64
	last   time.Duration // 0: not yet used, and full
}

// refill adds what dt earned at perSec and returns what overflowed the burst.
func (b *bucket) refill(now time.Duration, perSec, burst int) (spilled float64) {
	if b.last == 0 {
		b.tokens, b.last = float64(burst), now
		return 0
	}
	if dt := now - b.last; dt > 0 { // a clock set back earns nothing and loses nothing
		b.tokens += dt.Seconds() * float64(perSec)
	}
	b.last = now
	if over := b.tokens - float64(burst); over > 0 {
		b.tokens = float64(burst)
		return over
	}
	return 0
}

func (b *bucket) take() bool {
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// Verdict is what a neighbour's query budget says of one more message.
type Verdict uint8

const (
	Admitted Verdict = iota // decode and Handle it
	Refused                 // hand it to Refuse: dropped, but echoed
	Ignored                 // drop it unread: even refusals are over budget
)

// flooding is how far refusals may pile up, as a multiple of the burst, before
// the neighbour is parted from: a multiple of what it may send of its own at
// once, at whose rate they drain. A node that keeps the rules sends nothing that is refused.
const flooding = 10

// reserveHops is up to how many links a copy has come that something is kept back
// of it, for copies that come from nearer; half of a burst at most.
const reserveHops = 4

// Admit charges the query budget of the link for one message, before anything of
// it is decoded. A neighbour that stays over budget gets a Bye appended to out.
func (r *Router) Admit(from Link, now time.Time, out []Effect) (Verdict, []Effect) {
	n := r.ledger(from)
	if n == nil {
		return Ignored, append(out, drop(from, NotALink))
	}
	at := r.since(now)
	r.lend(n, at)
	if n.queries.take() || r.borrow(at) {
		return Admitted, out
	}
	out = r.over(n, from, out)
	n.refusals.refill(at, r.opts.QueriesPerSec, r.opts.QueryBurst)
	if n.refusals.take() {
		return Refused, out
	}
	return Ignored, append(out, drop(from, RateLimited))
}

// over counts a message beyond a budget, and parts from who keeps sending such.
func (r *Router) over(n *ledger, from Link, out []Effect) []Effect {
	if n.refused++; n.refused > float64(flooding*r.opts.OwnQueryBurst) {
		out = append(out, Effect{Kind: Bye, Link: from, Reason: OverRate})
	}
	return out
}

// admitOwn charges a neighbour for a query of its own. Who asks is one person, who
// passes on speaks for many; so the first has the smaller budget.
func (r *Router) admitOwn(from Link, now time.Time, out []Effect) (bool, []Effect) {
	n := r.ledger(from)
	n.own.refill(r.since(now), r.opts.OwnQueriesPerSec, r.opts.OwnQueryBurst)
	if n.own.take() {
		return true, out
	}
	return false, r.over(n, from, out)
}

// maySend charges a copy to what a neighbour takes of us, so that nobody is parted
// from for what others flood. The further a copy has come, the more must be left
// over for those from nearer: under load horizons shrink, and everybody's searches
// still get somewhere. It is N. Daswani's and H. Garcia-Molina's reservation for near
// work, "Query-flood DoS attacks in Gnutella", CCS 2002, by distance.
func (r *Router) maySend(to Link, hops uint8, now time.Time) bool {
	n := r.ledger(to)
	n.sends.refill(r.since(now), r.opts.QueriesPerSec, r.opts.QueryBurst)
	kept := float64(r.opts.QueryBurst) / 2 * float64(min(hops, reserveHops)) / reserveHops
	if n.sends.tokens < kept+1 {
		return false
	}
	n.sends.tokens--
	return true
}

// lend refills a neighbour's query bucket and puts what it cannot hold into the
// common one.
func (r *Router) lend(n *ledger, now time.Duration) {
	if dt := now - n.queries.last; dt > 0 && n.refused > 0 {
		n.refused = max(0, n.refused-dt.Seconds()*float64(r.opts.OwnQueriesPerSec))
	}
	r.spare += n.queries.refill(now, r.opts.QueriesPerSec, r.opts.QueryBurst)
	r.spare = min(r.spare, float64(r.opts.QueryBurst*len(r.links)))
}

// borrow takes a token that some other neighbour left unused.
func (r *Router) borrow(now time.Duration) bool {
	if r.spare < 1 {
		for i := range r.ledgers {
			r.lend(&r.ledgers[i], now)
		}
	}
	if r.spare < 1 {
		return false
	}
	r.spare--
	return true
}

// Refuse answers a copy that Admit refused, so that its sender does not wait.
func (r *Router) Refuse(from Link, m Message, out []Effect) []Effect {
	out = append(out, drop(from, RateLimited))
	if m.Query.Echo {
		out = append(out, sendEcho(from, m.Query.GUID, m.TTL, Sums{RateLimited: 1}))
	}
	return out
}
