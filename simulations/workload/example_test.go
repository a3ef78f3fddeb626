package workload_test

import (
	"fmt"
	"math/rand/v2"

	"starling/simulations/workload"
)

// A network of a thousand nodes with invented files, and an item on one node in a
// hundred: every one of its holders answers a question for it.
func Example() {
	rng := rand.New(rand.NewPCG(1, 0))
	c, err := workload.New(workload.Options{Nodes: 1000}, nil, rng)
	if err != nil {
		fmt.Println(err)
		return
	}
	items, err := c.Plant([]float64{0.01}, nil, rng)
	if err != nil {
		fmt.Println(err)
		return
	}
	q := c.AskItem(items[0], rng)
	answers := 0
	for node := range c.Nodes() {
		answers += len(c.Answer(node, q.Query))
	}
	fmt.Println(len(q.Holders), "holders,", answers, "answers")
	// Output: 10 holders, 10 answers
}
