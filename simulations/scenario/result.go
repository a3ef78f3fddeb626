package scenario

import (
	"context"
	"errors"
	"fmt"

	"starling/simulations"
)

// newResult is a Result without findings: what every run of s begins with.
func newResult(s *Scenario, nodes, links int) *simulations.Result {
	return &simulations.Result{
		Scenario: s.Name, Title: s.Title, Seed: s.Seed, Nodes: nodes, Links: links,
		Settings: s.Settings(), Replay: s.Replay(), Tables: []simulations.Table{},
	}
}

// finish makes of what a run returned what Run promises.
func (s *Scenario) finish(ctx context.Context, result *simulations.Result, err error) (*simulations.Result, error) {
	var input *InputError
	switch {
	case stopped(ctx, err) || err == nil && result != nil && result.Interrupted:
		if result != nil {
			result.Interrupted = true
		}
		return result, ctx.Err()
	case err == nil || errors.As(err, &input):
		return result, err
	}
	return result, fmt.Errorf("%w; the seed is %d, and the same run again is: %s", err, s.Seed, s.Replay())
}

// stopped says whether err is the word of a run that ended with its context: the
// context's error, or its cause, such as a signal.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil && err != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}
