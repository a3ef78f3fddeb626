package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"starling/node"
)

// An app is one command line being run: where it reads and writes, and the global flags. The prompt runs each of its lines in an app that
// shares the screens but not the flags.
type app struct {
	in         io.Reader
	inTerminal bool
	out        screen // data
	talk       screen // everything said to a person
	ask        func(ctx context.Context, question string) (bool, error)
	prompted   bool // this line was typed at the prompt

	// started takes downloads that were just asked for, where something else shows how they fare; nil: follow them here.
	started func([]node.Download)

	json     bool
	verbose  int
	plain    bool
	settings *settings
}

// newApp is the app of the process itself.
func newApp() *app {
	a := &app{in: os.Stdin, inTerminal: term.IsTerminal(int(os.Stdin.Fd())), out: screenOf(os.Stdout), talk: screenOf(os.Stderr)}
	a.ask = a.askOnTerminal
	return a
}

// sayf says a line to the person.
func (a *app) sayf(format string, args ...any) { fmt.Fprintf(a.talk, format+"\n", args...) }

// emit writes v as one line of JSON on stdout.
func (a *app) emit(v any) error {
	line, err := node.MarshalLine(v)
	if err != nil {
		return err
	}
	_, err = a.out.Write(append(line, '\n'))
	return err
}

// emitAll writes each item as one line of JSON.
func emitAll[T any](a *app, items []T) error {
	for _, item := range items {
		if err := a.emit(item); err != nil {
			return err
		}
	}
	return nil
}

var errNoTerminal = errors.New("no terminal to ask on")

// askOnTerminal asks a yes-or-no question; only a plain yes is one. A read from a terminal cannot be called off: after Ctrl-C its goroutine
// is left behind, and the process ends.
func (a *app) askOnTerminal(ctx context.Context, question string) (bool, error) {
	if !a.inTerminal || !a.talk.terminal {
		return false, errNoTerminal
	}
	fmt.Fprintf(a.talk, "%s [y/N] ", question)
	type line struct {
		text string
		err  error
	}
	typed := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(a.in).ReadString('\n')
		typed <- line{text, err}
	}()
	select {
	case <-ctx.Done():
		a.sayf("")
		return false, silent(exitInterrupted)
	case answer := <-typed:
		if answer.err != nil && !errors.Is(answer.err, io.EOF) {
			return false, answer.err
		}
		return isYes(answer.text), nil
	}
}

func isYes(answer string) bool {
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true
	}
	return false
}

// A clientFunc is the body of a command that talks to the running node.
type clientFunc func(ctx context.Context, c *node.Client, args []string) error

// withClient dials the node of the chosen state folder for a command.
func (a *app) withClient(run clientFunc) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		dir, err := a.settings.stateDir()
		if err != nil {
			return err
		}
		client, err := node.Dial(dir)
		if err != nil {
			return err
		}
		defer client.Close()
		return run(cmd.Context(), client, args)
	}
}

// absolute makes a path of the caller's folder one that the node understands, which may run in another folder.
func absolute(path string) (string, error) {
	if rest, home := strings.CutPrefix(path, "~/"); home {
		dir, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, rest)
	}
	return filepath.Abs(path)
}
