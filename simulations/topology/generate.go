package topology

import (
	"errors"
	"fmt"
	"math/rand/v2"
)

// restarts is how often a random regular graph is begun again when its last
// faults resist, which only the smallest do.
const restarts = 100

// Regular makes a random graph in which all n nodes have the same degree, by
// the configuration model with its loops and repeats switched away (B. Bollobás,
// European Journal of Combinatorics 1, 1980). It is connected from degree 2 on;
// degree 1 makes pairs. n·degree must be even and degree below n.
func Regular(n, degree int, rng *rand.Rand) (*Graph, error) {
	switch {
	case n < 2 || degree < 1 || degree >= n:
		return nil, fmt.Errorf("a regular graph of %d nodes with degree %d: the degree must be from 1 to %d, and the nodes two or more", n, degree, n-1)
	case n%2 == 1 && degree%2 == 1:
		return nil, fmt.Errorf("a regular graph of %d nodes with degree %d: every link has two ends, so one of both must be even; take %d nodes, or an even degree",
			n, degree, n+1)
	}
	if err := holds(n, float64(n)*float64(degree)/2); err != nil {
		return nil, err
	}
	if n > 2*degree {
		links, err := regularLinks(n, degree, rng)
		if err != nil {
			return nil, err
		}
		if degree > 1 {
			links = join(n, links, rng)
		}
		return FromEdges(n, links), nil
	}
	// Where half of the links exist or more, those that do not are the smaller
	// graph. It is connected: of the n-2 other nodes, two nodes without a link
	// between them have 2·degree neighbours, so at least one in common.
	missing, err := regularLinks(n, n-1-degree, rng)
	if err != nil {
		return nil, err
	}
	return complement(FromEdges(n, missing)), nil
}

// regularLinks makes the links of a simple regular graph, connected or not. No
// more than half of all possible links may be wanted.
func regularLinks(n, degree int, rng *rand.Rand) ([][2]uint32, error) {
	if degree == 0 {
		return nil, nil
	}
	for range restarts {
		w := pair(equal(n, degree), rng)
		if len(w.mend()) == 0 {
			return w.links, nil
		}
	}
	return nil, fmt.Errorf("no simple graph of %d nodes with degree %d was found in %d attempts; take another seed or more nodes", n, degree, restarts)
}

// equal is n times the same degree.
func equal(n, degree int) []uint32 {
	degrees := make([]uint32, n)
	for v := range degrees {
		degrees[v] = uint32(degree)
	}
	return degrees
}

// complement links exactly the nodes that g does not.
func complement(g *Graph) *Graph {
	n := g.Nodes()
	c := &Graph{off: make([]uint32, n+1), to: make([]uint32, 0, n*(n-1)-len(g.to))}
	for v := range n {
		row := g.Neighbours(v)
		for u := range uint32(n) {
			switch {
			case len(row) > 0 && row[0] == u:
				row = row[1:]
			case int(u) != v:
				c.to = append(c.to, u)
			}
		}
		c.off[v+1] = uint32(len(c.to))
	}
	return c
}

// holds says whether a graph of that size can be held at all. Whether it fits
// into memory is for a Limit to say.
func holds(n int, edges float64) error {
	if n > nodesMax || edges > edgesMax {
		return fmt.Errorf("%s nodes with %.3g links: a graph holds up to %s of each: %w", thousands(n), edges, thousands(nodesMax), ErrTooBig)
	}
	return nil
}

