package workload

import (
	"math"
	"math/rand/v2"
)

// chooser draws numbers with given weights in constant time, by the alias method
// (A. J. Walker 1977, in the form of M. D. Vose 1991). It takes 8 bytes a number.
type chooser struct {
	keep  []float32 // the chance that i stays i
	other []int32   // what it becomes otherwise
}

// newChooser takes weights above 0, at least one.
func newChooser(weights []float64) chooser {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	n := len(weights)
	c := chooser{keep: make([]float32, n), other: make([]int32, n)}
	rest := make([]float64, n)
	var poor, rich []int32
	for i, w := range weights {
		rest[i] = w / sum * float64(n)
		if rest[i] < 1 {
			poor = append(poor, int32(i))
		} else {
			rich = append(rich, int32(i))
		}
	}
	for len(poor) > 0 && len(rich) > 0 {
		p, r := poor[len(poor)-1], rich[len(rich)-1]
		poor = poor[:len(poor)-1]
		c.keep[p], c.other[p] = float32(rest[p]), r
		if rest[r] -= 1 - rest[p]; rest[r] < 1 {
			rich = rich[:len(rich)-1]
			poor = append(poor, r)
		}
	}
	for _, left := range [][]int32{poor, rich} {
		for _, i := range left {
			c.keep[i], c.other[i] = 1, i
		}
	}
	return c
}

func (c chooser) draw(rng *rand.Rand) int {
	i := rng.IntN(len(c.keep))
	if rng.Float32() < c.keep[i] {
		return i
	}
	return int(c.other[i])
}

// zipf gives the weights of n ranks, the first one 1.
func zipf(n int, exponent float64) []float64 {
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = math.Pow(float64(i+1), -exponent)
	}
	return weights
}

// pareto draws from the Pareto distribution of a tail exponent, 1 or more.
func pareto(tail float64, rng *rand.Rand) float64 {
	return math.Pow(1-rng.Float64(), -1/tail)
}

// some picks k of n numbers, all choices alike, and calls yield with each in
// ascending order (D. E. Knuth, TAOCP 3.4.2, algorithm S).
func some(k, n int, rng *rand.Rand, yield func(i int)) {
	for i := 0; i < n && k > 0; i++ {
		if rng.IntN(n-i) < k {
			yield(i)
			k--
		}
	}
}
