package search

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"

	"starling/query"
	"starling/simulations/world"
)

// Strategy is how a search spreads through a world.
type Strategy interface {
	// Name tells strategies of one comparison apart.
	Name() string
	// Router is how the nodes of its world are configured.
	Router() query.Options
	// Search performs a task and leaves the world at rest.
	Search(ctx context.Context, m Mesh, task Task) (Outcome, error)
}

// Mesh is what a strategy searches.
type Mesh struct {
	World *world.World
	// Holds says whether a node has anything that fits a query.
	Holds func(node int, q *query.Query) bool
	// Rand is for the strategy's own choices.
	Rand *rand.Rand
}

// Task is one search.
type Task struct {
	Query   *query.Query
	From    int // the node that asks
	Holders int // nodes, other than the asker, with anything that fits
	Want    int // holders that are enough
}

// Outcome is what a search found and cost. Messages are copies of the query, or
// steps of walkers; hits and echoes are in Bytes.
type Outcome struct {
	Task       Task
	Messages   int
	Duplicates int           // messages that told their node nothing new
	Asked      int           // nodes that were asked, each counted once
	Bytes      int64         // of queries, hits and echoes, as encoded
	Found      int           // holders heard of
	FirstHit   time.Duration // from the question to the first hit at the asker; 0: none
	FirstHops  int           // that hit's way
	Took       time.Duration // until the asker knew that it was over
}

// Recall is the share of the holders that the asker heard of; 1 if there were none.
func (o Outcome) Recall() float64 {
	if o.Task.Holders == 0 {
		return 1
	}
	return float64(o.Found) / float64(o.Task.Holders)
}

// again makes the same question with another GUID.
func again(q *query.Query, rng *rand.Rand) (*query.Query, error) {
	var nonce [16]byte
	binary.LittleEndian.PutUint64(nonce[:8], rng.Uint64())
	binary.LittleEndian.PutUint64(nonce[8:], rng.Uint64())
	return query.NewQuery(q.Expr, q.Wanted, q.Echo, nonce)
}

// add puts a flood's tally into the outcome of a search that began at start, and
// its holders into those known.
func (o *Outcome) add(t *world.Tally, start time.Duration, known map[int]bool) {
	o.Messages += t.Copies
	o.Duplicates += t.Duplicates
	o.Asked = max(o.Asked, t.Reached)
	o.Bytes += t.Bytes()
	for _, h := range t.Hits {
		if o.FirstHit == 0 {
			o.FirstHit, o.FirstHops = h.At-start, h.Hops
		}
		known[h.Holder] = true
	}
	o.Found = len(known)
	if o.Took = t.FinishedAt - start; !t.Finished {
		o.Took = 0
	}
}

// pathLifetimeCompared is how long routers remember a search in a comparison: for
// as long as its echoes may take.
const pathLifetimeCompared = 10 * time.Second

// rest brings the world to rest after a search, so that the next finds it as new.
func rest(ctx context.Context, w *world.World) error {
	if err := w.Settle(ctx); err != nil {
		return err
	}
	w.Forget()
	return w.Rest(ctx, pathLifetimeCompared)
}

func routerFor(rule query.Rule, ttl int) query.Options {
	return query.Options{
		Duplicates: rule, TTLMax: uint8(ttl), ReachMax: uint8(ttl), PathLifetime: pathLifetimeCompared,
	}
}

// Flood asks everybody within TTL links at once.
type Flood struct {
	TTL        int
	Duplicates query.Rule
	Label      string // its name; default "flood"
}

// Name implements Strategy.
func (f Flood) Name() string { return orElse(f.Label, "flood") }

// Router implements Strategy.
func (f Flood) Router() query.Options { return routerFor(f.Duplicates, f.TTL) }

// Search implements Strategy.
func (f Flood) Search(ctx context.Context, m Mesh, task Task) (Outcome, error) {
	o := Outcome{Task: task}
	start := m.World.Now()
	t := m.World.Ask(task.From, task.Query, uint8(f.TTL))
	if err := rest(ctx, m.World); err != nil {
		return o, err
	}
	o.add(t, start, map[int]bool{})
	return o, nil
}

// Ring floods with one TTL after the other until enough holders are known:
// an expanding ring. The next ring begins when the echoes say that the last is
// through.
type Ring struct {
	TTLs       []int // ascending
	Duplicates query.Rule
	// Oracle counts the last ring only, as if its TTL had been known before.
	Oracle bool
	Label  string // its name; default "ring", or "oracle"
}

// Name implements Strategy.
func (r Ring) Name() string {
	if r.Oracle {
		return orElse(r.Label, "oracle")
	}
	return orElse(r.Label, "ring")
}

// Router implements Strategy.
func (r Ring) Router() query.Options { return routerFor(r.Duplicates, slices.Max(r.TTLs)) }

// Search implements Strategy.
func (r Ring) Search(ctx context.Context, m Mesh, task Task) (Outcome, error) {
	o := Outcome{Task: task}
	start, known := m.World.Now(), map[int]bool{}
	for _, ttl := range r.TTLs {
		q, err := again(task.Query, m.Rand)
		if err != nil {
			return o, err
		}
		if r.Oracle {
			o, start = Outcome{Task: task}, m.World.Now()
		}
		t := m.World.Ask(task.From, q, uint8(ttl))
		if err := m.World.Until(ctx, func() bool { return t.Finished }); err != nil {
			return o, err
		}
		o.add(t, start, known)
		if o.Found >= task.Want {
			break
		}
	}
	return o, rest(ctx, m.World)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
