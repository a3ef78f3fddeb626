package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// program is one of those that are measured side by side.
type program interface {
	name() string
	missing() string // what is not installed, or not possible here
}

// present returns the programs that can run here and names the others.
func present[P program](t *table, all ...P) (out []P) {
	for _, p := range all {
		if why := p.missing(); why != "" {
			t.leaveOut("%s: %s", p.name(), why)
			continue
		}
		out = append(out, p)
	}
	return out
}

// errOnce says that a program was measured and is too slow to be so again.
var errOnce = errors.New("it takes long")

// toldError is a failure that stands in the table already.
type toldError struct{ error }

// inTurn runs every program once in each round: A B C A B C. One that fails is
// named and left out from then on.
func inTurn[P program](ctx context.Context, t *table, rounds int, programs []P, once func(p P, round int) error) (failed error) {
	programs = slices.Clone(programs)
	for round := range rounds {
		for i := 0; i < len(programs); i++ {
			p := programs[i]
			err := once(p, round)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				continue
			}
			programs = slices.Delete(programs, i, i+1)
			i--
			if errors.Is(err, errOnce) {
				t.note("%s was measured once: %v", p.name(), err)
				continue
			}
			err = fmt.Errorf("%s failed in round %d: %w", p.name(), round+1, err)
			t.leaveOut("%v", err)
			failed = &toldError{errors.Join(failed, err)}
		}
	}
	return failed
}
