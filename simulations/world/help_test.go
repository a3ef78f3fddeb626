package world

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"starling/query"
	"starling/simulations/topology"
)

func settle(t testing.TB, w *World) {
	t.Helper()
	if err := w.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// line is nodes in a row, 0 to n-1.
func line(n int) *topology.Graph {
	var edges [][2]uint32
	for v := 1; v < n; v++ {
		edges = append(edges, [2]uint32{uint32(v - 1), uint32(v)})
	}
	return topology.FromEdges(n, edges)
}

// complete links everybody with everybody.
func complete(n int) *topology.Graph {
	var edges [][2]uint32
	for a := range n {
		for b := range a {
			edges = append(edges, [2]uint32{uint32(a), uint32(b)})
		}
	}
	return topology.FromEdges(n, edges)
}

func random(t testing.TB, n int, seed uint64) *topology.Graph {
	t.Helper()
	g, err := topology.Regular(n, 6, rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// odd is delays from 1 to 173 ms, as unequal as can be.
type odd struct{}

func (odd) Delay(from, to int) time.Duration {
	return time.Duration(1+(min(from, to)*7919+max(from, to)*104_729)%173) * time.Millisecond
}

// holders is one file at these nodes, whatever is asked.
func holders(nodes ...int) func(int, *query.Query) []query.Entry {
	return func(node int, _ *query.Query) []query.Entry {
		if slices.Contains(nodes, node) {
			return []query.Entry{{Name: "bird"}}
		}
		return nil
	}
}

func spam() []query.Entry { return []query.Entry{{Name: "spam"}} }
