package workload

import (
	"math"
	"math/rand/v2"
	"slices"

	"starling/query"
)

// moved is what changed since New placed the files.
type moved struct {
	nodes bitmap            // whose holdings are in held now
	held  [][]int32         // collections by node, ascending
	later map[int32][]int32 // nodes by collection that were made to hold it, and may have lost it again
}

func (m *moved) has(node int) bool { return m.nodes.has(int32(node)) }

// set makes a node hold collections, ascending.
func (m *moved) set(node int, collections []int32) {
	for node >= len(m.held) {
		m.held = append(m.held, make([][]int32, max(1024, node+1-len(m.held)))...)
	}
	for node>>6 >= len(m.nodes) {
		m.nodes = append(m.nodes, 0)
	}
	m.nodes.set(int32(node))
	m.held[node] = collections
	if m.later == nil {
		m.later = make(map[int32][]int32)
	}
	for _, collection := range collections {
		m.later[collection] = append(m.later[collection], int32(node))
	}
}

// heldBy gives the collections of a node now, ascending.
func (c *Catalogue) heldBy(node int) []int32 {
	if c.moved.has(node) {
		return c.moved.held[node]
	}
	return c.held.row(int32(node))
}

// Place gives a node that joins its holdings, in place of what it held: nothing,
// by the share of free riders, or as many files as New would give one node, drawn
// by popularity; and each planted item by its share. It may be any number from 0
// on, those beyond Nodes() included.
//
// A node draws no file twice, so under long churn the most popular files become
// somewhat rarer than their rank says: who has a file does not fetch it again.
func (c *Catalogue) Place(node int, rng *rand.Rand) {
	var collections []int32
	if rng.Float64() >= c.opts.FreeRiders {
		collections = c.drawCollections(c.drawCount(rng), rng)
	}
	for i := range c.planted {
		if rng.Float64() < c.planted[i].Share {
			collections = append(collections, c.collectionOf(c.planted[i].File))
		}
	}
	c.moved.set(node, collections)
}

// Clear takes away all that a node holds, as it leaves.
func (c *Catalogue) Clear(node int) { c.moved.set(node, nil) }

// drawCount says how much a node holds: Pareto with the mean PerNode.
func (c *Catalogue) drawCount(rng *rand.Rand) int {
	least := c.opts.PerNode * (c.opts.Tail - 1) / c.opts.Tail
	count := math.Round(least * pareto(c.opts.Tail, rng))
	return int(min(max(count, 1), float64(max(c.placed/2, 1))))
}

// drawsPerCopy bounds the draws for a node that wants so much that it draws the
// same again and again.
const drawsPerCopy = 16

// drawCollections draws distinct collections by popularity, ascending.
func (c *Catalogue) drawCollections(count int, rng *rand.Rand) []int32 {
	out := make([]int32, 0, count)
	for draws := drawsPerCopy * count; len(out) < count && draws > 0; draws-- {
		collection := c.byRank[c.popular.draw(rng)]
		if seen := &c.index.seen[collection]; *seen == 0 {
			*seen = 1
			out = append(out, collection)
		}
	}
	for _, collection := range out {
		c.index.seen[collection] = 0
	}
	slices.Sort(out)
	return out
}

// HoldersNow gives the nodes that hold anything that matches a query, now,
// ascending.
func (c *Catalogue) HoldersNow(q *query.Query) []int32 {
	a := c.found(q)
	return slices.Clone(c.holdersNow(a.files.members(), a.nodes.members()))
}

// holdersNow brings the nodes that New gave any of the files up to date. What it
// gives may be placed itself.
func (c *Catalogue) holdersNow(matching, placed []int32) []int32 {
	if len(c.moved.held) == 0 {
		return placed
	}
	nodes := newBitmap(max(c.opts.Nodes, len(c.moved.held)))
	for _, node := range placed {
		if !c.moved.nodes.has(node) {
			nodes.set(node)
		}
	}
	c.eachCollection(matching, func(collection int32) {
		for _, node := range c.laterHolders(collection) {
			nodes.set(node)
		}
	})
	return nodes.members()
}

// laterHolders gives the nodes whose holdings changed and that have a collection
// now. It forgets the others, so that the list stays as short as it can be.
func (c *Catalogue) laterHolders(collection int32) []int32 {
	nodes := c.moved.later[collection]
	if len(nodes) == 0 {
		return nil
	}
	slices.Sort(nodes)
	kept := slices.DeleteFunc(slices.Compact(nodes), func(node int32) bool {
		_, has := slices.BinarySearch(c.moved.held[node], collection)
		return !has
	})
	c.moved.later[collection] = kept
	return kept
}

// holdersPlaced gives the nodes that New gave any of the files, ascending.
func (c *Catalogue) holdersPlaced(matching []int32) []int32 {
	nodes := newBitmap(c.opts.Nodes)
	c.eachCollection(matching, func(collection int32) {
		for _, node := range c.holders.row(collection) {
			nodes.set(node)
		}
	})
	return nodes.members()
}

// eachCollection calls yield with the collections of files, ascending, once each.
func (c *Catalogue) eachCollection(files []int32, yield func(collection int32)) {
	last := int32(-1)
	for _, file := range files {
		if collection := c.collectionOf(file); collection != last {
			last = collection
			yield(collection)
		}
	}
}
