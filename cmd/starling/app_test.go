package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestAskOnTerminal: only a plain yes is one, and Ctrl-C ends a question that nobody answers.
func TestAskOnTerminal(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "n\n": false, "\n": false, "yesterday\n": false, "": false} {
		a := &app{in: strings.NewReader(answer), inTerminal: true, talk: screenFor(new(bytes.Buffer), 80, false)}
		if yes, err := a.askOnTerminal(t.Context(), "Really?"); yes != want || err != nil {
			t.Errorf("%q: %v, %v", answer, yes, err)
		}
	}
	silence, end := io.Pipe()
	defer end.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	a := &app{in: silence, inTerminal: true, talk: screenFor(new(bytes.Buffer), 80, false)}
	yes, err := a.askOnTerminal(ctx, "Really?")
	var exit *exitError
	if yes || !errors.As(err, &exit) || exit.code != exitInterrupted {
		t.Errorf("interrupted: %v, %v", yes, err)
	}
	if _, err := (&app{in: silence}).askOnTerminal(t.Context(), "Really?"); !errors.Is(err, errNoTerminal) {
		t.Errorf("without a terminal: %v", err)
	}
}
