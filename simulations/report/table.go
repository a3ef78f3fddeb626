package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"starling/share"
	"starling/simulations"
)

const (
	unknown   = "–" // a cell without a value
	columnGap = "  "
	// digitsMax: a float64 has no more; a file may ask for any number of them.
	digitsMax = 12
	// plainMax is where whole numbers stop being exact in a float64.
	plainMax = 1 << 53
)

// grid is a table as texts.
type grid struct {
	headings [][]string // of each column, one text a line
	right    []bool     // of each column: numbers line up at the right
	rows     [][]string
	widths   []int
}

// writeTable prints title, headings, a rule and the rows.
func writeTable(w io.Writer, t *simulations.Table, width int) {
	for _, line := range wrap(share.DisplayName(t.Title), width) {
		fmt.Fprintln(w, line)
	}
	if len(t.Rows) == 0 || len(t.Columns) == 0 {
		fmt.Fprintln(w, "(no rows)")
		return
	}
	g := newGrid(t)
	if width > 0 && g.width() > width {
		g.foldHeadings()
	}
	g.print(w)
}

func newGrid(t *simulations.Table) *grid {
	g := &grid{rows: make([][]string, len(t.Rows))}
	for _, c := range t.Columns {
		heading := share.DisplayName(c.Title)
		g.headings = append(g.headings, []string{heading})
		g.right = append(g.right, numeric(t.Rows, c.Key))
		widest := cells.StringWidth(heading)
		for i, row := range t.Rows {
			text := cell(row[c.Key], c.Digits)
			g.rows[i] = append(g.rows[i], text)
			widest = max(widest, cells.StringWidth(text))
		}
		g.widths = append(g.widths, widest)
	}
	return g
}

// numeric says whether a column lines up at the right: it holds a number, or no
// text either.
func numeric(rows []simulations.Row, key string) bool {
	texts := false
	for _, row := range rows {
		switch row[key].(type) {
		case nil:
		case string:
			texts = true
		default:
			return true
		}
	}
	return !texts
}

func (g *grid) width() int {
	total := len(columnGap) * (len(g.widths) - 1)
	for _, w := range g.widths {
		total += w
	}
	return total
}

// foldHeadings gives headings more lines, so that columns are no wider than
// their values and the longest word of their heading.
func (g *grid) foldHeadings() {
	for i := range g.headings {
		words := strings.Fields(g.headings[i][0])
		g.widths[i] = 0
		for _, word := range words {
			g.widths[i] = max(g.widths[i], cells.StringWidth(word))
		}
		for _, row := range g.rows {
			g.widths[i] = max(g.widths[i], cells.StringWidth(row[i]))
		}
		g.headings[i] = wrap(g.headings[i][0], g.widths[i])
	}
}

func (g *grid) print(w io.Writer) {
	lines := 1
	for _, heading := range g.headings {
		lines = max(lines, len(heading))
	}
	for n := range lines {
		texts := make([]string, len(g.headings))
		for i, heading := range g.headings {
			if at := n - (lines - len(heading)); at >= 0 { // headings stand on the rule
				texts[i] = heading[at]
			}
		}
		g.line(w, texts)
	}
	rules := make([]string, len(g.widths))
	for i, width := range g.widths {
		rules[i] = strings.Repeat("─", width)
	}
	g.line(w, rules)
	for _, row := range g.rows {
		g.line(w, row)
	}
}

func (g *grid) line(w io.Writer, texts []string) {
	var line strings.Builder
	for i, text := range texts {
		if i > 0 {
			line.WriteString(columnGap)
		}
		padding := strings.Repeat(" ", g.widths[i]-cells.StringWidth(text))
		if g.right[i] {
			line.WriteString(padding + text)
		} else {
			line.WriteString(text + padding)
		}
	}
	fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
}

// cell writes a value of a Row.
func cell(value any, digits int) string {
	switch v := value.(type) {
	case nil:
		return unknown
	case int:
		return whole(v)
	case float64:
		return decimal(v, digits)
	case string:
		return share.DisplayName(v)
	}
	return share.DisplayName(fmt.Sprint(value))
}

// whole writes 1234567 as 1,234,567.
func whole(n int) string { return grouped(strconv.Itoa(n)) }

// decimal writes 1234.5 with two digits as 1,234.50. Numbers past what a float64
// counts exactly are written with an exponent, and those that are none as
// unknown.
func decimal(f float64, digits int) string {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return unknown
	case math.Abs(f) >= plainMax:
		return strconv.FormatFloat(f, 'g', 6, 64)
	}
	text := strconv.FormatFloat(f, 'f', min(max(digits, 0), digitsMax), 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // −0.004 is 0.00
	}
	return grouped(text)
}

// grouped puts a comma between the thousands before the point.
func grouped(digits string) string {
	end := strings.IndexByte(digits, '.')
	if end < 0 {
		end = len(digits)
	}
	for i := end - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
