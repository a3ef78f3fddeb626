package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"starling/simulations"
)

const legendWidth = vg.Length(142)

var (
	askerInk  = color.NRGBA{0xd5, 0x5e, 0x00, 0xff} // vermillion
	holderInk = color.NRGBA{0x11, 0x11, 0x11, 0xff}
	hitInk    = color.NRGBA{0xf5, 0xb8, 0x3d, 0xff} // light orange
)

var (
	askerMark  = marker{corners: 5, turn: 1, inner: 0.45, size: 1.9}
	holderMark = marker{corners: 4, turn: 0, size: 1.5}
	nodeMark   = marker{size: 1}
)

// meshPicture is a mesh with everything that decides how it looks.
type meshPicture struct {
	*simulations.Mesh
	at      []vg.Point
	radius  vg.Length // of a node
	hopsMax int
}

// drawMesh draws title, nodes at their places and links, and the legend to the
// right.
func drawMesh(c draw.Canvas, m *simulations.Mesh, at []place) {
	c = drawTitle(c, m.Title)
	field := draw.Crop(c, 0, -legendWidth, 0, 0)
	p := newMeshPicture(field, m, at)
	p.drawLegend(draw.Crop(c, c.Max.X-c.Min.X-legendWidth+14, 0, 0, 0))
	for _, layer := range []func(draw.Canvas){p.drawLinks, p.drawHits, p.drawFirsts, p.drawNodes} {
		layer(field)
	}
	if len(m.Nodes) == 0 {
		sty := letters(14, softInk)
		sty.XAlign, sty.YAlign = draw.XCenter, draw.YCenter
		field.FillText(sty, field.Center(), "no data")
	}
}

func newMeshPicture(field draw.Canvas, m *simulations.Mesh, at []place) *meshPicture {
	area := float64(field.Max.X-field.Min.X) * float64(field.Max.Y-field.Min.Y)
	p := &meshPicture{
		Mesh:    m,
		radius:  vg.Length(min(max(0.19*math.Sqrt(area/float64(max(len(m.Nodes), 1))), 1.5), 7)),
		hopsMax: 1,
	}
	for _, node := range m.Nodes {
		p.hopsMax = max(p.hopsMax, node.Hops)
	}
	rim := p.radius * 2
	p.at = spread(at, draw.Crop(field, rim, -rim, rim, -rim).Rectangle)
	return p
}

// spread fills the rectangle with the places, stretched a little at most.
func spread(places []place, into vg.Rectangle) []vg.Point {
	if len(places) == 0 {
		return nil
	}
	lo, hi := places[0], places[0]
	for _, p := range places {
		lo = place{min(lo.x, p.x), min(lo.y, p.y)}
		hi = place{max(hi.x, p.x), max(hi.y, p.y)}
	}
	const stretchMax = 1.35
	size := into.Size()
	x := float64(size.X) / max(hi.x-lo.x, 1e-6)
	y := float64(size.Y) / max(hi.y-lo.y, 1e-6)
	x, y = min(x, y*stretchMax), min(y, x*stretchMax)
	at := make([]vg.Point, len(places))
	for i, p := range places {
		at[i] = vg.Point{
			X: into.Min.X + size.X/2 + vg.Length((p.x-(lo.x+hi.x)/2)*x),
			Y: into.Min.Y + size.Y/2 + vg.Length((p.y-(lo.y+hi.y)/2)*y),
		}
	}
	return at
}

// colour of a node so many hops from the asker; 1 has the first of the sequence.
func (p *meshPicture) colour(hops int) color.NRGBA {
	if p.hopsMax < 2 {
		return along(0.5)
	}
	return along(float64(hops-1) / float64(p.hopsMax-1))
}

func (p *meshPicture) drawLinks(c draw.Canvas) {
	for _, l := range p.Links {
		p.stroke(c, l, faint, min(p.radius*0.14, 0.7))
	}
}

// drawHits draws broad bands below the links that a hit came back over.
func (p *meshPicture) drawHits(c draw.Canvas) {
	for _, l := range p.Links {
		if l.Hit {
			p.stroke(c, l, hitInk, max(p.radius*1.1, 3.5))
		}
	}
}

func (p *meshPicture) drawFirsts(c draw.Canvas) {
	for _, l := range p.Links {
		if l.First {
			p.stroke(c, l, p.colour(p.Nodes[l.To].Hops), min(p.radius*0.3, 1.5))
		}
	}
}

func (p *meshPicture) stroke(c draw.Canvas, l simulations.MeshLink, ink color.Color, width vg.Length) {
	a, b := p.at[l.From], p.at[l.To]
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: width}, a.X, a.Y, b.X, b.Y)
}

// drawNodes draws the asker and the holders last, above the crowd.
func (p *meshPicture) drawNodes(c draw.Canvas) {
	for _, special := range []bool{false, true} {
		for i, node := range p.Nodes {
			if (node.Holder || node.Hops == 0) == special {
				p.drawNode(c, p.at[i], node)
			}
		}
	}
}

func (p *meshPicture) drawNode(c draw.Canvas, at vg.Point, node simulations.MeshNode) {
	mark, body, rim, width, radius := nodeMark, p.colour(node.Hops), white, min(p.radius*0.16, 0.8), p.radius
	if node.Holder {
		mark, rim, width, radius = holderMark, holderInk, min(p.radius*0.3, 1.4), max(p.radius, 2.5)
	}
	switch {
	case node.Hops == 0:
		mark, body, radius = askerMark, askerInk, max(p.radius, 5)
	case node.Hops < 0 && node.Holder:
		body = white
	case node.Hops < 0:
		body, rim, width = white, rule, min(p.radius*0.25, 1)
	}
	mark.fill(c, at, radius, body)
	mark.stroke(c, at, radius, width, rim)
}
