package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"starling/node"
)

// fed takes the node's state in and scrolls up what has ended since the last look.
func (l *live) fed(msg feedMsg) tea.Cmd {
	if msg.err != nil {
		return l.lost(msg.err)
	}
	msg.known.rows = l.known.rows
	l.known, l.status = msg.known, msg.status
	if l.announced == nil {
		l.announced = make(map[string]bool)
		for _, d := range l.known.downloads {
			l.announced[d.ID] = d.Final()
		}
	}
	var lines []string
	for _, d := range l.known.downloads {
		if d.Final() && !l.announced[d.ID] {
			lines = append(lines, l.outcomeOf(d)...)
		}
		l.announced[d.ID] = d.Final()
	}
	return l.print(strings.Join(lines, "\n"))
}

// outcomeOf says how a download ended.
func (l *live) outcomeOf(d node.Download) []string {
	s := l.screen()
	if d.State != "done" {
		return []string{red.in(s, d.State) + "  " + node.Display(d.Name) + ": " + node.Display(d.Reason)}
	}
	return []string{doneLine(s, d), dim.in(s, "      "+node.Display(d.Path))}
}

// restarted makes the outcome of downloads that were just asked for news again, even if they had ended before.
func (l *live) restarted(downloads []node.Download) {
	if l.announced == nil {
		l.announced = make(map[string]bool)
	}
	for _, d := range downloads {
		l.announced[d.ID] = false
	}
}

// askSearchable asks once, with the first fetch, what only the owner can say. It asks when the fetch begins, because then nobody types. A
// repair fetches nothing new.
func (l *live) askSearchable(started []node.Download) {
	fetched := slices.ContainsFunc(started, func(d node.Download) bool { return d.Repairs == "" })
	if !fetched || l.asked || l.status.Searchable != nil || l.question != nil {
		return
	}
	l.asked = true
	l.question = &question{
		text: "May others find what you fetch by searching? If not, it is served to those who know its id.",
		answer: func(yes bool) {
			go func() { // tea must not wait for the node
				if err := l.client.SetSearchable(l.ctx, yes); err != nil {
					l.program.Send(outputMsg{text: explained(l.app.out, err)})
				}
			}()
		},
	}
}

// lost ends the prompt when the node has gone.
func (l *live) lost(err error) tea.Cmd {
	if errors.Is(err, context.Canceled) {
		return tea.Quit
	}
	if l.leftOnPurpose() {
		return tea.Sequence(tea.Println("the node has stopped"), tea.Quit)
	}
	l.failed = fmt.Errorf("%w; 'starling up' starts it again", err)
	return tea.Quit
}

func (l *live) leftOnPurpose() bool {
	last := len(l.history.lines) - 1
	return last >= 0 && strings.TrimSpace(l.history.lines[last]) == "down"
}

const (
	feedFast = 200 * time.Millisecond // while something moves
	feedSlow = 2 * time.Second
)

// hurry lets the feed look at once.
func (l *live) hurry() {
	select {
	case l.nudge <- struct{}{}:
	default:
	}
}

// feed brings the node's state to the screen until the prompt ends.
func (l *live) feed() {
	for {
		msg := l.look()
		if l.ctx.Err() != nil {
			return
		}
		l.program.Send(msg)
		if msg.err != nil {
			return
		}
		pause := feedSlow
		if moving(msg.known.downloads) {
			pause = feedFast
		}
		select {
		case <-l.ctx.Done():
			return
		case <-l.nudge:
		case <-time.After(pause):
		}
	}
}

func (l *live) look() (msg feedMsg) {
	if msg.status, msg.err = l.client.Status(l.ctx); msg.err != nil {
		return msg
	}
	if msg.known.downloads, msg.err = l.client.Downloads(l.ctx); msg.err != nil {
		return msg
	}
	if msg.known.neighbours, msg.err = l.client.Neighbours(l.ctx); msg.err != nil {
		return msg
	}
	msg.known.shares, msg.err = l.client.Shares(l.ctx)
	return msg
}

func moving(downloads []node.Download) bool {
	for _, d := range downloads {
		if !d.Final() && d.State != "paused" {
			return true
		}
	}
	return false
}
