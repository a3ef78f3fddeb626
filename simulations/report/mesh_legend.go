package report

import (
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"starling/simulations"
)

const (
	keyRow      = vg.Length(20)
	keyRadius   = vg.Length(5.5)
	keyColumn   = vg.Length(24) // from the left of a sample to its text
	hopsPerRow  = 6
	hopBlock    = vg.Length(18)
	hopsLabels  = 12 // more hops than this are one band of colour
	legendSpace = vg.Length(10)
)

// drawLegend explains, from the top of c, every mark that the picture has.
func (p *meshPicture) drawLegend(c draw.Canvas) {
	at := vg.Point{X: c.Min.X, Y: c.Max.Y - 12}
	for _, node := range []struct {
		text string
		node simulations.MeshNode
		has  func(simulations.MeshNode) bool
	}{
		{"the asker", simulations.MeshNode{}, func(n simulations.MeshNode) bool { return n.Hops == 0 }},
		{"holds the file", simulations.MeshNode{Hops: 1, Holder: true}, func(n simulations.MeshNode) bool { return n.Holder && n.Hops > 0 }},
		{"holds it, not reached", simulations.MeshNode{Hops: -1, Holder: true}, func(n simulations.MeshNode) bool { return n.Holder && n.Hops < 0 }},
		{"reached", simulations.MeshNode{Hops: 1}, func(n simulations.MeshNode) bool { return !n.Holder && n.Hops > 0 }},
		{"not reached", simulations.MeshNode{Hops: -1}, func(n simulations.MeshNode) bool { return !n.Holder && n.Hops < 0 }},
	} {
		if !slices.ContainsFunc(p.Nodes, node.has) {
			continue
		}
		sample := *p
		sample.radius = keyRadius
		sample.drawNode(c, vg.Point{X: at.X + 9, Y: at.Y}, node.node)
		at = p.key(c, at, node.text)
	}
	at.Y -= legendSpace
	at = p.drawHops(c, at)
	at.Y -= legendSpace
	p.drawLinkKeys(c, at)
}

// key writes the text of a sample and returns the place of the next.
func (p *meshPicture) key(c draw.Canvas, at vg.Point, text string) vg.Point {
	sty := letters(11.5, ink)
	sty.YAlign = draw.YCenter
	c.FillText(sty, vg.Point{X: at.X + keyColumn, Y: at.Y + 1}, text)
	at.Y -= keyRow
	return at
}

func (p *meshPicture) drawLinkKeys(c draw.Canvas, at vg.Point) {
	first := func(l simulations.MeshLink) bool { return l.First }
	plain := "other link"
	if !slices.ContainsFunc(p.Links, first) {
		plain = "link"
	}
	for _, link := range []struct {
		text string
		has  func(simulations.MeshLink) bool
		draw func(from, to vg.Point)
	}{
		{"a hit came back", func(l simulations.MeshLink) bool { return l.Hit }, func(from, to vg.Point) {
			c.StrokeLine2(draw.LineStyle{Color: hitInk, Width: 5}, from.X, from.Y, to.X, to.Y)
			c.StrokeLine2(draw.LineStyle{Color: p.colour(1), Width: 1.5}, from.X, from.Y, to.X, to.Y)
		}},
		{"brought a first copy", first, func(from, to vg.Point) {
			c.StrokeLine2(draw.LineStyle{Color: p.colour(1), Width: 1.5}, from.X, from.Y, to.X, to.Y)
		}},
		{plain, func(l simulations.MeshLink) bool { return !l.First }, func(from, to vg.Point) {
			c.StrokeLine2(draw.LineStyle{Color: faint, Width: 1}, from.X, from.Y, to.X, to.Y)
		}},
	} {
		if slices.ContainsFunc(p.Links, link.has) {
			link.draw(at, vg.Point{X: at.X + 18, Y: at.Y})
			at = p.key(c, at, link.text)
		}
	}
}

// drawHops draws the colours of 1, 2, … hops as blocks with their numbers, or a
// band from the first to the last where they are many.
func (p *meshPicture) drawHops(c draw.Canvas, at vg.Point) vg.Point {
	if !slices.ContainsFunc(p.Nodes, func(n simulations.MeshNode) bool { return n.Hops > 0 }) {
		return at
	}
	sty := letters(11.5, ink)
	c.FillText(sty, vg.Point{X: at.X, Y: at.Y - 4}, "links from the asker")
	at.Y -= keyRow
	blocks, wide := p.hopsMax, hopBlock
	if p.hopsMax > hopsLabels {
		blocks, wide = 4*hopsPerRow, hopBlock/4
	}
	small := letters(10.5, ink)
	small.XAlign = draw.XCenter
	for i := range blocks {
		x, y := at.X+vg.Length(i)*wide, at.Y
		label := strconv.Itoa(i + 1)
		shade := p.colour(i + 1)
		if p.hopsMax > hopsLabels {
			label = map[int]string{0: "1", blocks - 1: whole(p.hopsMax)}[i]
			shade = along(float64(i) / float64(blocks-1))
		} else if i >= hopsPerRow {
			x, y = x-hopsPerRow*wide, y-30
		}
		corner := vg.Rectangle{Min: vg.Point{X: x, Y: y - 6}, Max: vg.Point{X: x + wide + 0.1, Y: y + 6}}
		c.SetColor(shade)
		c.Fill(corner.Path())
		if label != "" {
			c.FillText(small, vg.Point{X: x + wide/2, Y: y - 19}, label)
		}
	}
	at.Y -= 36
	if p.hopsMax > hopsPerRow && p.hopsMax <= hopsLabels {
		at.Y -= 30
	}
	return at
}
