package report

import (
	"bytes"
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"starling/simulations"
)

// Sizes in points, 4/3 of a pixel of a web page each. PNG has two pixels for one
// of these, so that it is sharp on any screen.
const (
	chartWidth  = 675 // 900 px
	chartHeight = 420 // 560 px
	meshWidth   = 675
	meshHeight  = 510 // 680 px
	dotsPerInch = 192
	margin      = 16 // around everything
)

// Draw draws every chart of r and its mesh into dir, each as
// <scenario>-<name>.png and .svg, and returns the paths in that order. It makes
// dir when there is none; the files of an older drawing are replaced. A chart
// without points has empty axes that say so. Points that are no numbers, or have
// no place on a logarithmic axis, are left out. The same result gives the same
// bytes.
func Draw(dir string, r *simulations.Result) (files []string, err error) {
	if err := check(r); err != nil {
		return nil, err
	}
	for i := range r.Charts {
		chart := &r.Charts[i]
		onto := func(c draw.Canvas) { drawChart(c, chart) }
		if files, err = picture(files, dir, r.Scenario+"-"+chart.Name, chartWidth, chartHeight, onto); err != nil {
			return files, err
		}
	}
	if r.Mesh != nil {
		at := places(r.Mesh)
		onto := func(c draw.Canvas) { drawMesh(c, r.Mesh, at) }
		return picture(files, dir, r.Scenario+"-"+r.Mesh.Name, meshWidth, meshHeight, onto)
	}
	return files, nil
}

// picture draws one picture both ways and adds the two paths to files.
func picture(files []string, dir, name string, width, height vg.Length, onto func(draw.Canvas)) ([]string, error) {
	for _, kind := range []struct {
		ending string
		draw   func(width, height vg.Length, onto func(draw.Canvas)) ([]byte, error)
	}{{".png", asPNG}, {".svg", asSVG}} {
		content, err := kind.draw(width, height, onto)
		if err != nil {
			return files, fmt.Errorf("draw %s%s: %w", name, kind.ending, err)
		}
		path, err := write(dir, name+kind.ending, content)
		if err != nil {
			return files, err
		}
		files = append(files, path)
	}
	return files, nil
}

func asPNG(width, height vg.Length, onto func(draw.Canvas)) ([]byte, error) {
	var out bytes.Buffer
	image := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch))} // white
	onto(within(draw.New(image)))
	_, err := image.WriteTo(&out)
	return out.Bytes(), err
}

func asSVG(width, height vg.Length, onto func(draw.Canvas)) ([]byte, error) {
	var out bytes.Buffer
	vectors := vgsvg.New(width, height)
	c := draw.New(vectors)
	c.SetColor(white)
	c.Fill(c.Rectangle.Path())
	onto(within(c))
	_, err := vectors.WriteTo(&out)
	return withFallbackFonts(out.Bytes()), err
}

// withFallbackFonts names fonts whose letters are as wide as Liberation's, for
// those who have not got it.
func withFallbackFonts(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte(`style="font-family:Liberation Sans;`), []byte(`style="font-family:Liberation Sans,Arial,Helvetica,sans-serif;`))
}

// within is c without the margins.
func within(c draw.Canvas) draw.Canvas { return draw.Crop(c, margin, -margin, margin, -margin) }
