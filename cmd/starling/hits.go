package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"charm.land/lipgloss/v2"

	"starling/node"
)

// settleTime is how long a row may wait before it is printed, so that most rows appear with all their sources.
const settleTime = 100 * time.Millisecond

// printHits prints rows, the first of a search under their titles.
func (a *app) printHits(hits []node.Hit) {
	for _, hit := range hits {
		if hit.N == 1 && a.out.terminal {
			fmt.Fprintln(a.out, hitTitles(a.out))
		}
		fmt.Fprintln(a.out, hitLine(a.out, hit))
	}
}

// settling holds each new row back for a moment, so that it is shown once and with most of its sources.
type settling struct {
	waiting []waitingRow
	shown   map[int]int // row number → sources shown
	grown   map[int]int // row number → sources now
}

type waitingRow struct {
	node.Hit
	since time.Time
}

func (s *settling) take(hit node.Hit, now time.Time) {
	if s.shown == nil {
		s.shown, s.grown = make(map[int]int), make(map[int]int)
	}
	if sources, already := s.shown[hit.N]; already {
		if hit.Sources > sources {
			s.grown[hit.N] = hit.Sources
		}
		return
	}
	for i := range s.waiting {
		if s.waiting[i].N == hit.N {
			s.waiting[i].Hit = hit
			return
		}
	}
	s.waiting = append(s.waiting, waitingRow{hit, now})
}

// settled gives the rows that came before the given time, each once.
func (s *settling) settled(before time.Time) (out []node.Hit) {
	for len(s.waiting) > 0 && !s.waiting[0].since.After(before) {
		hit := s.waiting[0].Hit
		s.waiting = s.waiting[1:]
		s.shown[hit.N] = hit.Sources
		out = append(out, hit)
	}
	return out
}

// grownLines tells which rows found more sources after they were shown.
func (s *settling) grownLines() (out []string) {
	for _, n := range slices.Sorted(maps.Keys(s.grown)) {
		out = append(out, fmt.Sprintf("row %d has %d sources by now", n, s.grown[n]))
	}
	return out
}

// Widths of a screen below which a row of a search drops its id, then its sources and hops.
const (
	widthForID    = 76
	widthForCount = 48
)

// hitTitles are the titles above the columns of hitLine.
func hitTitles(s screen) string {
	w := s.width()
	switch {
	case w > 0 && w < widthForCount:
		return dim.in(s, "   n       size  name")
	case w > 0 && w < widthForID:
		return dim.in(s, "   n       size  sources  hops  name")
	}
	return dim.in(s, "   n       size  sources  hops  id            name")
}

// hitLine is one row of a search; the name comes last and is cut at the screen's edge.
func hitLine(s screen, hit node.Hit) string {
	w := s.width()
	line := bold.in(s, fmt.Sprintf("%4d", hit.N)) + fmt.Sprintf("  %9s  ", humanSize(hit.SizeBytes))
	if w == 0 || w >= widthForCount {
		line += fmt.Sprintf("%7d  %4d  ", hit.Sources, hit.Hops)
	}
	if w == 0 || w >= widthForID {
		line += dim.in(s, shortID(hit.ID)) + "  "
	}
	note := hitNote(hit)
	name := node.Display(hit.Name)
	if w > 0 {
		name = cutMiddle(name, max(8, w-lipgloss.Width(line)-len(note)))
	}
	line += name + dim.in(s, note)
	line += tagsBehind(s, line, hit.Tags)
	if w > 0 {
		line = cutPainted(line, w)
	}
	return line
}

// tagsColumnsMin is the room below which tags are left out: less of them says nothing.
const tagsColumnsMin = 16

// tagsBehind gives what a file says of itself as far as the line has room for it, on a narrow screen nothing. The name needs the room
// more, and is short where the tags are needed: 01.mp3.
func tagsBehind(s screen, line, tags string) string {
	text := node.Display(tags)
	if w := s.width(); w > 0 {
		room := w - lipgloss.Width(line) - 2
		if w < widthForID || room < tagsColumnsMin {
			return ""
		}
		text = cut(text, room)
	}
	if text == "" {
		return ""
	}
	return "  " + dim.in(s, text)
}

// hitNote adds what the columns do not say.
func hitNote(hit node.Hit) string {
	switch {
	case hit.Files > 0 && hit.Have:
		return fmt.Sprintf("/  (%s, you have it)", plural(hit.Files, "file"))
	case hit.Files > 0 && hit.HeldBytes < hit.SizeBytes:
		return fmt.Sprintf("/  (%s, %s so far)", plural(hit.Files, "file"), percent(hit.HeldBytes, hit.SizeBytes))
	case hit.Files > 0:
		return fmt.Sprintf("/  (%s)", plural(hit.Files, "file"))
	case hit.Have:
		return "  (you have it)"
	case hit.HeldBytes < hit.SizeBytes:
		return "  (" + percent(hit.HeldBytes, hit.SizeBytes) + " so far)"
	}
	return ""
}
