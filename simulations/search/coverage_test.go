package search

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"starling/query"
	"starling/simulations/topology"
)

// Flooding with equal delays needs no simulation to be counted: from s with TTL T
// it reaches whoever is at most T links away, with deg(s) messages and deg(v) − 1
// of every v that is 1 to T−1 links away. The router does just so on any graph,
// under both rules.
func TestFloodEqualsTheClosedForm(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		g := someGraph(rt, rng)
		o := CoverageOptions{Graph: g, Workers: 1, Sources: []uint32{rng.Uint32N(uint32(g.Nodes()))}}
		o.Duplicates = rapid.SampledFrom([]query.Rule{query.DropAll, query.LargerTTL}).Draw(rt, "rule")
		o.TTLs = []int{1, 2, 3, 5, 9}
		rows, err := Coverage(t.Context(), o, nil)
		if err != nil {
			rt.Fatal(err)
		}
		for i, ttl := range o.TTLs {
			reached, messages := closedForm(g, int(o.Sources[0]), ttl)
			if f := rows[0].Floods[i]; f.Reached != reached || f.Messages != messages {
				rt.Fatalf("TTL %d: %d nodes and %d messages, want %d and %d", ttl, f.Reached, f.Messages, reached, messages)
			}
		}
	})
}

// A flood that covers a connected mesh sends a copy over every link in both directions, but
// for one for each node that was reached.
func TestFloodOfTenThousand(t *testing.T) {
	g, err := topology.Regular(10_000, 8, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := Coverage(t.Context(), CoverageOptions{
		Graph: g, Sources: []uint32{0, 5_000, 9_999}, TTLs: []int{20}, Duplicates: query.DropAll,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if f := r.Floods[0]; f.Reached != 9_999 || f.Messages != 2*g.Edges()-9_999 {
			t.Errorf("from %d: %d nodes and %d messages", r.Source, f.Reached, f.Messages)
		}
	}
}

func someGraph(rt *rapid.T, rng *rand.Rand) *topology.Graph {
	n := rapid.IntRange(4, 300).Draw(rt, "nodes")
	var g *topology.Graph
	var err error
	switch rapid.IntRange(0, 2).Draw(rt, "kind") {
	case 0:
		g, err = topology.SmallWorld(2*n, 2, 0.2, rng)
	case 1:
		g, err = topology.PowerLaw(n, 2.2, 1, n-1, rng)
	default: // not connected
		var links [][2]uint32
		for range n {
			links = append(links, [2]uint32{rng.Uint32N(uint32(n)), rng.Uint32N(uint32(n))})
		}
		g = topology.FromEdges(n, links)
	}
	if err != nil {
		rt.Fatal(err)
	}
	return g
}

func closedForm(g *topology.Graph, from, ttl int) (reached, messages int) {
	distance := map[int]int{from: 0}
	messages = g.Degree(from)
	for frontier := []int{from}; len(frontier) > 0; frontier = frontier[1:] {
		v := frontier[0]
		if d := distance[v]; d > 0 && d < ttl {
			messages += g.Degree(v) - 1
		}
		for _, u := range g.Neighbours(v) {
			if _, seen := distance[int(u)]; !seen && distance[v] < ttl {
				distance[int(u)] = distance[v] + 1
				frontier = append(frontier, int(u))
			}
		}
	}
	return len(distance) - 1, messages
}

// delays are different for each direction of each link, and always the same.
type delays struct{ seed uint64 }

func (d delays) Delay(from, to int) time.Duration {
	rng := rand.New(rand.NewPCG(d.seed, uint64(min(from, to))<<32|uint64(max(from, to))))
	return time.Duration(1+rng.IntN(200)) * time.Millisecond
}

// Where delays differ, larger-ttl reaches what equal delays reach and drop-all does
// not always.
func TestUnequalDelays(t *testing.T) {
	lessOften, runs := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		g := someGraph(rt, rng)
		o := CoverageOptions{Graph: g, Sources: []uint32{0}, TTLs: []int{3, 4}, Delay: delays{rng.Uint64()}}
		for _, o.Duplicates = range []query.Rule{query.LargerTTL, query.DropAll} {
			rows, err := Coverage(t.Context(), o, nil)
			if err != nil {
				rt.Fatal(err)
			}
			for i, ttl := range o.TTLs {
				want, _ := closedForm(g, 0, ttl)
				got := rows[0].Floods[i].Reached
				switch {
				case o.Duplicates == query.LargerTTL && got != want, got > want:
					rt.Fatalf("rule %d, TTL %d: %d nodes, want %d", o.Duplicates, ttl, got, want)
				case o.Duplicates == query.DropAll:
					runs++
					if got < want {
						lessOften++
					}
				}
			}
		}
	})
	if lessOften == 0 {
		t.Errorf("drop-all lost nothing in %d floods, so unequal delays were not tried", runs)
	}
}
