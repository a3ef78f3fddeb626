package report

import (
	"fmt"
	"path/filepath"
	"strings"

	"starling/simulations"
)

const (
	nameBytesMax = 80   // two of them, a mark and an ending make a name on any file system
	meshNodesMax = 2000 // more are a blot in a picture, and take seconds to place
	meshLinksMax = 20_000
	chartsMax    = 100
)

// check says why r can not become files: every name must be fit for the name of
// a file and belong to one picture, and every link of the mesh to two nodes.
func check(r *simulations.Result) error {
	if err := checkName("scenario", r.Scenario); err != nil {
		return err
	}
	if len(r.Charts) > chartsMax {
		return fmt.Errorf("%d charts are more than %d", len(r.Charts), chartsMax)
	}
	taken := map[string]bool{}
	for _, name := range pictures(r) {
		if err := checkName("picture", name); err != nil {
			return err
		}
		if folded := strings.ToLower(name); taken[folded] { // some file systems do not tell a from A
			return fmt.Errorf("two pictures are named %q: give each chart and the mesh its own name", name)
		} else {
			taken[folded] = true
		}
	}
	return checkMesh(r.Mesh)
}

// pictures are the names of what Draw draws, in its order.
func pictures(r *simulations.Result) []string {
	var names []string
	for _, c := range r.Charts {
		names = append(names, c.Name)
	}
	if r.Mesh != nil {
		names = append(names, r.Mesh.Name)
	}
	return names
}

// checkName lets pass what is a file name everywhere and stays in its folder.
func checkName(what, name string) error {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
	}
	odd := strings.IndexFunc(name, func(c rune) bool { return !plain(c) }) >= 0
	if name == "" || len(name) > nameBytesMax || odd || strings.Trim(name, ".") != name || !filepath.IsLocal(name) {
		return fmt.Errorf("the %s name %.100q can not be part of a file's name: use up to %d of a–z, 0–9, - and _", what, name, nameBytesMax)
	}
	return nil
}

func checkMesh(m *simulations.Mesh) error {
	if m == nil {
		return nil
	}
	if len(m.Nodes) > meshNodesMax || len(m.Links) > meshLinksMax {
		return fmt.Errorf("the mesh %q has %s and %s: a picture holds up to %s and %s", m.Name,
			count(len(m.Nodes), "node"), count(len(m.Links), "link"), whole(meshNodesMax), whole(meshLinksMax))
	}
	for i, l := range m.Links {
		if min(l.From, l.To) < 0 || max(l.From, l.To) >= len(m.Nodes) {
			return fmt.Errorf("link %d of the mesh %q joins the nodes %d and %d of %d", i, m.Name, l.From, l.To, len(m.Nodes))
		}
	}
	return nil
}
