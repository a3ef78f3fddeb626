package topology

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// linkList draws links among n nodes, with loops and repeats in both directions.
func linkList(t *rapid.T, n int) [][2]uint32 {
	end := rapid.Uint32Range(0, uint32(n-1))
	pair := rapid.Custom(func(t *rapid.T) [2]uint32 { return [2]uint32{end.Draw(t, "from"), end.Draw(t, "to")} })
	return rapid.SliceOfN(pair, 0, 60).Draw(t, "links")
}

func TestFromEdgesKeepsEveryLinkOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "nodes")
		links := linkList(t, n)
		given := slices.Clone(links)
		g := FromEdges(n, links)
		if !slices.Equal(links, given) {
			t.Fatal("the links were changed")
		}
		want := map[[2]uint32]bool{}
		for _, l := range links {
			if l[0] != l[1] {
				want[l], want[[2]uint32{l[1], l[0]}] = true, true
			}
		}
		var got [][2]uint32
		for v := range g.Nodes() {
			if !slices.IsSorted(g.Neighbours(v)) {
				t.Fatalf("node %d: %v is not ascending", v, g.Neighbours(v))
			}
			for _, u := range g.Neighbours(v) {
				got = append(got, [2]uint32{uint32(v), u})
			}
		}
		if g.Nodes() != n || len(got) != len(want) || 2*g.Edges() != len(want) {
			t.Fatalf("%d nodes, %d ends of %d edges: want %d nodes, %d ends", g.Nodes(), len(got), g.Edges(), n, len(want))
		}
		for _, l := range got {
			if !want[l] {
				t.Fatalf("link %v was not given", l)
			}
		}
	})
}

// The largest component is what a slow closure over all pairs finds.
func TestLargest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 15).Draw(t, "nodes")
		links := linkList(t, n)
		links = links[:min(len(links), n)]
		reach := make([][]bool, n)
		for v := range reach {
			reach[v] = make([]bool, n)
			reach[v][v] = true
		}
		for range n {
			for _, l := range links {
				for v := range n {
					both := reach[v][l[0]] || reach[v][l[1]]
					reach[v][l[0]], reach[v][l[1]] = both, both
				}
			}
		}
		var want []uint32
		for v := range n {
			var found []uint32
			for u, ok := range reach[v] {
				if ok {
					found = append(found, uint32(u))
				}
			}
			if len(found) > len(want) {
				want = found
			}
		}
		if got := FromEdges(n, links).Largest(); !slices.Equal(got, want) {
			t.Fatalf("largest of %v: %v, want %v", links, got, want)
		}
	})
}

func TestGeneratedNodesAreTheirOwnNumbers(t *testing.T) {
	g := FromEdges(3, [][2]uint32{{0, 2}})
	for v := range 3 {
		if got, ok := g.Node(int64(v)); g.ID(v) != int64(v) || got != v || !ok {
			t.Errorf("node %d has id %d, which is node %d, %v", v, g.ID(v), got, ok)
		}
	}
	for _, id := range []int64{-1, 3, 1 << 40} {
		if v, ok := g.Node(id); ok {
			t.Errorf("id %d is node %d", id, v)
		}
	}
}

func TestAnEdgeOutsidePanics(t *testing.T) {
	for _, bad := range []uint32{3, 4, 1<<32 - 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("an edge to node %d of 3 was taken", bad)
				}
			}()
			FromEdges(3, [][2]uint32{{0, bad}})
		}()
	}
}

func TestNoNodes(t *testing.T) {
	if g := FromEdges(0, nil); g.Nodes() != 0 || g.Edges() != 0 || len(g.Largest()) != 0 {
		t.Errorf("%d nodes, %d edges, largest %v", g.Nodes(), g.Edges(), g.Largest())
	}
}

func ExampleGraph() {
	g := FromEdges(4, [][2]uint32{{0, 1}, {1, 2}, {2, 1}, {3, 3}})
	fmt.Println(g.Nodes(), "nodes,", g.Edges(), "links")
	fmt.Println("node 1 is linked to", g.Neighbours(1))
	fmt.Println("largest component", g.Largest())
	// Output:
	// 4 nodes, 2 links
	// node 1 is linked to [0 2]
	// largest component [0 1 2]
}
