package topology

import (
	"math"
	"testing"
)

// With two links for each node at least, the drawn degrees are the graph's.
func TestPowerLawKeepsTheDrawnDegrees(t *testing.T) {
	for seed := range uint64(5) {
		const n, exponent, least, most = 5000, 2.3, 2, 60
		g, err := PowerLaw(n, exponent, least, most, dice(seed))
		if err != nil {
			t.Fatal(err)
		}
		mustBeSimple(t, g)
		mustBeConnected(t, g)
		want, ends := drawDegrees(n, cumulated(exponent, least, most), least, dice(seed))
		if ends%2 == 1 {
			even(want, least, most)
		}
		for v := range n {
			if g.Degree(v) != int(want[v]) {
				t.Fatalf("seed %d: node %d drew degree %d and has %d", seed, v, want[v], g.Degree(v))
			}
		}
	}
}

func TestPowerLawDegreesFollowIt(t *testing.T) {
	const n, exponent, least, most = 100_000, 2.3, 1, 100
	degrees, _ := drawDegrees(n, cumulated(exponent, least, most), least, dice(4))
	weight := 0.0
	for k := least; k <= most; k++ {
		weight += math.Pow(float64(k), -exponent)
	}
	counts := map[uint32]int{}
	for _, d := range degrees {
		counts[d]++
	}
	for k := uint32(least); k <= most; k++ {
		mustBeBinomial(t, "degree", map[uint32]int{k: counts[k]}, n, math.Pow(float64(k), -exponent)/weight)
	}
}

// With one link for most nodes the drawn links are too few to connect all; the
// mean stays near what was asked for, and no degree passes the greatest.
func TestPowerLawWithTooFewLinks(t *testing.T) {
	for _, c := range []struct {
		n, least, most int
		exponent       float64
	}{{5_000, 1, 100, 2.3}, {5_000, 1, 2, 5}, {2_000, 1, 3, 100}, {250, 1, 249, 1.5}, {40, 1, 39, 0}, {5, 1, 4, 0}, {3, 1, 2, 1}, {3, 2, 2, 1}} {
		for seed := range uint64(seeds) {
			if c.n > 200 && seed > 1 {
				continue
			}
			g, err := PowerLaw(c.n, c.exponent, c.least, c.most, dice(seed))
			if err != nil {
				t.Fatal(err)
			}
			mustBeSimple(t, g)
			mustBeConnected(t, g)
			for v := range c.n {
				if g.Degree(v) > c.most {
					t.Fatalf("%+v: node %d has degree %d", c, v, g.Degree(v))
				}
			}
		}
	}
}

func TestPowerLawMean(t *testing.T) {
	const n, exponent, least, most = 50_000, 2.1, 2, 40
	g, err := PowerLaw(n, exponent, least, most, dice(9))
	if err != nil {
		t.Fatal(err)
	}
	mean := PowerLawMean(exponent, least, most)
	square, weight := 0.0, 0.0
	for k := least; k <= most; k++ {
		p := math.Pow(float64(k), -exponent)
		weight += p
		square += p * float64(k*k)
	}
	sigma := math.Sqrt((square/weight - mean*mean) / n)
	if got := 2 * float64(g.Edges()) / n; math.Abs(got-mean) > 5*sigma {
		t.Errorf("mean degree %.3f, want %.3f ± %.3f", got, mean, 5*sigma)
	}
}
