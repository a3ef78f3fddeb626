package topology

// none marks a node that belongs to no component yet.
const none = ^uint32(0)

// Largest is the nodes of the largest component, ascending; of two as large, the
// one with the lower first node. It walks the whole graph at each call.
func (g *Graph) Largest() []uint32 {
	label, sizes := g.components()
	if len(sizes) == 0 {
		return nil
	}
	best := 0
	for c, size := range sizes {
		if size > sizes[best] {
			best = c
		}
	}
	nodes := make([]uint32, 0, sizes[best])
	for v, c := range label {
		if int(c) == best {
			nodes = append(nodes, uint32(v))
		}
	}
	return nodes
}

// components numbers the components in the order of their first nodes: label
// says whose each node is, sizes how many nodes each has.
func (g *Graph) components() (label []uint32, sizes []int) {
	label = make([]uint32, g.Nodes())
	for v := range label {
		label[v] = none
	}
	var front []uint32
	for first := range label {
		if label[first] != none {
			continue
		}
		c, size := uint32(len(sizes)), 1
		label[first] = c
		front = append(front, uint32(first))
		for len(front) > 0 {
			v := front[len(front)-1]
			front = front[:len(front)-1]
			for _, u := range g.Neighbours(int(v)) {
				if label[u] == none {
					label[u] = c
					size++
					front = append(front, u)
				}
			}
		}
		sizes = append(sizes, size)
	}
	return label, sizes
}
