package workload

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func newRNG(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func BenchmarkNew(b *testing.B) {
	for _, nodes := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New(Options{Nodes: nodes}, nil, newRNG(1)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAnswer(b *testing.B) {
	c, err := New(Options{Nodes: 1_000_000, Files: 100_000}, nil, newRNG(1))
	if err != nil {
		b.Fatal(err)
	}
	q := c.Ask(newRNG(2))
	b.Log(q.Query.Expr, len(q.Matching), len(q.Holders))
	node := 0
	for b.Loop() {
		node = (node + 7919) % c.Nodes()
		c.Answer(node, q.Query)
	}
}
