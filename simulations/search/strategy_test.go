package search

import (
	"math/rand/v2"
	"testing"
	"time"

	"starling/query"
	"starling/simulations/topology"
	"starling/simulations/world"
)

// meshOf is a world of one holder, for a strategy.
func meshOf(g *topology.Graph, s Strategy, holder int) Mesh {
	answer := func(node int, _ *query.Query) []query.Entry {
		if node != holder {
			return nil
		}
		return []query.Entry{{Name: "starling", SizeBytes: 1, HeldGroups: 1, Groups: 1}}
	}
	return Mesh{
		World: world.New(world.Options{Graph: g, Router: s.Router(), Answer: answer, EqualDelay: 10 * time.Millisecond}),
		Holds: func(node int, _ *query.Query) bool { return node == holder },
		Rand:  rand.New(rand.NewPCG(1, 2)),
	}
}

func circle(n int) *topology.Graph {
	var links [][2]uint32
	for v := range n {
		links = append(links, [2]uint32{uint32(v), uint32((v + 1) % n)})
	}
	return topology.FromEdges(n, links)
}

// In a circle of ten nodes a flood of TTL t sends two messages for each link of the
// way, so what strategies cost to find the node three links away is known.
func TestStrategiesInACircle(t *testing.T) {
	ttls := []int{1, 2, 3, 4}
	for _, tt := range []struct {
		strategy Strategy
		want     Outcome
	}{
		{Flood{TTL: 4}, Outcome{Messages: 8, Asked: 8, Found: 1, FirstHit: 60 * time.Millisecond, FirstHops: 3, Took: 80 * time.Millisecond}},
		{Flood{TTL: 2}, Outcome{Messages: 4, Asked: 4, Took: 40 * time.Millisecond}},
		{Ring{TTLs: ttls}, Outcome{Messages: 2 + 4 + 6, Asked: 6, Found: 1, FirstHit: (20 + 40 + 60) * time.Millisecond, FirstHops: 3, Took: (20 + 40 + 60) * time.Millisecond}},
		{Ring{TTLs: ttls, Oracle: true}, Outcome{Messages: 6, Asked: 6, Found: 1, FirstHit: 60 * time.Millisecond, FirstHops: 3, Took: 60 * time.Millisecond}},
	} {
		m := meshOf(circle(10), tt.strategy, 3)
		task := Task{Query: fresh(t, m.Rand), From: 0, Holders: 1, Want: 1}
		got, err := tt.strategy.Search(t.Context(), m, task)
		if err != nil {
			t.Fatal(err)
		}
		if got.Bytes < int64(10*got.Messages) {
			t.Errorf("%s: %d bytes for %d messages", tt.strategy.Name(), got.Bytes, got.Messages)
		}
		tt.want.Task, got.Bytes = task, 0
		if got != tt.want {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.strategy.Name(), got, tt.want)
		}
	}
}

// Walkers look back every four steps, and those that never turn go round a circle.
func TestWalkersCountTheirSteps(t *testing.T) {
	search := func(g *topology.Graph, s Walk, holder int) Outcome {
		m := meshOf(g, s, holder)
		o, err := s.Search(t.Context(), m, Task{Query: fresh(t, m.Rand), From: 0, Holders: 1, Want: 1})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	if o := search(circle(2), Walk{}, 1); o.Messages != 32*4 || o.FirstHops != 1 || o.Found != 1 || o.Asked != 1 || o.FirstHit != 20*time.Millisecond {
		t.Errorf("to the only neighbour: %+v", o)
	}
	if o := search(circle(3), Walk{Walkers: 3, StepsMax: 6}, -1); o.Messages != 3*6 || o.Found != 0 || o.FirstHit != 0 {
		t.Errorf("for nothing: %+v", o)
	}
	if o := search(circle(40), Walk{Walkers: 1, StepsMax: 39, NoReturn: true}, -1); o.Asked != 39 || o.Duplicates != 0 {
		t.Errorf("round a circle: %+v", o)
	}
	if o := search(circle(40), Walk{Walkers: 1, StepsMax: 39}, -1); o.Asked == 39 {
		t.Errorf("a walker that may turn never did: %+v", o)
	}
}

// Every source has its row, in the order they were given, however many worlds there are.
func TestCoverageKeepsTheOrder(t *testing.T) {
	o := CoverageOptions{Graph: circle(20), Sources: []uint32{7, 3, 11, 0, 19}, TTLs: []int{1, 2}, Workers: 3}
	events := uint64(0)
	rows, err := Coverage(t.Context(), o, func(n uint64) { events += n })
	if err != nil || len(rows) != len(o.Sources) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, r := range rows {
		if r.Source != o.Sources[i] || len(r.Floods) != 2 || r.Floods[1].Reached != 4 || r.Floods[1].Times[2] != 100*time.Millisecond {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	if events < 5*(2+4) {
		t.Errorf("%d events were told of", events)
	}
}
