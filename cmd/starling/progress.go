package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"starling/node"
)

// plainStep is how often progress is told where it cannot be redrawn.
const plainStep = 5 * time.Second

// A progressView shows downloads under way: redrawn lines on a terminal, a line now and then elsewhere, JSON lines with --json.
type progressView struct {
	app       *app
	downloads []node.Download
	drawn     int // lines on the screen below the cursor's start
	told      time.Time
	closed    bool
}

func (p *progressView) take(index int, d node.Download) error {
	p.downloads[index] = d
	switch {
	case p.app.json && !d.Final():
		return p.app.emit(d)
	case p.app.json:
	case p.app.talk.terminal:
		p.draw()
	case time.Since(p.told) >= plainStep && !d.Final():
		if !p.told.IsZero() {
			p.app.sayf("%s", progressLine(p.app.talk, d))
		}
		p.told = time.Now()
	}
	return nil
}

// draw replaces the lines of the last drawing.
func (p *progressView) draw() {
	p.erase()
	var open []node.Download
	for _, d := range p.downloads {
		if !d.Final() {
			open = append(open, d)
		}
	}
	shown := open
	if len(open) > drawnMax { // those that move first
		shown = slices.Clone(open)
		slices.SortStableFunc(shown, func(a, b node.Download) int { return cmp.Compare(restless(b), restless(a)) })
		shown = shown[:drawnMax-1]
	}
	for _, d := range shown {
		fmt.Fprintln(p.app.talk, progressLine(p.app.talk, d))
		p.drawn++
	}
	if len(open) > drawnMax {
		fmt.Fprintln(p.app.talk, cut(p.summary(len(open)-len(shown)), p.app.talk.width()))
		p.drawn++
	}
}

// drawnMax is how many lines are redrawn at most: a block taller than the screen would push its own beginning away.
const drawnMax = 10

// restless is 1 for a download that moves.
func restless(d node.Download) int {
	if d.State == "running" && d.Rate > 0 {
		return 1
	}
	return 0
}

// summary is the line for what is not drawn, with all downloads' sums.
func (p *progressView) summary(more int) string {
	var have, size, rate int64
	done := 0
	for _, d := range p.downloads {
		have, size = have+d.HaveBytes, size+d.SizeBytes
		if d.Final() {
			done++
			continue
		}
		rate += d.Rate
	}
	return fmt.Sprintf("and %d more under way, %d of %d ended; in all %s of %s, %s", more, done, len(p.downloads), percent(have, size), humanSize(size), humanRate(rate))
}

func (p *progressView) erase() {
	if p.drawn > 0 {
		fmt.Fprintf(p.app.talk, "\r\x1b[%dA\x1b[J", p.drawn) // \r: a terminal has echoed ^C
		p.drawn = 0
	}
}

// above writes lasting lines above the moving ones.
func (p *progressView) above(data func(), line string) {
	p.erase()
	p.app.sayf("%s", line)
	if data != nil {
		data()
	}
	if p.app.talk.terminal {
		p.draw()
	}
}

func (p *progressView) close() {
	if !p.closed {
		p.closed = true
		p.erase()
	}
}

// Widths of a screen below which a progress line drops its size and sources, then the rate.
const (
	widthForSources = 100
	widthForFigures = 64
)

// progressLine is one download under way: a bar, figures, how it gets on, and the name.
func progressLine(s screen, d node.Download) string {
	w, share := s.width(), percent(d.HaveBytes, d.SizeBytes)
	cells, figures := 24, fmt.Sprintf("  %4s  %9s  %10s  %s  ", share, humanSize(d.SizeBytes), rateOf(d), padRight(cut(sourcesAndTime(d), 32), 32))
	switch {
	case w == 0: // no terminal: nothing is cut
		figures = fmt.Sprintf("  %4s  %9s  %10s  %-24s  ", share, humanSize(d.SizeBytes), rateOf(d), sourcesAndTime(d))
	case w < widthForFigures:
		cells, figures = 8, fmt.Sprintf("  %4s  %s  ", share, padRight(cut(shortState(d), 12), 12))
	case w < widthForSources:
		cells, figures = 12, fmt.Sprintf("  %4s  %10s  %s  ", share, rateOf(d), padRight(cut(shortState(d), 14), 14))
	}
	name := nameAndFiles(d)
	if w > 0 {
		name = cutMiddle(name, max(8, w-cells-lipgloss.Width(figures)))
	}
	line := bar(s, d, cells) + figures + name
	if w > 0 {
		line = cutPainted(line, w)
	}
	return line
}

// sourcesAndTime says who gives and how long it will take, or what it waits for.
func sourcesAndTime(d node.Download) string {
	if why := waitsFor(d); why != "" {
		return why
	}
	if d.State != "running" {
		return d.State
	}
	connected := 0
	for _, s := range d.Sources {
		switch s.State {
		case "sending", "idle", "waiting", "stalled":
			connected++
		}
	}
	text := plural(len(d.Sources), "source")
	if connected < len(d.Sources) {
		text = fmt.Sprintf("%d of %s", connected, text)
	}
	return text + ", " + timeLeft(d)
}

// timeLeft is the time a download that runs still needs, in one or two words.
func timeLeft(d node.Download) string {
	sending := slices.ContainsFunc(d.Sources, func(s node.Source) bool { return s.State == "sending" })
	switch left := milliseconds(d.ETAMS); {
	case d.Rate == 0 && !sending:
		return "stalled"
	case d.Rate == 0 || d.ETAMS < 0:
		return "starting"
	case left < time.Minute:
		return fmt.Sprintf("%d s left", int(left.Seconds()+1))
	default:
		return humanDuration(left) + " left"
	}
}

// shortState is sourcesAndTime for a narrow screen.
func shortState(d node.Download) string {
	place := 0
	for _, s := range d.Sources {
		if s.QueuePosition > 0 && (place == 0 || s.QueuePosition < place) {
			place = s.QueuePosition
		}
	}
	switch {
	case d.State == "running" && d.Reason != "" && place > 0:
		return fmt.Sprintf("place %d", place)
	case d.State == "running" && d.Reason != "":
		return "waiting"
	case d.State == "running":
		return timeLeft(d)
	}
	return d.State
}

// waitsFor says why nothing moves; empty where something does.
func waitsFor(d node.Download) string {
	place, eta := 0, int64(0)
	for _, s := range d.Sources {
		if s.QueuePosition > 0 && (place == 0 || s.QueuePosition < place) {
			place, eta = s.QueuePosition, s.QueueETAMS
		}
	}
	switch {
	case d.Reason != "" && place > 0 && eta >= 1000:
		return fmt.Sprintf("place %d in a queue, %s", place, humanDuration(milliseconds(eta).Round(time.Second)))
	case d.Reason != "" && place > 0:
		return fmt.Sprintf("place %d in a queue", place)
	case d.Reason != "":
		return node.Display(d.Reason)
	}
	return ""
}

// nameAndFiles shows how many files of a collection are here.
func nameAndFiles(d node.Download) string {
	if d.Files == 0 {
		return node.Display(d.Name)
	}
	return fmt.Sprintf("%s/ %s of %s", node.Display(d.Name), grouped(d.FilesHeld), plural(d.Files, "file"))
}

// bar draws how much is held.
func bar(s screen, d node.Download, cells int) string {
	full := 0
	if d.SizeBytes > 0 {
		full = int(float64(d.HaveBytes) / float64(d.SizeBytes) * float64(cells))
	}
	full = min(max(full, 0), cells)
	return green.in(s, strings.Repeat("━", full)) + dim.in(s, strings.Repeat("─", cells-full))
}
