package scenario

import (
	"math/rand/v2"
	"time"

	"starling/simulations/latency"
	"starling/simulations/world"
)

// equalDelay is how long a message takes over any link of a scenario with
// constant latency, and the median of one with spread latency.
func (l Latency) equalDelay() time.Duration {
	return time.Duration(l.MS * float64(time.Millisecond))
}

// buildDelay gives nodes their places, nil where all links are equally long: then
// world.Options.EqualDelay is equalDelay. Nodes that come later have a place as
// well. A table of round trips that is none is an InputError.
func buildDelay(s *Scenario, _ int, rng *rand.Rand) (world.Delay, error) {
	switch s.Latency.Kind {
	case "constant":
		return nil, nil
	case "spread":
		return latency.Spread(s.Latency.equalDelay(), rng), nil
	case "matrix":
		m, err := latency.ReadMatrix(s.path("latency.file", s.Latency.File))
		if err != nil {
			return nil, inputError(s.at("latency.file", "%w", err))
		}
		return m.Place(rng), nil
	}
	return nil, inputError(s.checkKnown("latency.kind"))
}
