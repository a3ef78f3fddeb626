package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A quantity is a column: what is measured, its unit, and the digits that mean
// something.
type quantity struct {
	name, unit string
	digits     int
}

func (q quantity) String() string { return strings.TrimSpace(q.name + " " + q.unit) }

// The quantities that more than one section has.
var (
	elapsed  = quantity{"time", "s", 2}
	cpuGiB   = quantity{"CPU", "s/GiB", 2}
	sendRSS  = quantity{"sender", "MiB", 0}
	recvRSS  = quantity{"receiver", "MiB", 0}
	rateMiB  = quantity{"rate", "MiB/s", 1}
	wasted   = quantity{"wasted", "%", 2}
	overHTTP = quantity{"time ÷ HTTP", "", 2}
)

// A cell is one quantity of one contender, a value for each round.
type cell struct {
	Who    string    `json:"who"`
	What   string    `json:"what"`
	Unit   string    `json:"unit,omitempty"`
	Values []float64 `json:"values"`
	Median float64   `json:"median"`
	Low    float64   `json:"low"`
	High   float64   `json:"high"`
	digits int
}

// table is what one section has found.
type table struct {
	Name    string   `json:"section"`
	Title   string   `json:"title"`
	Notes   []string `json:"notes,omitempty"`
	LeftOut []string `json:"left_out,omitempty"` // who or what did not run, and why
	Cells   []*cell  `json:"cells"`
}

// add takes one round's value; 0 of CPU or memory means not known and is left out.
func (t *table) add(who string, q quantity, value float64) {
	c := t.cell(who, q.String())
	if c == nil {
		c = &cell{Who: who, What: q.name, Unit: q.unit, digits: q.digits}
		t.Cells = append(t.Cells, c)
	}
	c.Values = append(c.Values, value)
	c.Median, c.Low, c.High = median(c.Values), slices.Min(c.Values), slices.Max(c.Values)
}

func (t *table) addKnown(who string, q quantity, value float64) {
	if value != 0 {
		t.add(who, q, value)
	}
}

func (t *table) note(format string, args ...any) {
	t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
}

func (t *table) leaveOut(format string, args ...any) {
	t.LeftOut = append(t.LeftOut, fmt.Sprintf(format, args...))
}

func (t *table) cell(who, column string) *cell {
	for _, c := range t.Cells {
		if c.Who == who && c.column() == column {
			return c
		}
	}
	return nil
}

func (c *cell) column() string { return quantity{name: c.What, unit: c.Unit}.String() }

func (c *cell) String() string {
	if c == nil {
		return "–"
	}
	round := func(v float64) string { return strconv.FormatFloat(v, 'f', c.digits, 64) }
	if round(c.Low) == round(c.High) {
		return round(c.Median)
	}
	return round(c.Median) + " (" + round(c.Low) + "–" + round(c.High) + ")"
}

// distinct lists what of gives for the cells, each once, in order.
func (t *table) distinct(of func(*cell) string) (out []string) {
	for _, c := range t.Cells {
		if s := of(c); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// print writes the table as Markdown: medians, with the range in brackets.
func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "\n### %s: %s\n\n", t.Name, t.Title)
	columns := t.distinct((*cell).column)
	rows := [][]string{append([]string{""}, columns...)}
	for _, who := range t.distinct(func(c *cell) string { return c.Who }) {
		row := []string{who}
		for _, column := range columns {
			row = append(row, t.cell(who, column).String())
		}
		rows = append(rows, row)
	}
	if len(t.Cells) > 0 {
		printRows(w, rows)
		fmt.Fprintln(w)
	}
	for _, line := range t.Notes {
		fmt.Fprintf(w, "- %s\n", line)
	}
	for _, line := range t.LeftOut {
		fmt.Fprintf(w, "- left out: %s\n", line)
	}
}

// printRows aligns the columns; the line below the heads makes it Markdown.
func printRows(w io.Writer, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			width[i] = max(width[i], len([]rune(text)))
		}
	}
	rule := make([]string, len(width))
	for i, n := range width {
		rule[i] = strings.Repeat("-", n)
	}
	for _, row := range slices.Insert(rows, 1, rule) {
		line := "|"
		for i, text := range row {
			line += " " + text + strings.Repeat(" ", width[i]-len([]rune(text))) + " |"
		}
		fmt.Fprintln(w, line)
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// report is what -json writes.
type report struct {
	Started time.Time `json:"started"`
	Go      string    `json:"go"`
	System  string    `json:"system"`
	CPUs    int       `json:"cpus"`
	Tables  []*table  `json:"tables"`
}

func newReport() *report {
	return &report{Started: time.Now().UTC(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU()}
}

func (r *report) write(path string) error {
	encoded, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(encoded, '\n'), 0o644)
}
