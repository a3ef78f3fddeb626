package topology

import "slices"

// Caps of a Graph: places in its rows are 32 bits wide.
const (
	nodesMax = 1<<31 - 1
	edgesMax = 1<<31 - 1
)

// Graph is an undirected simple graph in compressed rows. Nodes are
// 0..Nodes()-1.
type Graph struct {
	off []uint32 // row v is to[off[v]:off[v+1]]
	to  []uint32 // neighbours, ascending within a row
	ids []int64  // in the file, ascending; nil if every node is its own number
}

// Nodes is the number of nodes.
func (g *Graph) Nodes() int { return len(g.off) - 1 }

// Edges is the number of links, each counted once.
func (g *Graph) Edges() int { return len(g.to) / 2 }

// Degree is the number of links of v.
func (g *Graph) Degree(v int) int { return int(g.off[v+1] - g.off[v]) }

// Neighbours are the nodes linked to v, ascending. They are the graph's own and
// must not be written to.
func (g *Graph) Neighbours(v int) []uint32 {
	from, to := g.off[v], g.off[v+1]
	return g.to[from:to:to]
}

// Rows is the graph itself: the neighbours of v are to[off[v]:off[v+1]], and off
// has Nodes()+1 entries. Neither must be written to.
func (g *Graph) Rows() (off, to []uint32) { return g.off, g.to }

// ID is the number of v in the file the graph was read from, or v itself.
func (g *Graph) ID(v int) int64 {
	if g.ids == nil {
		return int64(v)
	}
	return g.ids[v]
}

// Node finds the node that a file gave the number id.
func (g *Graph) Node(id int64) (v int, ok bool) {
	if g.ids == nil {
		return int(id), id >= 0 && id < int64(g.Nodes())
	}
	return slices.BinarySearch(g.ids, id)
}

// FromEdges makes a graph of n nodes. Loops and repeats, in either direction,
// are dropped; edges is not changed. An edge that names a node outside 0..n-1
// is a mistake of the caller and panics like any index out of range, as do more
// than 2^31-1 edges.
func FromEdges(n int, edges [][2]uint32) *Graph {
	if n < 0 || n > nodesMax || len(edges) > edgesMax {
		panic("topology: more nodes or edges than a graph can hold")
	}
	off := make([]uint32, n+1)
	for _, e := range edges {
		if e[0] != e[1] {
			off[e[0]+1]++
			off[e[1]+1]++
		}
	}
	for v := range n {
		off[v+1] += off[v]
	}
	to := make([]uint32, off[n])
	for _, e := range edges {
		if e[0] != e[1] {
			to[off[e[0]]] = e[1]
			to[off[e[1]]] = e[0]
			off[e[0]]++
			off[e[1]]++
		}
	}
	// Every off has moved to the end of its row, which is where the next begins.
	copy(off[1:], off)
	off[0] = 0
	return &Graph{off: off, to: tidy(off, to)}
}

// tidy sorts every row and drops repeats, moving the rows together.
func tidy(off, to []uint32) []uint32 {
	kept, begin := uint32(0), uint32(0)
	for v := range len(off) - 1 {
		row := to[begin:off[v+1]]
		begin = off[v+1]
		slices.Sort(row)
		row = slices.Compact(row)
		kept += uint32(copy(to[kept:], row))
		off[v+1] = kept
	}
	if int(kept) < len(to)/8*7 {
		return slices.Clone(to[:kept])
	}
	return to[:kept:kept]
}
