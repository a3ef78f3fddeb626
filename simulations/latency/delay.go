package latency

import (
	"math"
	"math/rand/v2"
	"time"
)

// Delay says how long a message travels, one way, between two nodes. It is above
// 0, the same in both directions, and the same at every call.
type Delay interface {
	Delay(from, to int) time.Duration
}

type constant time.Duration

func (c constant) Delay(_, _ int) time.Duration { return time.Duration(c) }

// Constant is the same delay everywhere. d is one way; less than a nanosecond
// counts as one.
func Constant(d time.Duration) Delay { return constant(max(d, 1)) }

// The band is a map bandLength as long as it is wide. That shape was chosen to
// resemble the round trips measured between 490 PlanetLab sites (R. Zhu et al.,
// IEEE/ACM Transactions on Networking 25, 2017). In multiples of the median:
//
//	quantile    1 %   5 %  10 %  25 %  75 %  90 %  95 %  99 %
//	measured   0.05  0.14  0.23  0.44  1.49  2.15  2.41  3.06
//	band       0.08  0.19  0.28  0.51  1.68  2.28  2.59  3.00
const (
	bandLength = 6
	bandMedian = 1.8055 // distance of two points of the band that chance picks
)

// spreadMax is the longest median: the farthest pair has 3.4 times as much,
// which must remain a Duration.
const spreadMax = math.MaxInt64 / 8

type spread struct {
	seed  uint64
	unit  float64 // nanoseconds for the width of the band
	least time.Duration
}

// Spread is a model that needs no file: chance puts every node at a point of a
// band, and a message needs time in proportion to the distance. The median is
// one way, over all pairs; a tenth of all pairs has less than 0.28 times as
// much, another tenth more than 2.28 times. Two nodes close to each other have
// a hundredth of the median. rng is asked once.
func Spread(median time.Duration, rng *rand.Rand) Delay {
	median = min(max(median, 1), spreadMax)
	return &spread{seed: rng.Uint64(), unit: float64(median) / bandMedian, least: max(median/100, 1)}
}

func (s *spread) Delay(from, to int) time.Duration {
	x1, y1 := s.point(from)
	x2, y2 := s.point(to)
	far := math.Sqrt((x1-x2)*(x1-x2) + (y1-y2)*(y1-y2))
	return max(time.Duration(far*s.unit), s.least)
}

// point is where a node is: y is from 0 to 1, x from 0 to bandLength.
func (s *spread) point(node int) (x, y float64) {
	h := mix(s.seed, node)
	return float64(h>>32) * (bandLength / float64(1<<32)), float64(uint32(h)) * (1 / float64(1<<32))
}

// mix makes a random number of a seed and a node (splitmix64: G. L. Steele,
// D. Lea, C. H. Flood, OOPSLA 2014).
func mix(seed uint64, node int) uint64 {
	h := seed + uint64(node)*0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
