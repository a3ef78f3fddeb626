package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// palette is that of Okabe and Ito, "Color Universal Design" (2008), without its
// yellow, which is lost on white.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermillion
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
	{0x33, 0x33, 0x33, 0xff}, // near black
}

// sequence is viridis of matplotlib, without its last, too bright eighth.
var sequence = []color.NRGBA{
	{0x48, 0x18, 0x6a, 0xff},
	{0x42, 0x40, 0x86, 0xff},
	{0x33, 0x63, 0x8d, 0xff},
	{0x26, 0x82, 0x8e, 0xff},
	{0x1f, 0xa0, 0x88, 0xff},
	{0x3f, 0xbc, 0x73, 0xff},
	{0x84, 0xd4, 0x4b, 0xff},
}

var (
	ink     = color.NRGBA{0x22, 0x22, 0x22, 0xff}
	softInk = color.NRGBA{0x55, 0x55, 0x55, 0xff}
	rule    = color.NRGBA{0x77, 0x77, 0x77, 0xff}
	gridInk = color.NRGBA{0xe4, 0xe4, 0xe4, 0xff}
	faint   = color.NRGBA{0xc4, 0xc4, 0xc4, 0xff}
	white   = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// along mixes the colour at part t of sequence, 0 to 1.
func along(t float64) color.NRGBA {
	at := min(max(t, 0), 1) * float64(len(sequence)-1)
	i := min(int(at), len(sequence)-2)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*(at-float64(i)) + 0.5) }
	a, b := sequence[i], sequence[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

// A marker is a circle, or a polygon or star of so many corners.
type marker struct {
	corners int     // 0 is a circle
	turn    float64 // of the first corner from the right, in quarter turns
	inner   float64 // of a star: its notches, as part of the radius; 0 is a polygon
	size    float64 // so that all of them look equally large
}

var markers = []marker{
	{size: 1},
	{corners: 4, turn: 0.5, size: 1.22},
	{corners: 3, turn: 1, size: 1.3},
	{corners: 4, turn: 0, size: 1.25},
	{corners: 3, turn: -1, size: 1.3},
	{corners: 5, turn: 1, inner: 0.45, size: 1.45},
	{corners: 6, turn: 1, size: 1.1},
	{corners: 4, turn: 1, inner: 0.38, size: 1.5},
}

// fill draws m around at.
func (m marker) fill(c draw.Canvas, at vg.Point, radius vg.Length, ink color.Color) {
	c.SetColor(ink)
	c.Fill(m.path(at, radius))
}

// stroke draws the outline of m around at.
func (m marker) stroke(c draw.Canvas, at vg.Point, radius, width vg.Length, ink color.Color) {
	c.SetLineStyle(draw.LineStyle{Color: ink, Width: width})
	c.Stroke(m.path(at, radius))
}

func (m marker) path(at vg.Point, radius vg.Length) vg.Path {
	var p vg.Path
	r := radius * vg.Length(m.size)
	if m.corners == 0 {
		p.Move(vg.Point{X: at.X + r, Y: at.Y})
		p.Arc(at, r, 0, 2*math.Pi)
		p.Close()
		return p
	}
	steps := m.corners
	if m.inner > 0 {
		steps *= 2
	}
	for i := range steps {
		length := r
		if m.inner > 0 && i%2 == 1 {
			length *= vg.Length(m.inner)
		}
		sin, cos := math.Sincos(m.turn*math.Pi/2 + 2*math.Pi*float64(i)/float64(steps))
		corner := vg.Point{X: at.X + length*vg.Length(cos), Y: at.Y + length*vg.Length(sin)}
		if i == 0 {
			p.Move(corner)
		} else {
			p.Line(corner)
		}
	}
	p.Close()
	return p
}

// letters is text of a size in points, in Liberation Sans.
func letters(size vg.Length, ink color.Color) text.Style {
	return text.Style{
		Color:   ink,
		Font:    plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		YAlign:  draw.YBottom,
		Handler: plot.DefaultTextHandler,
	}
}

func bold(style text.Style) text.Style {
	style.Font.Weight = 3 // WeightBold of golang.org/x/image/font
	return style
}
