package scenario

import (
	"fmt"
	"math/rand/v2"

	"starling/query"
	"starling/simulations"
	"starling/simulations/search"
	"starling/simulations/topology"
	"starling/simulations/world"
)

// The drawn mesh is small and sparse, so that its links can be told apart.
const (
	drawnNodes   = 70
	drawnDegree  = 3
	drawnTTL     = 4
	drawnHolders = 4
)

// drawing floods a small mesh of its own and keeps every step for the picture.
func (l *lab) drawing() error {
	l.at("drawing a small mesh", 0)
	rng := l.s.chance(chanceMesh)
	g, err := topology.SmallWorld(drawnNodes, drawnDegree+1, 0.3, rng)
	if err != nil {
		return err
	}
	d := newDrawing(g)
	for len(d.holders) < drawnHolders {
		d.holders[1+rng.IntN(drawnNodes-1)] = true
	}
	err = d.flood(l, rng)
	l.result.Mesh = d.mesh
	return err
}

// drawing collects the picture of one flood.
type drawing struct {
	graph   *topology.Graph
	mesh    *simulations.Mesh
	places  map[[2]int]int // of links in the mesh, the smaller node first
	holders map[int]bool
}

func newDrawing(g *topology.Graph) *drawing {
	d := &drawing{graph: g, places: map[[2]int]int{}, holders: map[int]bool{}, mesh: &simulations.Mesh{
		Name: "mesh", Title: fmt.Sprintf("A query of TTL %d spreads through a mesh of %d nodes", drawnTTL, g.Nodes()),
		Nodes: make([]simulations.MeshNode, g.Nodes()),
	}}
	for v := range g.Nodes() {
		d.mesh.Nodes[v].Hops = -1
		for _, u := range g.Neighbours(v) {
			if v < int(u) {
				d.places[[2]int{v, int(u)}] = len(d.mesh.Links)
				d.mesh.Links = append(d.mesh.Links, simulations.MeshLink{From: v, To: int(u)})
			}
		}
	}
	d.mesh.Nodes[0].Hops = 0
	return d
}

func (d *drawing) flood(l *lab, rng *rand.Rand) error {
	w := world.New(world.Options{
		Graph: d.graph, Seed: l.s.Seed, Trace: d.step, Router: query.Options{Duplicates: query.DropAll},
		Answer: func(node int, _ *query.Query) []query.Entry {
			if !d.holders[node] {
				return nil
			}
			d.mesh.Nodes[node].Holder = true
			return []query.Entry{{Name: "starling", SizeBytes: 1, HeldGroups: 1, Groups: 1}}
		},
	})
	for v := range d.holders {
		d.mesh.Nodes[v].Holder = true
	}
	q, err := search.Anything(rng)
	if err != nil {
		return err
	}
	w.Ask(0, q, drawnTTL)
	return w.Settle(l.ctx)
}

// step draws one step of the flood.
func (d *drawing) step(s world.Step) {
	link := &d.mesh.Links[d.places[[2]int{min(s.From, s.To), max(s.From, s.To)}]]
	switch s.Kind {
	case world.CopySent:
		link.Copies++
	case world.FirstCopy:
		link.From, link.To, link.First = s.From, s.To, true
		d.mesh.Nodes[s.To].Hops = s.Hops
	case world.HitSent:
		link.Hit = true
	}
}
