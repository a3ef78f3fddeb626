package report

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"starling/simulations"
)

// Of two nodes, the one with more hops lies further from the asker, and one that
// was not reached further than those that were: nearly always, since other forces
// move them as well.
func TestRingsShowTheHops(t *testing.T) {
	m := meshResult(150, 4, 3).Mesh
	at := places(m)
	pairs, inOrder := 0, 0
	for i, a := range m.Nodes {
		for j, b := range m.Nodes {
			if a.Hops >= 0 && (a.Hops < b.Hops || b.Hops < 0) {
				pairs++
				if math.Hypot(at[i].x, at[i].y) < math.Hypot(at[j].x, at[j].y) {
					inOrder++
				}
			}
		}
	}
	if share := float64(inOrder) / float64(pairs); pairs < 1000 || share < 0.99 {
		t.Errorf("%.3f of %d pairs of nodes lie in the order of their hops", share, pairs)
	}
}

// Links that brought a first copy are short, and where there was no query, all
// links are clearly shorter than what lies between any two nodes.
func TestLinksPull(t *testing.T) {
	m := meshResult(150, 4, 3).Mesh
	first, other := lengths(m.Links, places(m))
	if first > other/2 {
		t.Errorf("links of first copies have a mean length of %.2f, others %.2f", first, other)
	}
	for i := range m.Nodes {
		m.Nodes[i].Hops = -1
	}
	for i := range m.Links {
		m.Links[i].First = false
	}
	at := places(m)
	_, linked := lengths(m.Links, at)
	var pairs []simulations.MeshLink
	for i := range m.Nodes {
		for j := range i {
			pairs = append(pairs, simulations.MeshLink{From: i, To: j})
		}
	}
	if _, apart := lengths(pairs, at); linked > apart*0.7 {
		t.Errorf("linked nodes are %.2f apart, any two %.2f", linked, apart)
	}
}

// lengths are the mean lengths of links that brought a first copy, and of others.
func lengths(links []simulations.MeshLink, at []place) (first, other float64) {
	var firsts, others float64
	for _, l := range links {
		length := math.Hypot(at[l.From].x-at[l.To].x, at[l.From].y-at[l.To].y)
		if l.First {
			first, firsts = first+length, firsts+1
		} else {
			other, others = other+length, others+1
		}
	}
	return first / firsts, other / others
}

// Nodes have places of their own within the picture, whatever the mesh.
func TestEveryNodeHasAPlace(t *testing.T) {
	unasked := meshResult(60, 3, 2).Mesh
	for i := range unasked.Nodes {
		unasked.Nodes[i].Hops = -1
	}
	loose := &simulations.Mesh{Nodes: make([]simulations.MeshNode, 40)} // no links at all, everybody asks
	odd := &simulations.Mesh{Nodes: []simulations.MeshNode{{Hops: math.MaxInt}, {Hops: math.MinInt}, {Hops: 0}},
		Links: []simulations.MeshLink{{From: 0, To: 0, First: true}, {From: 0, To: 1, First: true}, {From: 1, To: 0, First: true}}}
	into := vg.Rectangle{Min: vg.Point{X: 10, Y: 20}, Max: vg.Point{X: 400, Y: 300}}
	for name, m := range map[string]*simulations.Mesh{
		"flooded": meshResult(200, 4, 3).Mesh, "unasked": unasked, "loose": loose, "odd": odd, "one": {Nodes: make([]simulations.MeshNode, 1)}, "none": {},
	} {
		at := spread(places(m), into)
		if len(at) != len(m.Nodes) {
			t.Fatalf("%s: %d places for %d nodes", name, len(at), len(m.Nodes))
		}
		for i, p := range at {
			if !(p.X >= into.Min.X-1e-6 && p.X <= into.Max.X+1e-6 && p.Y >= into.Min.Y-1e-6 && p.Y <= into.Max.Y+1e-6) {
				t.Errorf("%s: node %d is at %v, outside", name, i, p)
			}
			for j := range i {
				if math.Hypot(float64(p.X-at[j].X), float64(p.Y-at[j].Y)) < 1 {
					t.Errorf("%s: nodes %d and %d are both at %v", name, i, j, p)
				}
			}
		}
	}
}

func TestMeshLegendNamesWhatThereIs(t *testing.T) {
	for _, c := range []struct {
		m    *simulations.Mesh
		want string
	}{
		{meshResult(120, 4, 4).Mesh, "One query through a mesh|the asker|holds the file|holds it, not reached|reached|not reached|links from the asker|1|2|3|4|a hit came back|brought a first copy|other link|"},
		{&simulations.Mesh{Nodes: []simulations.MeshNode{{}, {Hops: 1 << 40}}}, "the asker|reached|links from the asker|1|1,099,511,627,776|"},
		{&simulations.Mesh{Nodes: []simulations.MeshNode{{Hops: -1}, {Hops: -1}}, Links: []simulations.MeshLink{{To: 1}}}, "not reached|link|"},
	} {
		if got := strings.ReplaceAll(svgText(t, svgOfMesh(t, c.m)), "\n", "|"); got != c.want {
			t.Errorf("the picture says %s, want %s", got, c.want)
		}
	}
}

func TestTooLargeAMeshIsRefused(t *testing.T) {
	for _, m := range []*simulations.Mesh{
		{Name: "m", Nodes: make([]simulations.MeshNode, meshNodesMax+1)},
		{Name: "m", Nodes: make([]simulations.MeshNode, 1), Links: make([]simulations.MeshLink, meshLinksMax+1)},
	} {
		if files, err := Draw(t.TempDir(), &simulations.Result{Scenario: "s", Mesh: m}); err == nil || !strings.Contains(err.Error(), "2,000") {
			t.Error(files, err)
		}
	}
}
