package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"starling/query"
	"starling/share/words"
	"starling/simulations/topology"
	"starling/simulations/world"
)

// CoverageOptions says which floods to measure.
type CoverageOptions struct {
	Graph      *topology.Graph
	Sources    []uint32 // nodes that ask
	TTLs       []int    // 1 to 255; each source asks once with each
	Duplicates query.Rule
	Delay      world.Delay   // nil: equal delays
	EqualDelay time.Duration // of those. Default as the world's
	Leaves     []bool        // nodes that forward nothing; nil: none
	Loss       float64       // the chance that a message is lost on its link
	Seed       uint64
	Workers    int // worlds at once. Default: one for each processor
	// Progress is told of the events and the virtual time of a world about every
	// 65,536 events, if there is one worker; nil is not.
	Progress func(events uint64, virtual time.Duration)
}

// CoverageRow is what the floods of one source reached and cost.
type CoverageRow struct {
	Source uint32
	Floods []Flooded // one for each TTL
}

// Flooded is one flood.
type Flooded struct {
	Reached  int              // nodes other than the source that got a copy
	Messages int              // copies sent over links, duplicates included
	Times    [3]time.Duration // when half, 90 % and 99 % of those reached had it
}

// pathLifetime is how long routers remember a flood here: until the next one.
const pathLifetime = time.Second

// Coverage floods the graph from every source with every TTL, each flood in a
// mesh at rest, and returns a row for each source, in their order. done is told of
// every source that is through, with the events of its world since the last one. The error
// is that of the context, with the rows known by then, or world.ErrBroken.
func Coverage(ctx context.Context, o CoverageOptions, done func(events uint64)) ([]CoverageRow, error) {
	rows := make([]CoverageRow, len(o.Sources))
	work, doing := errgroup.WithContext(ctx)
	finished := make(chan uint64)
	workers := o.workers()
	for k := range workers {
		work.Go(func() error { return o.flood(doing, rows, k, workers, finished) })
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		for events := range finished {
			if done != nil {
				done(events)
			}
		}
	}()
	err := work.Wait()
	close(finished)
	<-told
	return slices.DeleteFunc(rows, func(r CoverageRow) bool { return len(r.Floods) < len(o.TTLs) }), err
}

// workersNodesMax is how large a graph may be for every worker to have a world.
const workersNodesMax = 250_000

func (o CoverageOptions) workers() int {
	n := o.Workers
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	if o.Graph.Nodes() > workersNodesMax {
		n = 1
	}
	return max(1, min(n, len(o.Sources)))
}

// flood does every n-th source from the k-th on.
func (o CoverageOptions) flood(ctx context.Context, rows []CoverageRow, k, n int, finished chan<- uint64) error {
	most := uint8(min(slices.Max(o.TTLs), 255))
	var w *world.World
	var progress func()
	if o.Progress != nil && n == 1 {
		progress = func() { o.Progress(w.Stats().Events, w.Now()) }
	}
	w = world.New(world.Options{
		Progress: progress, Graph: o.Graph, Leaves: o.Leaves, Loss: o.Loss, Delay: o.Delay, EqualDelay: o.EqualDelay, Seed: o.Seed, Arrivals: true,
		Router: query.Options{TTLMax: most, ReachMax: most, Duplicates: o.Duplicates, PathLifetime: pathLifetime},
	})
	for i := k; i < len(rows); i += n {
		rows[i].Source = o.Sources[i]
		before := w.Stats().Events
		for _, ttl := range o.TTLs {
			f, err := flood(ctx, w, int(o.Sources[i]), ttl, nonce(o.Seed, i, ttl))
			if err != nil {
				return err
			}
			rows[i].Floods = append(rows[i].Floods, f)
		}
		finished <- w.Stats().Events - before
	}
	return nil
}

// flood asks once and waits until the mesh is at rest and has forgotten it.
func flood(ctx context.Context, w *world.World, from, ttl int, nonce [16]byte) (Flooded, error) {
	q, err := anything(false, nonce)
	if err != nil {
		return Flooded{}, err
	}
	t := w.Ask(from, q, uint8(ttl))
	if err := w.Settle(ctx); err != nil {
		return Flooded{}, err
	}
	w.Forget()
	if err := w.Rest(ctx, pathLifetime); err != nil {
		return Flooded{}, err
	}
	f := Flooded{Reached: t.Reached, Messages: t.Copies}
	for i, share := range [...]float64{0.5, 0.9, 0.99} {
		f.Times[i] = Quantile(t.Arrivals, share)
	}
	return f, nil
}

// anything is a query of which only the way is looked at.
func anything(echo bool, nonce [16]byte) (*query.Query, error) {
	e, err := words.Parse("starling")
	if err != nil {
		return nil, fmt.Errorf("make a query: %w", err)
	}
	return query.NewQuery(e, 0, echo, nonce)
}

// Anything makes a query that wants echoes, for searches of which only the way is
// looked at.
func Anything(rng *rand.Rand) (*query.Query, error) {
	q, err := anything(true, [16]byte{})
	if err != nil {
		return nil, err
	}
	return again(q, rng)
}

// nonce keeps the queries of a run apart.
func nonce(seed uint64, i, ttl int) (out [16]byte) {
	rng := rand.New(rand.NewPCG(seed, uint64(i)<<8|uint64(ttl)))
	for k := range out {
		out[k] = byte(rng.Uint32())
	}
	return out
}

// Quantile returns the value that a share of ascending values does not exceed,
// 0 of none.
func Quantile(ascending []time.Duration, share float64) time.Duration {
	if len(ascending) == 0 {
		return 0
	}
	return ascending[min(len(ascending)-1, int(share*float64(len(ascending))))]
}
