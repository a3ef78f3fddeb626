package live

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"starling/node/overlay"
	"starling/query"
	"starling/share/words"
	"starling/simulations/topology"
	"starling/simulations/world"
)

const linkDelay = 50 * time.Millisecond

// slack is what a way through the network may take beyond its links: sending
// 1,500 bytes takes some nanoseconds at each end.
const slack = 100 * time.Microsecond

// answersMost bounds the nodes that hold what is asked for. Hits of more would
// come over the asker's few links all at once, and QUIC spreads what fills a
// congestion window over some milliseconds, which no arithmetic here knows.
const answersMost = 100

// holds reports whether a node of a mesh holds what is asked for.
func holds(node, nodes int) bool { return node%((nodes+answersMost-1)/answersMost) == 0 }

// heldBy is the one file of a node.
func heldBy(node, nodes int) string {
	if holds(node, nodes) {
		return fileOf(node)
	}
	return "stone.txt"
}

// newMesh starts a static mesh.
func newMesh(t *testing.T, g *topology.Graph, rule query.Rule) *virtual {
	t.Helper()
	w := newVirtual(t, g.Nodes(), linkDelay, func(i int, o *overlay.Options) {
		o.Query = query.Options{Duplicates: rule}
		o.Answer = func(e words.Expr, _ int) []query.Entry { return match(e, heldBy(i, g.Nodes())) }
	})
	var work sync.WaitGroup
	for v := range g.Nodes() {
		for _, to := range g.Neighbours(v) {
			if int(to) > v {
				work.Go(func() { w.link(v, int(to)) })
			}
		}
	}
	work.Wait()
	return w
}

// A flood whose TTL covers the mesh asks every node with exactly 2E−(N−1)
// messages, and every hit is there after the way out and back.
func TestVirtualFloodIsExact(t *testing.T) {
	n := size(t, virtualNodes)
	synctest.Test(t, func(t *testing.T) {
		g, err := topology.Regular(n, 8, rand.New(rand.NewPCG(1, 1)))
		if err != nil {
			t.Fatal(err)
		}
		w := newMesh(t, g, query.DropAll)
		defer w.close()
		all := ringsOf(g, 0)
		if got, want := all.messages(query.DefaultTTL), 2*g.Edges()-(n-1); all.most >= query.DefaultTTL || got != want {
			t.Fatalf("a mesh of radius %d: the sum over nodes says %d messages, the sum over links %d", all.most, got, want)
		}
		for ttl := 1; ttl <= query.DefaultTTL; ttl++ {
			w.check(all, ttl)
		}
		t.Logf("%d nodes, %d links, radius %d: %d messages, done in %v", n, g.Edges(), all.most, all.messages(query.DefaultTTL), all.finished(query.DefaultTTL, linkDelay))
	})
}

// On uneven meshes too the live world does what the arithmetic of rings says, from
// whichever node and whatever the TTL, and the event-driven world the very same:
// copies, hits, the links they came by, and when. With equal delays the first copy has the
// largest TTL, so both rules for duplicates send the same.
func TestVirtualFloodAgreesWithTheEvents(t *testing.T) {
	n := size(t, virtualNodes) / 2
	graphs := []struct {
		name string
		make func(rng *rand.Rand) (*topology.Graph, error)
	}{
		{"power law", func(rng *rand.Rand) (*topology.Graph, error) { return topology.PowerLaw(n, 2.3, 1, 10, rng) }},
		{"small world", func(rng *rand.Rand) (*topology.Graph, error) { return topology.SmallWorld(n, 4, 0.1, rng) }},
	}
	for _, kind := range graphs {
		for rule, ruleName := range map[query.Rule]string{query.DropAll: "drop-all", query.LargerTTL: "larger-ttl"} {
			t.Run(kind.name+", "+ruleName, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(2, uint64(rule)))
				g, err := kind.make(rng)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Test(t, func(t *testing.T) { floodAll(t, g, rule, rng) })
			})
		}
	}
}

