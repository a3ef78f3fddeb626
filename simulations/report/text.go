package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"starling/share"
	"starling/simulations"
)

// cells measures text in columns of a terminal, whatever the language settings
// of the machine.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// Text writes r for a person: title, what was run, the tables, the findings, and
// the command that gives it again. Sentences are wrapped to width columns; 0 is
// as wide as they like. Tables are never cut: where they do not fit, headings
// take more lines first, and then the table is wider than width. So is the
// command, which is there to be copied. The only errors are those of w.
func Text(w io.Writer, r *simulations.Result, width int) error {
	out := bufio.NewWriter(w)
	for _, line := range wrap(share.DisplayName(r.Title), width) {
		fmt.Fprintln(out, line)
	}
	for _, line := range wrap(whatRan(r), width) {
		fmt.Fprintln(out, line)
	}
	if r.Interrupted {
		for _, line := range wrap("INTERRUPTED: the run was stopped early, and the figures below are what was known by then.", width) {
			fmt.Fprintln(out, line)
		}
	}
	for i := range r.Tables {
		fmt.Fprintln(out)
		writeTable(out, &r.Tables[i], width)
	}
	writeFindings(out, r.Findings, width)
	if r.Replay != "" {
		fmt.Fprintf(out, "\nTo run it again: %s\n", share.DisplayName(r.Replay))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

// whatRan: "coverage: seed 1, 10,000 nodes, 40,000 links".
func whatRan(r *simulations.Result) string {
	line := fmt.Sprintf("%s: seed %d", share.DisplayName(r.Scenario), r.Seed)
	if r.Nodes != 0 {
		line += fmt.Sprintf(", %s, %s", count(r.Nodes, "node"), count(r.Links, "link"))
	}
	return line
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return whole(n) + " " + noun
}

func writeFindings(w io.Writer, findings []string, width int) {
	if len(findings) > 0 {
		fmt.Fprintln(w)
	}
	for _, finding := range findings {
		bullet := "- "
		for _, line := range wrap(share.DisplayName(finding), max(width-len(bullet), min(width, 1))) {
			fmt.Fprintln(w, bullet+line)
			bullet = "  "
		}
	}
}

// wrap breaks text at blanks into lines of at most width columns. A word that is
// longer has a line of its own. A width below 1 wraps nothing; an empty text has
// no lines.
func wrap(text string, width int) []string {
	words := strings.Fields(text)
	if width < 1 && len(words) > 0 {
		return []string{strings.Join(words, " ")}
	}
	var lines []string
	var line string
	for _, word := range words {
		switch {
		case line == "":
			line = word
		case cells.StringWidth(line)+1+cells.StringWidth(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
