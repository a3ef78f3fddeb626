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
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table to s. Titles are for people: they are left out when s is no terminal, so that line tools see rows only.
func (t *table) print(s screen) {
	if len(t.rows) == 0 {
		return
	}
	widths := t.widths(s.terminal)
	if s.terminal {
		fmt.Fprintln(s, dim.in(s, t.line(s, widths, t.titles())))
	}
	for _, row := range t.rows {
		fmt.Fprintln(s, t.line(s, widths, row))
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
		case last && s.width() > 0:
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
