package main

import (
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// A screen is one output stream and what it can show.
type screen struct {
	io.Writer
	terminal bool
	colour   bool
	width    func() int // columns; 0 means do not cut
}

// screenOf looks at a file. Colours need a terminal that is not dumb and no NO_COLOR (no-color.org).
func screenOf(file *os.File) screen {
	fd := int(file.Fd())
	terminal := term.IsTerminal(fd)
	s := screen{Writer: file, terminal: terminal, width: noWidth}
	if terminal {
		s.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		s.width = func() int {
			columns, _, err := term.GetSize(fd)
			if err != nil {
				return 80
			}
			return columns
		}
	}
	return s
}

func noWidth() int { return 0 }

// A paint is one way to stress words. The 16 basic colours follow the user's own palette.
type paint struct{ style lipgloss.Style }

var (
	dim    = paint{lipgloss.NewStyle().Faint(true)}
	bold   = paint{lipgloss.NewStyle().Bold(true)}
	green  = paint{lipgloss.NewStyle().Foreground(lipgloss.Green)}
	yellow = paint{lipgloss.NewStyle().Foreground(lipgloss.Yellow)}
	red    = paint{lipgloss.NewStyle().Foreground(lipgloss.Red)}
	cyan   = paint{lipgloss.NewStyle().Foreground(lipgloss.Cyan)}
)

// in paints a text for a screen, or leaves it as it is.
func (p paint) in(s screen, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return p.style.Render(text)
}

// cells measures as the rest of the screen code does: characters of ambiguous width are narrow.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// cut shortens plain text to so many columns, with an ellipsis. Wide characters count two; columns ≤ 0 cut nothing.
func cut(text string, columns int) string {
	if columns <= 0 || cells.StringWidth(text) <= columns {
		return text
	}
	return cells.Truncate(text, columns, "…")
}

// cutMiddle keeps both ends, as file names have their extension last.
func cutMiddle(text string, columns int) string {
	if columns <= 0 || cells.StringWidth(text) <= columns {
		return text
	}
	if columns < 8 {
		return cut(text, columns)
	}
	tail := cells.TruncateLeft(text, cells.StringWidth(text)-columns/3, "")
	return cells.Truncate(text, columns-1-cells.StringWidth(tail), "") + "…" + tail
}

// padRight and padLeft fill text, painted or not, to so many columns.
func padRight(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-lipgloss.Width(text)))
}

func padLeft(text string, columns int) string {
	return strings.Repeat(" ", max(0, columns-lipgloss.Width(text))) + text
}
