package report

import (
	"fmt"
	"image/color"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"starling/share"
	"starling/simulations"
)

const (
	legendRowsMax = 5
	legendRow     = vg.Length(17)
	sampleWidth   = vg.Length(26)
	sampleGap     = vg.Length(6)
	titleLinesMax = 2
	// More text than any picture has room for.
	wordsMax = 200
	runesMax = 500
)

// A style tells one series from the others, by colour, marker and dashes.
type style struct {
	ink    color.NRGBA
	marker marker
	dashes []vg.Length
}

// styleOf gives the first 56 series different looks, and the first 7 also lines
// of their own colour without dashes.
func styleOf(i int) style {
	s := style{ink: palette[i%len(palette)], marker: markers[i%len(markers)]}
	if i >= len(palette) {
		s.dashes = []vg.Length{6, 3}
	}
	return s
}

func (s style) stroke() draw.LineStyle {
	return draw.LineStyle{Color: s.ink, Width: lineWidth, Dashes: s.dashes}
}

// drawTitle writes the title into the top of c, on at most two lines, and
// returns what is left below.
func drawTitle(c draw.Canvas, title string) draw.Canvas {
	sty := bold(letters(15, ink))
	for _, line := range fold(sty, share.DisplayName(title), c.Max.X-c.Min.X, titleLinesMax) {
		c.FillText(sty, vg.Point{X: c.Min.X, Y: c.Max.Y - 15}, line)
		c.Max.Y -= 20
	}
	c.Max.Y -= 4
	return c
}

// drawLegend writes the names of the series in rows below the title, so that
// they cover nothing of the plot, and returns what is left below.
func drawLegend(c draw.Canvas, series []simulations.Series) draw.Canvas {
	sty := letters(11.5, ink)
	at := vg.Point{X: c.Min.X, Y: c.Max.Y - 13}
	rows := 1
	for i, s := range series {
		if s.Name == "" {
			continue
		}
		name := oneLine(sty, share.DisplayName(s.Name), c.Max.X-c.Min.X-sampleWidth-sampleGap)
		wide := sampleWidth + sampleGap + sty.Width(name)
		if at.X > c.Min.X && at.X+wide > c.Max.X {
			at = vg.Point{X: c.Min.X, Y: at.Y - legendRow}
			rows++
		}
		if rows == legendRowsMax && at.X == c.Min.X {
			c.FillText(sty, at, fmt.Sprintf("and %d more", len(series)-i))
			break
		}
		drawSample(c, vg.Point{X: at.X, Y: at.Y + 4}, styleOf(i), s.Dots)
		c.FillText(sty, vg.Point{X: at.X + sampleWidth + sampleGap, Y: at.Y}, name)
		at.X += wide + 18
	}
	c.Max.Y = at.Y - 12
	return c
}

// drawSample draws a short piece of a line with its marker.
func drawSample(c draw.Canvas, at vg.Point, s style, dots bool) {
	if !dots {
		c.StrokeLine2(s.stroke(), at.X, at.Y, at.X+sampleWidth, at.Y)
	}
	middle := vg.Point{X: at.X + sampleWidth/2, Y: at.Y}
	s.marker.fill(c, middle, markerRadius, s.ink)
	s.marker.stroke(c, middle, markerRadius, 0.6, white)
}

// fold breaks text at blanks into at most linesMax lines of the given width.
func fold(sty text.Style, words string, width vg.Length, linesMax int) []string {
	var lines []string
	rest := strings.Fields(words)
	rest = rest[:min(len(rest), wordsMax)]
	for len(rest) > 0 && len(lines) < linesMax {
		line := rest[0]
		rest = rest[1:]
		for len(rest) > 0 && (len(lines) == linesMax-1 || sty.Width(line+" "+rest[0]) <= width) {
			line += " " + rest[0]
			rest = rest[1:]
		}
		lines = append(lines, oneLine(sty, line, width))
	}
	return lines
}

// oneLine cuts text to width, with … for what is missing.
func oneLine(sty text.Style, line string, width vg.Length) string {
	runes := []rune(line)
	if len(runes) <= runesMax && sty.Width(line) <= width {
		return line
	}
	runes = runes[:min(len(runes), runesMax)]
	for len(runes) > 0 && sty.Width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
