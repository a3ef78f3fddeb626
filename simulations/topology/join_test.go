package topology

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A list of links, joined, and what came of it.
func joined(n int, links [][2]uint32, seed uint64) (g *Graph, degrees []int) {
	g = FromEdges(n, join(n, slices.Clone(links), dice(seed)))
	degrees = make([]int, n)
	for _, l := range links {
		if l[0] != l[1] {
			degrees[l[0]]++
			degrees[l[1]]++
		}
	}
	return g, degrees
}

// Trees beside two complete graphs of five nodes. Of the ten links of each, six
// are more than hold it together; one of these twelve joins the two, and each of
// the others a tree, without a new link.
func TestJoinKeepsDegreesWhileThereAreCircles(t *testing.T) {
	var links [][2]uint32
	for a := range uint32(5) {
		for b := range a {
			links = append(links, [2]uint32{a, b}, [2]uint32{5 + a, 5 + b})
		}
	}
	for trees := range 15 {
		n := 10 + 2*trees
		g, degrees := joined(n, links, uint64(trees))
		mustBeSimple(t, g)
		mustBeConnected(t, g)
		if more := g.Edges() - len(links); more != max(trees-11, 0) {
			t.Errorf("%d trees: %d links added", trees, more)
		}
		for v, d := range degrees {
			if trees <= 11 && g.Degree(v) != d {
				t.Errorf("%d trees: node %d had degree %d and has %d", trees, v, d, g.Degree(v))
			}
		}
		links = append(links, [2]uint32{uint32(n), uint32(n + 1)})
	}
}

// Whatever the links: all nodes are connected, by no more links than it takes,
// and only nodes with fewer than two links get more.
func TestJoin(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(r, "nodes")
		var links [][2]uint32
		simple := FromEdges(n, linkList(r, n)[:])
		for v := range n {
			for _, u := range simple.Neighbours(v) {
				if keep := rapid.IntRange(0, 2).Draw(r, "keep"); int(u) > v && keep > 0 {
					links = append(links, [2]uint32{uint32(v), u})
				}
			}
		}
		for range rapid.IntRange(0, 3).Draw(r, "loops") {
			links = append(links, [2]uint32{0, 0})
		}
		g, degrees := joined(n, links, 1)
		mustBeSimple(t, g)
		mustBeConnected(t, g)
		had, alone := 0, 0
		for v, d := range degrees {
			had += d
			if d == 0 {
				alone++
			}
			if got := g.Degree(v); got < d || got > max(d, 2) {
				r.Fatalf("%v: node %d had degree %d and has %d", links, v, d, got)
			}
		}
		// A node alone takes a link of its own; what is otherwise missing to
		// n-1 links is added, and no more.
		if most := max(n-1, had/2+alone); g.Edges() > most {
			r.Fatalf("%v: %d links became %d, with %d nodes alone", links, had/2, g.Edges(), alone)
		}
	})
}