// floodAll asks three nodes of a mesh with every TTL, and the event-driven world
// the same.
func floodAll(t *testing.T, g *topology.Graph, rule query.Rule, rng *rand.Rand) {
	w := newMesh(t, g, rule)
	defer w.close()
	events := world.New(world.Options{
		Graph: g, Router: query.Options{Duplicates: rule}, EqualDelay: linkDelay,
		Answer: func(node int, q *query.Query) []query.Entry { return match(q.Expr, heldBy(node, g.Nodes())) },
	})
	for range 3 {
		all := ringsOf(g, rng.IntN(g.Nodes()))
		for ttl := 1; ttl <= query.DefaultTTL; ttl++ {
			got := w.check(all, ttl)
			tally := askEvents(t, events, all.asker, ttl)
			sums := got.receipt.Reported
			if tally.Sums != sums || tally.Copies != int(sums.Messages()) || tally.Reached != int(sums.Reached) || !near(got.receipt.Elapsed, tally.FinishedAt-tally.Asked) {
				t.Errorf("TTL %d from node %d: live %+v after %v, event-driven %+v with %d copies after %v",
					ttl, all.asker, sums, got.receipt.Elapsed, tally.Sums, tally.Copies, tally.FinishedAt-tally.Asked)
			}
			if len(tally.Hits) != len(got.hits) {
				t.Errorf("TTL %d from node %d: %d hits live, %d event-driven", ttl, all.asker, len(got.hits), len(tally.Hits))
			}
			for _, h := range tally.Hits {
				if live := got.hits[h.Holder]; live.Hops != h.Hops || !near(got.at[h.Holder], h.At-tally.Asked) {
					t.Errorf("TTL %d from node %d: the hit of node %d came over %d links after %v live, %d after %v event-driven",
						ttl, all.asker, h.Holder, live.Hops, got.at[h.Holder], h.Hops, h.At-tally.Asked)
				}
			}
		}
	}
}

// near compares a time of the live world with one of arithmetic.
func near(live, exact time.Duration) bool { return live >= exact && live <= exact+slack }

// askEvents is search in the event-driven world.
func askEvents(t *testing.T, w *world.World, asker, ttl int) *world.Tally {
	t.Helper()
	expr, err := words.Parse("bird")
	if err != nil {
		t.Fatal(err)
	}
	q, err := query.NewQuery(expr, 0, true, [16]byte{byte(asker), byte(asker >> 8), byte(ttl)})
	if err != nil {
		t.Fatal(err)
	}
	tally := w.Ask(asker, q, uint8(ttl))
	if err := w.Settle(t.Context()); err != nil || !tally.Finished {
		t.Fatalf("%+v, %v", tally, err)
	}
	return tally
}

// check floods from the asker and compares with what should happen, in all that
// the asker and the wire can tell.
func (w *virtual) check(want rings, ttl int) found {
	w.t.Helper()
	before := w.sent()
	got := w.search(want.asker, "bird", query.Spec{TTL: uint8(ttl), Wait: time.Minute})
	sums := got.receipt.Reported
	if !got.receipt.Complete || got.receipt.Stopped != query.Finished || int(sums.Reached) != want.reached(ttl) || sums.RateLimited != 0 || sums.Lost != 0 {
		w.t.Errorf("TTL %d from node %d: want %d reached, receipt %+v", ttl, want.asker, want.reached(ttl), got.receipt)
	}
	if sent := w.sent() - before; sent != want.messages(ttl) || int(sums.Messages()) != sent {
		w.t.Errorf("TTL %d from node %d: %d messages on the wire, %d in the echoes, want %d", ttl, want.asker, sent, sums.Messages(), want.messages(ttl))
	}
	if took := got.receipt.Elapsed; !near(took, want.finished(ttl, linkDelay)) {
		w.t.Errorf("TTL %d from node %d: finished after %v, want %v", ttl, want.asker, took, want.finished(ttl, linkDelay))
	}
	for v, d := range want.dist {
		h, hit := got.hits[v]
		if hit != (d <= ttl && d > 0 && holds(v, len(want.dist))) {
			w.t.Errorf("TTL %d from node %d: a hit of node %d, %d links away: %v", ttl, want.asker, v, d, hit)
		}
		way := time.Duration(2*d) * linkDelay
		if hit && (h.Hops != d || !near(got.at[v], way)) {
			w.t.Errorf("TTL %d from node %d: the hit of node %d came over %d links after %v, want %d and %v", ttl, want.asker, v, h.Hops, got.at[v], d, way)
		}
	}
	return got
}
