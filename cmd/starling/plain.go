package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
)

// lineMaxBytes bounds a line of the plain prompt.
const lineMaxBytes = 64 << 10

// plainPrompt reads lines until the input ends or says quit: for pipes, scripts and terminals that cannot redraw. The last line's outcome
// is the prompt's own, as with a shell script.
func (a *app) plainPrompt(ctx context.Context, sh *shell) error {
	lines := make(chan string)
	failed := make(chan error, 1)
	go readLines(ctx, a, lines, failed)
	var last error
	for {
		if a.inTerminal {
			fmt.Fprint(a.talk, "starling> ")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line, more := <-lines:
			if !more {
				return errors.Join(<-failed, last)
			}
			err := a.plainLine(ctx, sh, line)
			if errors.Is(err, errQuit) {
				return last
			}
			if last = err; err != nil {
				explain(a.talk, err)
				last = silent(codeOf(err))
			}
		}
	}
}

func (a *app) plainLine(ctx context.Context, sh *shell, line string) error {
	t, err := sh.parse(line)
	if err != nil {
		return err
	}
	one := sh.app(a.out, a.talk, a.ask)
	one.json = a.json
	return sh.run(ctx, one, t)
}

// readLines feeds lines until the input ends. A read from a terminal cannot be called off, so this goroutine may outlive the prompt; the
// process ends right after it.
func readLines(ctx context.Context, a *app, lines chan<- string, failed chan<- error) {
	defer close(lines)
	scanner := bufio.NewScanner(a.in)
	scanner.Buffer(nil, lineMaxBytes)
	for scanner.Scan() {
		select {
		case lines <- scanner.Text():
		case <-ctx.Done():
			failed <- nil
			return
		}
	}
	failed <- scanner.Err()
}
