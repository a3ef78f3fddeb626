package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"starling/share"
	"starling/simulations"
)

const (
	lineWidth    = vg.Length(1.8)
	markerRadius = vg.Length(3.5)
	// A line has markers at its points, or where there are more than this, at
	// about so many of them.
	markersMax = 24
	dotsMany   = 400           // more dots are smaller
	labelRoom  = vg.Length(20) // for the name of an axis
)

// drawChart draws title, legend and plot, from the top.
func drawChart(c draw.Canvas, chart *simulations.Chart) {
	c = drawTitle(c, chart.Title)
	c = drawLegend(c, chart.Series)
	series, x, y := shown(chart)
	p := plot.New()
	p.BackgroundColor = nil
	dress(&p.X, x)
	dress(&p.Y, y)
	grid := plotter.NewGrid()
	grid.Horizontal = draw.LineStyle{Color: gridInk, Width: 0.7}
	grid.Vertical = grid.Horizontal
	p.Add(grid, series)
	field := draw.Crop(c, labelRoom, 0, labelRoom, 0)
	p.Draw(field)
	drawLabels(c, p.DataCanvas(field), chart)
}

// drawLabels names the axes, along the middles of the field of data. The axes of
// the plot package would reserve room in the wrong place of a logarithmic axis.
func drawLabels(c, field draw.Canvas, chart *simulations.Chart) {
	sty := letters(12.5, ink)
	sty.XAlign = draw.XCenter
	level := oneLine(sty, share.DisplayName(chart.X.Label), field.Max.X-field.Min.X)
	c.FillText(sty, vg.Point{X: field.Center().X, Y: c.Min.Y + sty.FontExtents().Descent}, level)
	upright := oneLine(sty, share.DisplayName(chart.Y.Label), field.Max.Y-field.Min.Y)
	sty.Rotation, sty.YAlign = math.Pi/2, draw.YTop
	c.FillText(sty, vg.Point{X: c.Min.X, Y: field.Center().Y}, upright)
}

// shown returns what of the series has a place on the axes, and the axes fitted
// to it.
func shown(chart *simulations.Chart) (out lines, x, y scale) {
	var level, upright extent
	for i, s := range chart.Series {
		l := line{style: styleOf(i), dots: s.Dots}
		for _, p := range s.Points {
			if drawable(chart.X, p[0]) && drawable(chart.Y, p[1]) {
				l.points = append(l.points, p)
				level.take(p[0])
				upright.take(p[1])
			}
		}
		out = append(out, l)
	}
	return out, fit(chart.X, level, false), fit(chart.Y, upright, true)
}

// dress gives an axis of the plot its scale and its looks.
func dress(a *plot.Axis, s scale) {
	a.Min, a.Max = s.min, s.max
	if s.log {
		a.Scale = plot.LogScale{}
	}
	a.Tick.Marker = plot.ConstantTicks(s.ticks)
	a.Padding = 0
	a.LineStyle = draw.LineStyle{Color: rule, Width: 0.9}
	a.Tick.LineStyle = draw.LineStyle{Color: rule, Width: 0.8}
	a.Tick.Length = 5
	a.Tick.Label.Font = letters(11.5, ink).Font
	a.Tick.Label.Color = ink
}

// line is one series of a chart.
type line struct {
	style  style
	dots   bool
	points [][2]float64
}

type lines []line

// Plot draws the dots first, then the lines, and the markers of the lines above
// all of them.
func (ls lines) Plot(c draw.Canvas, p *plot.Plot) {
	empty := true
	for i, l := range ls {
		empty = empty && len(l.points) == 0
		if l.dots {
			l.drawMarkers(c, p, i)
		}
	}
	for _, l := range ls {
		if !l.dots {
			c.StrokeLines(l.style.stroke(), c.ClipLinesXY(l.places(c, p))...)
		}
	}
	for i, l := range ls {
		if !l.dots {
			l.drawMarkers(c, p, i)
		}
	}
	if empty {
		sty := letters(14, softInk)
		sty.XAlign, sty.YAlign = draw.XCenter, draw.YCenter
		c.FillText(sty, c.Center(), "no data")
	}
}

// drawMarkers marks the points of the nth series, or some of the points of a
// long line: not the same places as other series do.
func (l line) drawMarkers(c draw.Canvas, p *plot.Plot, nth int) {
	places := l.places(c, p)
	every := 1
	if len(places) > markersMax && !l.dots {
		every = len(places)*2/markersMax + 1
	}
	for i := nth % every; i < len(places); i += every {
		if c.Contains(places[i]) {
			l.mark(c, places[i])
		}
	}
}

func (l line) places(c draw.Canvas, p *plot.Plot) []vg.Point {
	x, y := p.Transforms(&c)
	places := make([]vg.Point, len(l.points))
	for i, point := range l.points {
		places[i] = vg.Point{X: x(point[0]), Y: y(point[1])}
	}
	return places
}

// mark draws a marker with a white rim that parts it from what lies below; many
// dots are small and let each other show through.
func (l line) mark(c draw.Canvas, at vg.Point) {
	if l.dots && len(l.points) > dotsMany {
		sheer := l.style.ink
		sheer.A = 0x90
		l.style.marker.fill(c, at, markerRadius/2, sheer)
		return
	}
	l.style.marker.fill(c, at, markerRadius, l.style.ink)
	l.style.marker.stroke(c, at, markerRadius, 0.6, white)
}
