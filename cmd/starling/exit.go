package main

import (
	"context"
	"errors"
	"fmt"

	"starling/node"
)

// The exit codes of the contract. Scripts branch on them, so they never change.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNotRunning   = 3
	exitNothing      = 4
	exitTimeout      = 5
	exitVerification = 6
	exitNoSpace      = 7
	exitRefused      = 8
	exitNoNeighbours = 9
	exitInterrupted  = 130
)

// exitOfCode maps what the node says to what the shell sees.
var exitOfCode = map[node.Code]int{
	node.CodeFailed:       exitFailed,
	node.CodeUsage:        exitUsage,
	node.CodeNotRunning:   exitNotRunning,
	node.CodeNotFound:     exitNothing,
	node.CodeTimeout:      exitTimeout,
	node.CodeVerification: exitVerification,
	node.CodeNoSpace:      exitNoSpace,
	node.CodeRefused:      exitRefused,
	node.CodeNoNeighbours: exitNoNeighbours,
}

// An exitError ends the program with a code of its own. With a nil err everything has been said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// silent ends the program with a code and no further word.
func silent(code int) error { return &exitError{code: code} }

// usageError says that the command line is wrong.
func usageError(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// codeOf gives the exit code for an error, 0 for nil.
func codeOf(err error) int {
	var exit *exitError
	var problem *node.Problem
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &problem):
		if code, known := exitOfCode[problem.Code]; known {
			return code
		}
		return exitFailed
	case errors.Is(err, node.ErrNotRunning):
		return exitNotRunning
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		return exitTimeout
	}
	return exitFailed
}
