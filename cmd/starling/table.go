package main

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
)

// A column of a table. The last column of a table is as wide as it likes; on a terminal it is cut at the edge.
type column struct {
	title string
	right bool // numbers line up at the right
}

// A table lines up rows under dim titles.
type table struct {
	columns []column
	rows    [][]string
	notes   map[int][]string // lines below a row, by its number
	whole   bool             // the last column is never cut: who reads it needs all of it
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// note puts a line of its own below the last row. It is never cut.
func (t *table) note(text string) {
	if t.notes == nil {
		t.notes = make(map[int][]string)
	}
	at := len(t.rows) - 1
	t.notes[at] = append(t.notes[at], text)
}

// noteIndent sets notes off from rows.
const noteIndent = "      "

// print writes the table to s. Titles are for people: they are left out when s is no terminal, so that line tools see rows only.
func (t *table) print(s screen) {
	if len(t.rows) == 0 {
		return
	}
	widths := t.widths(s.terminal)
	if s.terminal {
		fmt.Fprintln(s, dim.in(s, t.line(s, widths, t.titles())))
	}
	for i, row := range t.rows {
		fmt.Fprintln(s, t.line(s, widths, row))
		for _, note := range t.notes[i] {
			fmt.Fprintln(s, noteIndent+note)
		}
	}
}

func (t *table) titles() []string {
	var out []string
	for _, c := range t.columns {
		out = append(out, c.title)
	}
	return out
}

func (t *table) widths(withTitles bool) []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		if withTitles {
			widths[i] = lipgloss.Width(c.title)
		}
		for _, row := range t.rows {
			widths[i] = max(widths[i], lipgloss.Width(row[i]))
		}
	}
	return widths
}

func (t *table) line(s screen, widths []int, cells []string) string {
	var line strings.Builder
	for i, cell := range cells {
		last := i == len(cells)-1
		switch {
		case t.columns[i].right:
			cell = padLeft(cell, widths[i])
		case last && s.width() > 0 && !t.whole:
			cell = cutPainted(cell, s.width()-lipgloss.Width(line.String()))
		case !last:
			cell = padRight(cell, widths[i])
		}
		line.WriteString(cell)
		if !last {
			line.WriteString("  ")
		}
	}
	return strings.TrimRight(line.String(), " ")
}

// cutPainted cuts text that may hold colour sequences.
func cutPainted(text string, columns int) string {
	if columns < 1 || lipgloss.Width(text) <= columns {
		return text
	}
	if !strings.Contains(text, "\x1b") {
		return cutMiddle(text, columns)
	}
	return lipgloss.NewStyle().MaxWidth(columns).Render(text)
}
