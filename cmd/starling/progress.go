package main

import (
	"fmt"
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
	for _, d := range p.downloads {
		if d.Final() || p.drawn >= 10 {
			continue
		}
		fmt.Fprintln(p.app.talk, progressLine(p.app.talk, d))
		p.drawn++
	}
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

// Widths of a screen below which a progress line drops the sources, then all but the share held.
const (
	widthForSources = 100
	widthForFigures = 64
)

// progressLine is one download under way: a bar, figures and the name.
func progressLine(s screen, d node.Download) string {
	w := s.width()
	cells, figures := 24, fmt.Sprintf("  %4s  %9s  %10s  %-24s  ", percent(d.HaveBytes, d.SizeBytes), humanSize(d.SizeBytes), rateOf(d), sourcesAndTime(d))
	switch {
	case w > 0 && w < widthForFigures:
		cells, figures = 8, fmt.Sprintf("  %4s  ", percent(d.HaveBytes, d.SizeBytes))
	case w > 0 && w < widthForSources:
		cells, figures = 12, fmt.Sprintf("  %4s  %9s  %10s  ", percent(d.HaveBytes, d.SizeBytes), humanSize(d.SizeBytes), rateOf(d))
	}
	name := nameAndState(d)
	if w > 0 {
		name = cutMiddle(name, max(8, w-cells-lipgloss.Width(figures)))
	}
	line := bar(s, d, cells) + figures + name
	if w > 0 {
		line = cutPainted(line, w)
	}
	return line
}

func sourcesAndTime(d node.Download) string {
	text := plural(len(d.Sources), "source")
	if d.State == "running" && d.ETAMS >= 0 {
		text += ", " + humanDuration(milliseconds(d.ETAMS)) + " left"
	}
	return text
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
	case d.Reason != "" && place > 0 && eta > 0:
		return fmt.Sprintf("%s: place %d, about %s", node.Display(d.Reason), place, humanDuration(milliseconds(eta)))
	case d.Reason != "" && place > 0:
		return fmt.Sprintf("%s: place %d", node.Display(d.Reason), place)
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

func nameAndState(d node.Download) string {
	name := nameAndFiles(d)
	if d.State != "running" {
		name = d.State + ": " + name
	}
	if why := waitsFor(d); why != "" {
		name += " (" + why + ")"
	}
	return name
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
