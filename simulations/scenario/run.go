package scenario

import (
	"context"
	"time"

	"starling/simulations"
)

// Progress is where a run stands.
type Progress struct {
	Stage       string        // what is being done, in words
	Done, Total int           // steps of the stage; Total 0: not known
	Events      uint64        // of the run so far: messages and timers handled
	Virtual     time.Duration // virtual time of the world that runs
}

// A runFunc performs one kind of scenario that has been checked. It calls
// progress about every 50,000 events and returns soon after ctx is done, with
// what is known by then.
type runFunc func(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error)

// runOf is the experiment of each kind.
func runOf(kind string) runFunc {
	switch kind {
	case "coverage":
		return runCoverage
	case "strategies":
		return runStrategies
	case "million":
		return runMillion
	case "churn":
		return runChurn
	case "partition":
		return runPartition
	case "liars":
		return runLiars
	case "swarm":
		return runSwarm
	case "lan":
		return runLAN
	}
	return nil
}

// Run checks s and performs it. progress may be nil; it is called by one goroutine
// at a time. When ctx ends the run early, the result holds what was known by then,
// or is nil, and the error is that of ctx. A mistake in the settings or in a file
// that they name is an InputError. Any other error names the seed and the command
// that gives the same run again.
func Run(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	result, err := runOf(s.Kind)(ctx, s, progress)
	return s.finish(ctx, result, err)
}
