package main

import (
	"context"
	"fmt"
	"time"

	"starling/node"
)

// hashingStep is how often the progress of hashing is drawn.
const hashingStep = 250 * time.Millisecond

// A hashingNode is what following the hashing asks of the node.
type hashingNode interface {
	Rescan(ctx context.Context) ([]node.Share, error)
	Status(ctx context.Context) (node.Status, error)
}

// follows says whether progress can be shown: to a person at a terminal who waits for this one command.
func (a *app) follows() bool { return a.talk.terminal && !a.json && !a.prompted }

// followHashing shows how far the node's hashing is until all is hashed. Ctrl-C leaves the node going on.
func (a *app) followHashing(ctx context.Context, c hashingNode) ([]node.Share, error) {
	return a.followUntil(ctx, c, func(ctx context.Context) (string, []node.Share) {
		status, err := c.Status(ctx)
		if err != nil {
			return "", nil
		}
		return hashingLine(status), nil
	})
}

// followUntil draws the lines that look gives until it gives shares, or all is hashed.
func (a *app) followUntil(ctx context.Context, c hashingNode, look func(context.Context) (string, []node.Share)) ([]node.Share, error) {
	type answer struct {
		shares []node.Share
		err    error
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan answer, 1)
	go func() {
		shares, err := c.Rescan(watching)
		done <- answer{shares, err}
	}()
	step := time.NewTicker(hashingStep)
	defer step.Stop()
	for {
		select {
		case <-ctx.Done():
			a.eraseLine()
			a.sayf("the node goes on hashing; 'starling status' shows how far it is")
			return nil, silent(exitInterrupted)
		case last := <-done:
			if last.err != nil && ctx.Err() != nil {
				continue // the case above says it better
			}
			a.eraseLine()
			return last.shares, last.err
		case <-step.C:
			line, enough := look(watching)
			if enough != nil {
				a.eraseLine()
				return enough, nil
			}
			if line != "" {
				a.drawLine(line)
			}
		}
	}
}

// drawLine writes a line that the next one replaces.
func (a *app) drawLine(text string) {
	fmt.Fprint(a.talk, "\r\x1b[K"+cut(text, a.talk.width()-1))
}

func (a *app) eraseLine() { fmt.Fprint(a.talk, "\r\x1b[K") }

// hashingLine is how far the hashing is: "hashing 1,234 of 20,000 files, 12.3 GB of 80.0 GB, 512 MB/s, 2 min 5 s left".
func hashingLine(s node.Status) string {
	if s.HashingFiles == 0 && s.RestingFiles > 0 {
		return fmt.Sprintf("waiting for %s to be left alone", plural(s.RestingFiles, "file"))
	}
	if s.HashingFiles == 0 {
		return "looking through the shared folders"
	}
	line := fmt.Sprintf("hashing %s of %s, %s of %s", grouped(s.HashingDoneFiles), plural(s.HashingDoneFiles+s.HashingFiles, "file"),
		humanSize(s.HashingDoneBytes), humanSize(s.HashingDoneBytes+s.HashingBytes))
	if s.HashingRate > 0 {
		line += ", " + humanRate(s.HashingRate)
	}
	if s.HashingETAMS >= 0 && s.HashingRate > 0 {
		line += ", " + aboutLeft(milliseconds(s.HashingETAMS))
	}
	return line
}

// aboutLeft is a time no finer than it is known.
func aboutLeft(left time.Duration) string {
	switch {
	case left < time.Minute:
		return fmt.Sprintf("about %d s left", int(left.Seconds()+1))
	case left < time.Hour:
		return fmt.Sprintf("about %d min left", int(left.Minutes()+0.5))
	}
	return "about " + humanDuration(left) + " left"
}
