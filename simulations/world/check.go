package world

import (
	"errors"
	"fmt"

	"starling/query"
)

// ErrBroken reports that something happened that must not happen in any run.
var ErrBroken = errors.New("an invariant is broken")

// What holds in every run:
//
//   - a node that has forgotten no query forwards each once, or, under the
//     larger-ttl rule, each time with a larger TTL than before
//   - TTL + hops of what is forwarded is not above that of what came in
//   - hits travel only to a node that sent the query over the same link
//   - hits travel a bounded number of links
//   - nothing is sent on a link that is gone
//   - a router remembers no more queries, and waits for the echoes of no more
//     waves, than its options allow
//   - a forged batch is never delivered
//   - in a world where nothing was lost the echoes account for every copy
//
// Liars are held to this as far as their routers speak; what inflators,
// deflators and the disguised forward is what they make of it.
type check struct {
	forwarded []uint8  // the largest TTL each node has sent the query on with
	links     []uint64 // a bit for each direction of a link that carried it
}

func newCheck(nodes int, links uint32) *check {
	return &check{forwarded: make([]uint8, nodes), links: make([]uint64, (links+63)/64)}
}

// carried notes that a copy went over a direction of a link.
func (c *check) carried(id uint32) {
	if c == nil {
		return
	}
	for int(id/64) >= len(c.links) { // a link made since
		c.links = append(c.links, 0)
	}
	c.links[id/64] |= 1 << (id % 64)
}

func (c *check) hasCarried(id uint32) bool {
	return int(id/64) < len(c.links) && c.links[id/64]>>(id%64)&1 == 1
}

// breaks ends the run.
func (w *World) breaks(format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf("%w: after %v of virtual time and %d events: %s", ErrBroken, w.at, w.stats.Events, fmt.Sprintf(format, args...))
	}
}

// checkForward looks at the first copy a node sends on.
func (w *World) checkForward(v int, from query.Link, e *query.Effect, reach int) {
	if l := w.nodes[v].liar; l == Inflator || l == Deflator || l == Disguised {
		return
	}
	t := w.asked[w.current].tally
	ttl, hops := e.Message.TTL, e.Message.Hops
	if ttl == 0 || int(ttl)+int(hops) > reach {
		w.breaks("node %d got TTL + hops = %d and sends TTL %d, hops %d", v, reach, ttl, hops)
	}
	if t.check == nil {
		return
	}
	for v >= len(t.check.forwarded) { // a node that has joined since
		t.check.forwarded = append(t.check.forwarded, 0)
	}
	switch before := t.check.forwarded[v]; {
	case before == 0 || w.nodes[v].router.Paths() >= w.limits.PathsMax: // it may have forgotten that
	case w.opts.Router.Duplicates == query.DropAll && from != query.Self:
		w.breaks("node %d forwards %v twice under drop-all", v, t.Query.GUID)
	case ttl < before, ttl == before && v != t.Node: // a liar may bring the asker its query with one more than it had
		w.breaks("node %d forwards %v with TTL %d after TTL %d", v, t.Query.GUID, ttl, before)
	default:
		t.Reforwards++
	}
	t.check.forwarded[v] = ttl
}

// checkHits looks at a batch that is sent on.
func (w *World) checkHits(v int, to *end, m query.Message, t *Tally) {
	back := w.nodes[to.peer].ends[to.back-1].id
	if t.check != nil && !t.check.hasCarried(back) {
		w.breaks("node %d sends hits of %v to node %d, which did not send it that query", v, m.Hits.GUID, to.peer)
	}
	if m.Hops > query.HitHopsMax {
		w.breaks("node %d sends on hits that have travelled %d links", v, m.Hops)
	}
}

// checkTables looks at the size of a router's tables.
func (w *World) checkTables(v int) {
	r := w.nodes[v].router
	if got := r.Paths(); got > w.limits.PathsMax {
		w.breaks("node %d remembers %d queries, at most %d are allowed", v, got, w.limits.PathsMax)
	}
	if got := r.Waves(); got > w.limits.WavesMax {
		w.breaks("node %d waits for the echoes of %d waves, at most %d are allowed", v, got, w.limits.WavesMax)
	}
}

// checkSums compares what the echoes say with what was seen. Of a query that was
// asked again each sum tells one part.
func (w *World) checkSums(t *Tally) {
	if w.disturbed || len(w.opts.Liars) > 0 || t.Sums.Lost > 0 || t.again {
		return
	}
	if int(t.Sums.Messages()) != t.Copies || int(t.Sums.Reached) != t.Reached {
		w.breaks("the echoes of %v account for %d nodes and %d copies; there were %d and %d",
			t.Query.GUID, t.Sums.Reached, t.Sums.Messages(), t.Reached, t.Copies)
	}
}
