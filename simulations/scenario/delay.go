package scenario

import (
	"fmt"
	"math/rand/v2"
	"time"

	"starling/simulations/world"
)

// equalDelay is how long a message takes over any link of a scenario with
// constant latency, and the median of one with spread latency.
func (l Latency) equalDelay() time.Duration {
	return time.Duration(l.MS * float64(time.Millisecond))
}

// buildDelay gives each of so many nodes its place, nil where all links are
// equally long: then world.Options.EqualDelay is equalDelay. A table of round trips
// that is none is an InputError.
func buildDelay(s *Scenario, nodes int, rng *rand.Rand) (world.Delay, error) {
	switch s.Latency.Kind {
	case "constant":
		return nil, nil
	case "spread", "matrix":
		return nil, fmt.Errorf("this version of Starling cannot simulate latency of kind %s yet", s.Latency.Kind)
	}
	return nil, inputError(s.checkKnown("latency.kind"))
}
