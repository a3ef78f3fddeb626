package workload_test

import (
	"fmt"
	"testing"

	"starling/simulations/workload"
)

func BenchmarkNew(b *testing.B) {
	for _, nodes := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := workload.New(workload.Options{Nodes: nodes}, nil, newRNG(1)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Queries for rare and for popular files, at nodes that hold nothing for them in
// no order: nearly every answer of a flood.
func BenchmarkAnswerOfNothing(b *testing.B) {
	c, err := workload.New(workload.Options{Nodes: 1_000_000, Files: 100_000}, nil, newRNG(1))
	if err != nil {
		b.Fatal(err)
	}
	rng := newRNG(2)
	for _, least := range []int{20, 1000, 10_000, 100_000} {
		q := c.Ask(rng)
		for len(q.Holders) < least || len(q.Holders) >= 10*least {
			q = c.Ask(rng)
		}
		var nodes []int
		for len(nodes) < 1<<16 {
			if node := rng.IntN(c.Nodes()); !c.Holds(node, q.Query) {
				nodes = append(nodes, node)
			}
		}
		b.Run(fmt.Sprintf("holders=%d", len(q.Holders)), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if c.Answer(nodes[i%len(nodes)], q.Query) != nil {
					b.Fatal("it holds something")
				}
			}
		})
	}
}

func BenchmarkAsk(b *testing.B) {
	c, err := workload.New(workload.Options{Nodes: 1_000_000, Files: 100_000}, nil, newRNG(1))
	if err != nil {
		b.Fatal(err)
	}
	for rng := newRNG(2); b.Loop(); {
		c.Ask(rng)
	}
}

func BenchmarkPlace(b *testing.B) {
	c, err := workload.New(workload.Options{Nodes: 100_000}, nil, newRNG(1))
	if err != nil {
		b.Fatal(err)
	}
	for rng := newRNG(2); b.Loop(); {
		c.Place(rng.IntN(c.Nodes()), rng)
	}
}
