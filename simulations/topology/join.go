package topology

import "math/rand/v2"

// sets are disjoint sets of nodes that links unite.
type sets struct {
	parent []uint32
	count  int
}

func newSets(n int) *sets {
	s := &sets{parent: make([]uint32, n), count: n}
	for v := range s.parent {
		s.parent[v] = uint32(v)
	}
	return s
}

// find names the set of v by one of its nodes.
func (s *sets) find(v uint32) uint32 {
	for s.parent[v] != v {
		s.parent[v] = s.parent[s.parent[v]]
		v = s.parent[v]
	}
	return v
}

// unite says whether a and b were in two sets until now.
func (s *sets) unite(a, b uint32) bool {
	a, b = s.find(a), s.find(b)
	if a == b {
		return false
	}
	s.parent[max(a, b)] = min(a, b)
	s.count--
	return true
}

// join makes one component of n nodes and returns its links; loops among them
// count for nothing. A link on a circle can be switched with any link of another
// component: both hold together, and no degree changes. Only when no circle is
// left, so that the links are too few for all nodes, are links added: one for
// each component that remains, between nodes of one link and such of the rest.
func join(n int, links [][2]uint32, rng *rand.Rand) [][2]uint32 {
	s := newSets(n)
	var spare []uint32 // links whose ends were united without them: each on a circle
	for i, l := range links {
		if !s.unite(l[0], l[1]) && l[0] != l[1] {
			spare = append(spare, uint32(i))
		}
	}
	if s.count <= 1 {
		return links
	}
	p := survey(s, links, spare)
	p.joinCircles(spare)
	p.joinTrees()
	p.addLinks(rng)
	return p.links
}

// parts are the components that join works on, named as their set is.
type parts struct {
	*sets
	links  [][2]uint32
	main   uint32      // the part all others are joined to
	circle []uint32    // one spare link of each part, or none
	any    []uint32    // one link of each part, or none
	leaves [][2]uint32 // two nodes of each tree with one link, or its only node twice
	spare  []uint32    // of the main part
}

// survey looks at every component once.
func survey(s *sets, links [][2]uint32, spare []uint32) *parts {
	n := len(s.parent)
	p := &parts{sets: s, links: links, circle: make([]uint32, n), any: make([]uint32, n), leaves: make([][2]uint32, n)}
	degrees, sizes := make([]uint32, n), make([]uint32, n)
	for v := range n {
		p.circle[v], p.any[v], p.leaves[v] = none, none, [2]uint32{none, none}
		sizes[s.find(uint32(v))]++
	}
	for i, l := range links {
		if l[0] != l[1] {
			p.any[s.find(l[0])] = uint32(i)
			degrees[l[0]]++
			degrees[l[1]]++
		}
	}
	for _, i := range spare {
		p.circle[s.find(links[i][0])] = i
	}
	for v := range uint32(n) {
		if root := s.find(v); degrees[v] < 2 {
			p.noteLeaf(root, v, degrees[v] == 0)
		}
		if p.better(v, sizes) {
			p.main = v
		}
	}
	return p
}

func (p *parts) noteLeaf(root, v uint32, alone bool) {
	l := &p.leaves[root]
	switch {
	case alone:
		*l = [2]uint32{v, v}
	case l[0] == none:
		l[0] = v
	case l[1] == none:
		l[1] = v
	}
}

// better: the largest part with a circle is the main one, or the largest.
func (p *parts) better(root uint32, sizes []uint32) bool {
	circle, mainCircle := p.circle[root] != none, p.circle[p.main] != none
	if circle != mainCircle {
		return circle
	}
	return sizes[root] > sizes[p.main]
}

// others are the parts that are not joined to the main one, in the order of
// their first nodes.
func (p *parts) others(yield func(root uint32) bool) {
	for v := range p.parent {
		root := uint32(v)
		if p.find(root) == root && root != p.find(p.main) && !yield(root) {
			return
		}
	}
}

// joinCircles joins the parts that have circles. Each gives back the circle it
// takes.
func (p *parts) joinCircles(spare []uint32) {
	main := p.find(p.main)
	var more []uint32
	for _, i := range spare {
		switch root := p.find(p.links[i][0]); {
		case root == main:
			p.spare = append(p.spare, i)
		case p.circle[root] != i:
			more = append(more, i)
		}
	}
	for root := range p.others {
		if i := p.circle[root]; i != none {
			p.swap(p.takeSpare(), i)
			p.spare = append(p.spare, i)
		}
	}
	p.spare = append(p.spare, more...)
}

// joinTrees joins parts without circles, as long as there are circles to spare.
func (p *parts) joinTrees() {
	for root := range p.others {
		if len(p.spare) == 0 {
			return
		}
		if i := p.any[root]; i != none {
			p.swap(p.takeSpare(), i)
		}
	}
}

func (p *parts) takeSpare() uint32 {
	last := len(p.spare) - 1
	i := p.spare[last]
	p.spare = p.spare[:last]
	return i
}

// swap makes a–c and b–d of the links i, a–b, and j, c–d.
func (p *parts) swap(i, j uint32) {
	a, b := &p.links[i], &p.links[j]
	a[1], b[0] = b[0], a[1]
	p.unite(a[0], a[1])
}

// path links every node to the next.
func (p *parts) path() {
	for v := uint32(1); int(v) < len(p.parent); v++ {
		p.links = append(p.links, [2]uint32{v - 1, v})
		p.unite(v-1, v)
	}
}

// addLinks puts each part that is left, a tree or a single node, into a link of
// the main part that chance picks: a–b becomes a–leaf and b–other leaf.
func (p *parts) addLinks(rng *rand.Rand) {
	if p.any[p.main] == none { // not even the largest part has a link
		p.path()
	}
	for root := range p.others {
		leaf := p.leaves[root]
		for {
			l := &p.links[rng.IntN(len(p.links))]
			if l[0] == l[1] || p.find(l[0]) != p.find(p.main) {
				continue
			}
			b := l[1]
			l[1] = leaf[0]
			p.links = append(p.links, [2]uint32{leaf[1], b})
			p.unite(l[0], leaf[0])
			break
		}
	}
}
