package topology

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// dice is one source of chance for a seed.
func dice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// mustBeSimple checks all that a Graph promises about its rows.
func mustBeSimple(t testing.TB, g *Graph) {
	t.Helper()
	off, to := g.Rows()
	if len(off) != g.Nodes()+1 || off[0] != 0 || int(off[g.Nodes()]) != len(to) || len(to) != 2*g.Edges() {
		t.Fatalf("%d nodes, %d edges, but off has %d entries and ends at %d, and to has %d",
			g.Nodes(), g.Edges(), len(off), off[len(off)-1], len(to))
	}
	for v := range g.Nodes() {
		row := g.Neighbours(v)
		if len(row) != g.Degree(v) {
			t.Fatalf("node %d: %d neighbours, degree %d", v, len(row), g.Degree(v))
		}
		for i, u := range row {
			if i > 0 && row[i-1] >= u {
				t.Fatalf("node %d: neighbours %v are not ascending", v, row)
			}
			if int(u) == v || int(u) >= g.Nodes() {
				t.Fatalf("node %d of %d: neighbour %d", v, g.Nodes(), u)
			}
			if _, ok := slices.BinarySearch(g.Neighbours(int(u)), uint32(v)); !ok {
				t.Fatalf("%d is a neighbour of %d, but not the other way", u, v)
			}
		}
	}
}

func mustBeConnected(t testing.TB, g *Graph) {
	t.Helper()
	if largest := g.Largest(); len(largest) != g.Nodes() {
		t.Fatalf("of %d nodes only %d are connected", g.Nodes(), len(largest))
	}
}

func same(a, b *Graph) bool { return slices.Equal(a.off, b.off) && slices.Equal(a.to, b.to) }
