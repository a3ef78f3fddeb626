package topology

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
)

// degreesMax bounds the table of shares that degrees are drawn from.
const degreesMax = 1 << 20

// PowerLaw makes a graph in which a share of nodes proportional to
// degree^-exponent has each degree from degreeMin to degreeMax, as crawls found
// it in early Gnutella with exponents near 2.3 (M. Ripeanu, I. Foster,
// A. Iamnitchi, IEEE Internet Computing 6(1), 2002). It is the configuration
// model: degrees are drawn, ends are paired, loops and repeats are switched away
// (and dropped where they resist, at the hubs of small graphs), then components
// are joined by switches, which keep the degrees. Where a mean degree below two
// leaves too few links to connect everything, the few that are missing are
// added, at nodes with one link. degreeMax must be from 2 to 2^20.
func PowerLaw(n int, exponent float64, degreeMin, degreeMax int, rng *rand.Rand) (*Graph, error) {
	if err := checkPowerLaw(n, exponent, degreeMin, degreeMax); err != nil {
		return nil, err
	}
	degrees, ends := drawDegrees(n, cumulated(exponent, degreeMin, degreeMax), degreeMin, rng)
	if err := holds(n, float64(ends)/2); err != nil {
		return nil, err
	}
	if ends%2 == 1 {
		even(degrees, uint32(degreeMin), uint32(degreeMax))
	}
	w := pair(degrees, rng)
	for _, i := range w.mend() {
		w.drop(i)
	}
	return FromEdges(n, join(n, w.links, rng)), nil
}

func checkPowerLaw(n int, exponent float64, degreeMin, degreeMax int) error {
	switch {
	case degreeMin < 1 || degreeMax < 2 || degreeMin > degreeMax || degreeMax >= n:
		return fmt.Errorf("a power-law graph of %d nodes with degrees from %d to %d: the least must be 1 or more, the greatest 2 or more and less than the nodes",
			n, degreeMin, degreeMax)
	case degreeMax > degreesMax:
		return fmt.Errorf("a power-law graph with degrees up to %s: more than %s are not supported; take a smaller greatest degree",
			thousands(degreeMax), thousands(degreesMax))
	case !(exponent >= 0 && exponent <= 100):
		return fmt.Errorf("a power-law graph with the exponent %v: it must be from 0 to 100; 2 to 3 is usual", exponent)
	case degreeMin == degreeMax && n%2 == 1 && degreeMin%2 == 1:
		return fmt.Errorf("a power-law graph of %d nodes that all have degree %d: every link has two ends, so one of both must be even", n, degreeMin)
	}
	return holds(n, float64(n)*PowerLawMean(exponent, degreeMin, degreeMax)/2)
}

// PowerLawMean is the mean degree to expect of PowerLaw, where it need not add
// links.
func PowerLawMean(exponent float64, degreeMin, degreeMax int) float64 {
	weight, sum := 0.0, 0.0
	for k := degreeMin; k <= degreeMax; k++ {
		p := share(k, degreeMin, exponent)
		weight += p
		sum += p * float64(k)
	}
	return sum / weight
}

// share is that of degree k, where the least degree has 1.
func share(k, degreeMin int, exponent float64) float64 {
	return math.Pow(float64(k)/float64(degreeMin), -exponent)
}

// cumulated has, for each degree from the least, the shares up to it.
func cumulated(exponent float64, degreeMin, degreeMax int) []float64 {
	shares := make([]float64, 0, degreeMax-degreeMin+1)
	sum := 0.0
	for k := degreeMin; k <= degreeMax; k++ {
		sum += share(k, degreeMin, exponent)
		shares = append(shares, sum)
	}
	return shares
}

// drawDegrees draws a degree for each node; ends is their sum.
func drawDegrees(n int, shares []float64, degreeMin int, rng *rand.Rand) (degrees []uint32, ends int64) {
	degrees = make([]uint32, n)
	total := shares[len(shares)-1]
	for v := range degrees {
		k := sort.SearchFloat64s(shares, rng.Float64()*total)
		degrees[v] = uint32(degreeMin + min(k, len(shares)-1))
		ends += int64(degrees[v])
	}
	return degrees, ends
}

// even makes the sum of the degrees even: the first node that can have one more
// has, or the first that can has one fewer.
func even(degrees []uint32, least, most uint32) {
	for v, d := range degrees {
		if d < most {
			degrees[v]++
			return
		}
	}
	for v, d := range degrees {
		if d > least {
			degrees[v]--
			return
		}
	}
}
