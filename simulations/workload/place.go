package workload

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// naturalFiles is the largest number of files that share so many copies by Zipf
// with at least one for the rarest, at most filesMax.
func naturalFiles(copies, exponent float64) int {
	sum := 1.0 // of r^-exponent
	for n := 1; n < filesMax; n++ {
		next := float64(n + 1)
		sum += math.Pow(next, -exponent)
		if math.Pow(next, exponent)*sum > copies {
			return n
		}
	}
	return filesMax
}

// filesMax is how many files are made unless more are asked for.
const filesMax = 1_000_000

// copyCounts shares out copies among ranks by their weights: the nearest whole
// number to weight, which is 1 at most, times a common factor, at least 1 and at
// most most. The factor is the smallest that gives the total, as far as it can be had.
func copyCounts(weights []float64, most int, total float64) []int32 {
	total = min(total, float64(most)*float64(len(weights)))
	count := func(weight, factor float64) float64 {
		return min(max(math.Round(weight*factor), 1), float64(most))
	}
	enough := func(factor float64) bool {
		sum := 0.0
		for _, w := range weights {
			sum += count(w, factor)
		}
		return sum >= total
	}
	// low gives 1 to every rank, high gives most.
	low, high := 0.25, float64(most)/weights[len(weights)-1]
	if enough(low) {
		high = low
	}
	for high > low*(1+1e-9) {
		if middle := math.Sqrt(low * high); enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	counts := make([]int32, len(weights))
	for i, w := range weights {
		counts[i] = int32(count(w, high))
	}
	return counts
}

// place decides who holds what. Each collection gets exactly the copies that its
// rank has; each node that shares gets one of them first, so that it does hold
// something, and the others in proportion to a weight of the Pareto distribution.
func (c *Catalogue) place(rng *rand.Rand) error {
	n := c.placed
	c.byRank = make([]int32, n)
	for rank, collection := range rng.Perm(n) {
		c.byRank[rank] = int32(collection)
	}
	weights := zipf(n, c.opts.Zipf)
	c.popular = newChooser(weights)

	sharers := make([]int32, 0, c.opts.sharers())
	some(c.opts.sharers(), c.opts.Nodes, rng, func(node int) { sharers = append(sharers, int32(node)) })
	counts := make([]int32, n) // by collection
	sum := 0
	for rank, count := range copyCounts(weights, len(sharers), c.opts.PerNode*float64(len(sharers))) {
		counts[c.byRank[rank]] = count
		sum += int(count)
	}
	if sum > copiesMax {
		return fmt.Errorf("%d copies of files are too many to be numbered: lower the files on each node, or the nodes", sum)
	}
	unsorted := deal(counts, sum, sharers, c.opts.Tail, rng)
	c.held = unsorted.transpose(c.opts.Nodes)
	c.holders = c.held.transpose(n)
	return nil
}

// deal gives counts[i] distinct nodes of sharers for each i, in no order. There
// are at least as many copies as sharers.
func deal(counts []int32, sum int, sharers []int32, tail float64, rng *rand.Rand) rows {
	first := firstCopies(counts, sum, len(sharers), rng)
	weights := make([]float64, len(sharers))
	for i := range weights {
		weights[i] = pareto(tail, rng)
	}
	heavy := newChooser(weights)
	out := rows{off: make([]uint32, 1, len(counts)+1), to: make([]int32, 0, sum)}
	mark := make([]int32, len(sharers)) // the collection, from 1, that was last given to a sharer
	for i, count := range counts {
		for _, s := range first.row(int32(i)) {
			mark[s] = int32(i + 1)
			out.to = append(out.to, sharers[s])
			count--
		}
		for count > 0 {
			if s := heavy.draw(rng); mark[s] != int32(i+1) {
				mark[s] = int32(i + 1)
				out.to = append(out.to, sharers[s])
				count--
			}
		}
		out.off = append(out.off, uint32(len(out.to)))
	}
	return out
}

// firstCopies draws one copy for each sharer, all copies alike, and gives the
// sharers by collection.
func firstCopies(counts []int32, sum, sharers int, rng *rand.Rand) rows {
	copies := make([]int32, 0, sum)
	for i, count := range counts {
		for range count {
			copies = append(copies, int32(i))
		}
	}
	for s := range sharers {
		other := s + rng.IntN(len(copies)-s)
		copies[s], copies[other] = copies[other], copies[s]
	}
	bySharer := rows{off: make([]uint32, sharers+1), to: copies[:sharers]}
	for s := range bySharer.off {
		bySharer.off[s] = uint32(s)
	}
	return bySharer.transpose(len(counts))
}
