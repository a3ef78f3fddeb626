package main

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"starling/node"
)

// barsMax is how many downloads are drawn at once.
const barsMax = 6

// View implements tea.Model.
func (l *live) View() tea.View {
	if l.width == 0 {
		return tea.NewView("") // the size comes first of all messages
	}
	bars := l.bars()
	var lines []string
	if l.search != nil {
		found := plural(len(l.search.rows), "file") + " so far, Ctrl-C stops"
		lines = append(lines, dim.in(l.app.out, cut("searching for "+cut(node.Display(l.search.expression), l.width/2)+": "+found, l.width-1)))
	}
	lines = append(lines, bars...)
	if l.question != nil {
		lines = append(lines, yellow.in(l.app.out, cut(l.question.text, l.width-7)+" [y/n]"))
	}
	lines = append(lines, l.input.View(), l.footer())
	return tea.NewView(strings.Join(lines, "\n"))
}

func (l *live) bars() []string {
	var lines []string
	rest := 0
	for _, d := range l.known.downloads {
		switch {
		case d.Final():
		case len(lines) < barsMax:
			lines = append(lines, progressLine(l.screen(), d))
		default:
			rest++
		}
	}
	if rest > 0 {
		lines = append(lines, dim.in(l.app.out, "and "+plural(rest, "more download")))
	}
	return lines
}

// footer is a hint for the line being typed, or how the node is.
func (l *live) footer() string {
	text := l.known.hint(l.input.Value(), l.offers)
	switch {
	case l.leaving:
		text = "Ctrl-C again or Ctrl-D leaves"
	case text == "" && l.status.ID != "":
		text = l.summary()
	}
	return dim.in(l.app.out, cut(text, l.width-1))
}

func (l *live) summary() string {
	var down, up int64
	for _, d := range l.known.downloads {
		down += d.Rate
	}
	up = l.status.UpRate
	parts := []string{plural(l.status.Neighbours, "neighbour"), "sharing " + plural(l.status.SharedFiles, "file") + seeding(l.status) + hashing(l.status)}
	if l.status.Neighbours == 0 {
		parts[0] = "no neighbours yet ('status' says what to do)"
	}
	if down > 0 || up > 0 {
		parts = append(parts, fmt.Sprintf("down %s, up %s", humanRate(down), humanRate(up)))
	}
	return strings.Join(parts, " · ")
}
