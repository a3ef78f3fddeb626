package scenario

import (
	"math"
	"math/rand/v2"
	"time"
)

// sessions are how long nodes stay: Weibull, as D. Stutzbach and R. Rejaie found it
// ("Understanding churn in peer-to-peer networks", IMC 2006).
type sessions struct {
	scale time.Duration
	shape float64
}

func (c *churn) stays() sessions {
	median := c.s.Churn.SessionMinutes * float64(time.Minute)
	shape := c.s.Churn.WeibullShape
	return sessions{scale: time.Duration(median / math.Pow(math.Ln2, 1/shape)), shape: shape}
}

// draw is how long a newcomer stays.
func (s sessions) draw(rng *rand.Rand) time.Duration { return s.of(rng.ExpFloat64()) }

// residual is how much longer a node stays that is met at any time. Such a node has
// a session as long as sessions are when each counts by its length, and is anywhere
// in it. Of a Weibull these are the powers of a gamma variate.
func (s sessions) residual(rng *rand.Rand) time.Duration {
	whole := s.of(gamma(1+1/s.shape, rng))
	return time.Duration(rng.Float64() * float64(whole))
}

// longest bounds a session: a century.
const longest = 100 * 365 * 24 * time.Hour

func (s sessions) of(x float64) time.Duration {
	return time.Duration(min(float64(s.scale)*math.Pow(x, 1/s.shape), float64(longest)))
}

// gamma draws from a gamma distribution of shape a, at least 1, and scale 1.
// G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables",
// ACM TOMS 26(3), 2000.
func gamma(a float64, rng *rand.Rand) float64 {
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
