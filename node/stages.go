package node

import (
	"context"
	"errors"
	"fmt"
)

// A stage is one part of a running node: it runs until its context ends.
type stage struct {
	name string
	run  func(context.Context) error
}

// runStages starts the stages in order and keeps them until ctx ends or one of them does. Then it stops them one by one, the last first, each
// after the next has come to rest, so that every part still finds below it what it stands on. The error is that of all stages that failed.
func runStages(ctx context.Context, stages []stage) error {
	type running struct {
		cancel context.CancelFunc
		done   chan error
	}
	anyEnded := make(chan struct{}, len(stages))
	started := make([]running, len(stages))
	for i, s := range stages {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		started[i] = running{cancel, make(chan error, 1)}
		go func() {
			started[i].done <- s.run(own)
			anyEnded <- struct{}{}
		}()
	}
	select {
	case <-ctx.Done():
	case <-anyEnded:
	}
	var failed error
	for i := len(stages) - 1; i >= 0; i-- {
		started[i].cancel()
		if err := <-started[i].done; err != nil && !errors.Is(err, context.Canceled) {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", stages[i].name, err))
		}
	}
	return failed
}