// Ultrapeers makes a network of two tiers as Gnutella 0.6 had it: a random
// regular core of ultrapeers, nodes 0 and up, and for each of them leavesPer
// leaves, each linked to leafLinks distinct ultrapeers that chance picks. One
// more node is made an ultrapeer where the core would otherwise have an odd
// number of link ends. leaves says which nodes are leaves.
func Ultrapeers(n, leavesPer, leafLinks, degree int, rng *rand.Rand) (g *Graph, leaves []bool, err error) {
	if n < 2 || leavesPer < 0 || leavesPer >= n || leafLinks < 1 {
		return nil, nil, fmt.Errorf("%d nodes, %d leaves for each ultrapeer, %d links for each leaf: there must be two nodes or more, leaves from 0 to less than the nodes, and one link or more",
			n, leavesPer, leafLinks)
	}
	core := n / (leavesPer + 1)
	if core*(leavesPer+1) < n {
		core++
	}
	if core%2 == 1 && degree%2 == 1 && core < n {
		core++
	}
	if leafLinks > core {
		return nil, nil, fmt.Errorf("%d nodes have %d ultrapeers, too few for leaves with %d links: take more nodes, fewer leaves for each or fewer links", n, core, leafLinks)
	}
	if err := holds(n, float64(core)*float64(degree)/2+float64(n-core)*float64(leafLinks)); err != nil {
		return nil, nil, err
	}
	hub, err := Regular(core, degree, rng)
	if err != nil {
		return nil, nil, fmt.Errorf("the core of ultrapeers: %w", err)
	}
	links := make([][2]uint32, 0, hub.Edges()+(n-core)*leafLinks)
	for v := range core {
		for _, u := range hub.Neighbours(v) {
			if int(u) > v {
				links = append(links, [2]uint32{uint32(v), u})
			}
		}
	}
	leaves = make([]bool, n)
	for v := core; v < n; v++ {
		leaves[v] = true
		links = linkLeaf(links, uint32(v), core, leafLinks, rng)
	}
	return FromEdges(n, links), leaves, nil
}

// linkLeaf adds links of a leaf to distinct ultrapeers (R. W. Floyd's sampling).
func linkLeaf(links [][2]uint32, leaf uint32, core, leafLinks int, rng *rand.Rand) [][2]uint32 {
	first := len(links)
	for last := core - leafLinks; last < core; last++ {
		pick := uint32(rng.IntN(last + 1))
		for _, l := range links[first:] {
			if l[1] == pick {
				pick = uint32(last)
				break
			}
		}
		links = append(links, [2]uint32{leaf, pick})
	}
	return links
}

// SmallWorld makes a ring of n nodes in which each is linked to the degree
// nearest, and then moves the far end of every link, with the chance rewire, to
// a node that chance picks (D. J. Watts, S. H. Strogatz, Nature 393, 1998). It
// is connected; the mean degree is exactly degree, which must be even.
func SmallWorld(n, degree int, rewire float64, rng *rand.Rand) (*Graph, error) {
	switch {
	case degree < 2 || degree%2 == 1 || degree >= n:
		return nil, fmt.Errorf("a small world of %d nodes with degree %d: the degree must be even, 2 or more, and less than the nodes", n, degree)
	case !(rewire >= 0 && rewire <= 1):
		return nil, errors.New("a small world: the chance to rewire a link must be from 0 to 1")
	}
	if err := holds(n, float64(n)*float64(degree)/2); err != nil {
		return nil, err
	}
	r := ring{n: n, half: degree / 2, links: make([][2]uint32, 0, n*degree/2)}
	for v := range n {
		for k := 1; k <= r.half; k++ {
			r.links = append(r.links, [2]uint32{uint32(v), uint32((v + k) % n)})
		}
	}
	for i := range r.links {
		if rng.Float64() < rewire {
			r.move(i, rng)
		}
	}
	return FromEdges(n, join(n, r.links, rng)), nil
}

// A ring keeps the links that began at node v at links[v·half:(v+1)·half].
type ring struct {
	n, half int
	links   [][2]uint32
}

// moveTries bounds the search for a free end: a node may be linked to all others.
const moveTries = 100

// move gives a link another far end, unless none is found.
func (r *ring) move(i int, rng *rand.Rand) {
	v := r.links[i][0]
	for range moveTries {
		u := uint32(rng.IntN(r.n))
		if u != v && !r.from(v, u) && !r.from(u, v) {
			r.links[i][1] = u
			return
		}
	}
}

// from says whether a link that began at v ends at u.
func (r *ring) from(v, u uint32) bool {
	for _, l := range r.links[int(v)*r.half : int(v+1)*r.half] {
		if l[1] == u {
			return true
		}
	}
	return false
}
