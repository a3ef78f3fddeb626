package report

import (
	"math"
	"slices"

	"starling/simulations"
)

const (
	// pairsMax bounds the work of a layout: about a second.
	pairsMax      = 60_000_000
	roundsMax     = 500
	roundsMin     = 30
	otherLinkPull = 0.08 // of links that brought no first copy, where others did
	ringPull      = 3.0  // towards the ring of a node's hops
	gravity       = 0.3  // towards the middle, where no query tells of hops
)

// A place is where a node is drawn; the middle is 0, 0, and most lie within 1.
type place struct{ x, y float64 }

// layout moves the nodes of a mesh to where they show best: the force-directed
// placement of Fruchterman and Reingold (Software: Practice and Experience 21,
// 1991), begun from rings around the asker and drawn towards them, so that the
// way of the query goes from the middle outward. Chance has no part in it.
type layout struct {
	at    []place
	force []place
	ring  []float64 // how far from the middle a node belongs; nil when there is no asker
	links []simulations.MeshLink
	pull  []float64 // of each link
	apart float64   // between neighbours, where all nodes share a disc of radius 1
}

// places lays m out.
func places(m *simulations.Mesh) []place {
	n := len(m.Nodes)
	if n == 0 {
		return nil
	}
	l := &layout{
		force: make([]place, n),
		ring:  rings(m),
		links: m.Links,
		pull:  pulls(m),
		apart: math.Sqrt(math.Pi / float64(n)),
	}
	l.at = begin(m, l.ring)
	if !slices.ContainsFunc(m.Nodes, func(node simulations.MeshNode) bool { return node.Hops == 0 }) {
		l.ring = nil
	}
	rounds := min(max(pairsMax*2/(n*n), roundsMin), roundsMax)
	for round := range rounds {
		left := 1 - float64(round)/float64(rounds)
		clear(l.force)
		l.push()
		l.draw()
		l.hold()
		l.move(0.1*left*left + 0.0005)
	}
	return l.at
}

// pulls says how strongly each link pulls.
func pulls(m *simulations.Mesh) []float64 {
	flooded := slices.ContainsFunc(m.Links, func(l simulations.MeshLink) bool { return l.First })
	pull := make([]float64, len(m.Links))
	for i, l := range m.Links {
		pull[i] = 1
		if flooded && !l.First {
			pull[i] = otherLinkPull
		}
	}
	return pull
}

// push: all nodes push each other away.
func (l *layout) push() {
	for i := range l.at {
		for j := i + 1; j < len(l.at); j++ {
			dx, dy := l.at[i].x-l.at[j].x, l.at[i].y-l.at[j].y
			f := l.apart * l.apart / max(dx*dx+dy*dy, 1e-6)
			l.force[i].x += dx * f
			l.force[i].y += dy * f
			l.force[j].x -= dx * f
			l.force[j].y -= dy * f
		}
	}
}

// draw: links pull their ends together.
func (l *layout) draw() {
	for i, link := range l.links {
		a, b := link.From, link.To
		dx, dy := l.at[a].x-l.at[b].x, l.at[a].y-l.at[b].y
		f := l.pull[i] * math.Hypot(dx, dy) / l.apart
		l.force[a].x -= dx * f
		l.force[a].y -= dy * f
		l.force[b].x += dx * f
		l.force[b].y += dy * f
	}
}

// hold draws every node to its ring, or all of them to the middle.
func (l *layout) hold() {
	for i, p := range l.at {
		f := -gravity
		if l.ring != nil {
			f = ringPull * (l.ring[i]/max(math.Hypot(p.x, p.y), 1e-6) - 1) / l.apart
		}
		l.force[i].x += p.x * f
		l.force[i].y += p.y * f
	}
}

// move moves every node as it is forced, at most by limit.
func (l *layout) move(limit float64) {
	for i, f := range l.force {
		if size := math.Hypot(f.x, f.y); size > 0 {
			part := min(size*0.1, limit) / size
			l.at[i].x += f.x * part
			l.at[i].y += f.y * part
		}
	}
}

// rings gives every node the radius of its hops, those that the query did not
// reach the outermost. A ring has as much room as it has nodes.
func rings(m *simulations.Mesh) []float64 {
	outermost := 0
	for _, node := range m.Nodes {
		outermost = max(outermost, node.Hops)
	}
	outermost = min(outermost, len(m.Nodes)) + 1
	ringOf := func(node simulations.MeshNode) int {
		if node.Hops < 0 {
			return outermost
		}
		return min(node.Hops, outermost)
	}
	on := make([]int, outermost+1)
	for _, node := range m.Nodes {
		on[ringOf(node)]++
	}
	radius := make([]float64, len(on))
	within := 0
	for hops, n := range on {
		radius[hops] = math.Sqrt((float64(within) + float64(n)/2) / float64(len(m.Nodes)))
		within += n
	}
	radius[0] = 0
	ring := make([]float64, len(m.Nodes))
	for i, node := range m.Nodes {
		ring[i] = radius[ringOf(node)]
	}
	return ring
}

// begin puts the nodes on their rings, each near the one that sent it its first
// copy.
func begin(m *simulations.Mesh, ring []float64) []place {
	at := make([]place, len(ring))
	for turn, i := range treeOrder(m) {
		sin, cos := math.Sincos(2 * math.Pi * float64(turn) / float64(len(at)))
		r := ring[i] + 0.001 // no two nodes begin in one place
		at[i] = place{r * cos, r * sin}
	}
	return at
}

// treeOrder lists the nodes so that those which got the query through the same
// node stand together.
func treeOrder(m *simulations.Mesh) []int {
	children := make([][]int, len(m.Nodes))
	for _, l := range m.Links {
		if l.First {
			children[l.From] = append(children[l.From], l.To)
		}
	}
	order := make([]int, 0, len(m.Nodes))
	seen := make([]bool, len(m.Nodes))
	var waiting []int
	walk := func(root int) {
		waiting = append(waiting, root)
		for len(waiting) > 0 {
			node := waiting[len(waiting)-1]
			waiting = waiting[:len(waiting)-1]
			if !seen[node] {
				seen[node] = true
				order = append(order, node)
				waiting = append(waiting, children[node]...)
			}
		}
	}
	for i, node := range m.Nodes {
		if node.Hops == 0 {
			walk(i)
		}
	}
	for i := range m.Nodes {
		walk(i)
	}
	return order
}
