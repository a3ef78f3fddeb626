package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/vg/draw"

	"starling/simulations"
)

// Every chart and the mesh become a PNG and an SVG, which are the same bytes when
// the result was saved and loaded in between.
func TestDraw(t *testing.T) {
	build := func() *simulations.Result {
		r := recallResult()
		r.Mesh = meshResult(80, 4, 3).Mesh
		return r
	}
	once, again := filepath.Join(t.TempDir(), "new"), t.TempDir()
	files, err := Draw(once, build())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"recall-messages.png", "recall-messages.svg", "recall-mesh.png", "recall-mesh.svg"}, namesOf(files)); diff != "" {
		t.Fatal(diff)
	}
	checkPNG(t, files[0], 1800, 1120)
	checkPNG(t, files[2], 1800, 1360)
	svgText(t, contentOf(t, files[1]))
	svgText(t, contentOf(t, files[3]))
	if _, err := Save(again, build()); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(again)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Draw(again, loaded[0]); err != nil {
		t.Fatal(err)
	}
	for i, name := range namesOf(files) {
		if !bytes.Equal(contentOf(t, files[i]), contentOf(t, filepath.Join(again, name))) {
			t.Errorf("%s differs when it is drawn again", name)
		}
	}
}

func namesOf(files []string) []string {
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	return names
}

func TestChartsSayWhatTheyShow(t *testing.T) {
	for _, r := range []*simulations.Result{coverageResult(), recallResult(), latencyResult()} {
		for _, c := range r.Charts {
			text := svgText(t, svgOfChart(t, &c))
			want := []string{c.Title, c.X.Label, c.Y.Label}
			for _, s := range c.Series {
				want = append(want, s.Name)
			}
			for _, part := range want {
				if !strings.Contains(text, part+"\n") {
					t.Errorf("%s-%s does not say %q", r.Scenario, c.Name, part)
				}
			}
		}
	}
}

// checkPNG: a picture of this size, white at its edge, with the colours of more
// than text.
func checkPNG(t *testing.T, path string, width, height int) {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(contentOf(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	img, ok := decoded.(*image.RGBA)
	if size := decoded.Bounds().Size(); !ok || size.X != width || size.Y != height {
		t.Fatalf("%s is %T, %v, want %d × %d", path, decoded, size, width, height)
	}
	edge := margin*dotsPerInch/72 - 2
	inside := image.Rect(edge, edge, width-edge, height-edge)
	colours := map[[3]byte]bool{}
	for i := 0; i < len(img.Pix); i += 4 {
		c := [3]byte(img.Pix[i:])
		if at := image.Pt(i/4%width, i/4/width); c != [3]byte{255, 255, 255} && !at.In(inside) {
			t.Fatalf("%s has %v at its edge, at %v", path, c, at)
		}
		if c[0] != c[1] || c[1] != c[2] {
			colours[c] = true
		}
	}
	if len(colours) < 20 {
		t.Errorf("%s has only %d colours", path, len(colours))
	}
}

// svgText reads a whole SVG as XML and returns its texts, a line each.
func svgText(t *testing.T, content []byte) string {
	t.Helper()
	if bytes.Contains(content, []byte("<script")) {
		t.Errorf("it holds a script: %s", content)
	}
	var text strings.Builder
	for decoder, inText := xml.NewDecoder(bytes.NewReader(content)), false; ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		} else if err != nil {
			t.Fatalf("%v in %s", err, content)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inText = token.Name.Local == "text"
		case xml.CharData:
			if inText {
				text.Write(append(token, '\n'))
			}
		case xml.EndElement:
			inText = false
		}
	}
}

// Points without a place on the axes change nothing.
func TestDrawLeavesOutWhatHasNoPlace(t *testing.T) {
	chart := coverageResult().Charts[0]
	chart.Y.Log = true
	clean := svgOfChart(t, &chart)
	s := &chart.Series[1]
	s.Points = append(s.Points, [2]float64{1, 0}, [2]float64{100, -3}, [2]float64{math.NaN(), 1}, [2]float64{2, math.Inf(1)}, [2]float64{math.Inf(-1), 5})
	if !bytes.Equal(clean, svgOfChart(t, &chart)) {
		t.Error("points without a place are drawn")
	}
	s.Points = append(s.Points, [2]float64{100, 3})
	if bytes.Equal(clean, svgOfChart(t, &chart)) {
		t.Error("a point with a place is not drawn: the test shows nothing")
	}
}

func TestDrawSaysThatThereIsNoData(t *testing.T) {
	log := simulations.Axis{Log: true}
	for name, svg := range map[string][]byte{
		"a chart without series":       svgOfChart(t, &simulations.Chart{}),
		"a chart with nothing to show": svgOfChart(t, &simulations.Chart{X: log, Y: log, Series: []simulations.Series{{Name: "a", Points: [][2]float64{{0, 1}}}}}),
		"a mesh without nodes":         svgOfMesh(t, &simulations.Mesh{}),
	} {
		if !strings.Contains(svgText(t, svg), "no data\n") {
			t.Errorf("%s does not say so", name)
		}
	}
	if _, err := Draw(t.TempDir(), &simulations.Result{Scenario: "s", Charts: []simulations.Chart{{Name: "c"}}}); err != nil {
		t.Error(err)
	}
}

func TestDrawEscapes(t *testing.T) {
	r := spoofedResult()
	for _, svg := range [][]byte{svgOfChart(t, &r.Charts[0]), svgOfMesh(t, r.Mesh)} {
		text := svgText(t, svg)
		if strings.ContainsAny(text, "\x1b\x00\u202e\u200b") || !strings.Contains(text, `\u202egnp.\u200bc\x0ad\x09e\x00f</text><script>&"'`) {
			t.Errorf("it says %q", text)
		}
	}
}

// Names longer than any picture, and more series than there are styles.
func TestDrawCutsWhatDoesNotFit(t *testing.T) {
	long := strings.Repeat("word ", 100_000) + strings.Repeat("x", 100_000)
	chart := simulations.Chart{Name: "c", Title: long, X: simulations.Axis{Label: long}, Y: simulations.Axis{Label: long}}
	for range 200 {
		chart.Series = append(chart.Series, simulations.Series{Name: long, Points: [][2]float64{{1, 1}}})
	}
	files, err := Draw(t.TempDir(), &simulations.Result{Scenario: "s", Charts: []simulations.Chart{chart}})
	if err != nil {
		t.Fatal(err)
	}
	checkPNG(t, files[0], 1800, 1120) // nothing reaches the edge
	text := svgText(t, contentOf(t, files[1]))
	if !strings.Contains(text, "…\n") || !strings.Contains(text, "and 196 more\n") || len(text) > 3000 {
		t.Errorf("%d bytes: %.300q", len(text), text)
	}
}

func svgOfChart(t *testing.T, chart *simulations.Chart) []byte {
	t.Helper()
	svg, err := asSVG(chartWidth, chartHeight, func(c draw.Canvas) { drawChart(c, chart) })
	if err != nil {
		t.Fatal(err)
	}
	return svg
}

func svgOfMesh(t *testing.T, m *simulations.Mesh) []byte {
	t.Helper()
	svg, err := asSVG(meshWidth, meshHeight, func(c draw.Canvas) { drawMesh(c, m, places(m)) })
	if err != nil {
		t.Fatal(err)
	}
	return svg
}

func contentOf(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
