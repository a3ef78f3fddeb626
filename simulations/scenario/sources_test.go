package scenario

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"starling/simulations/topology"
)

// numbered is a mesh whose file calls its nodes 10, 20, 30 and, apart from these,
// 70 and 80.
func numbered(t *testing.T) *topology.Graph {
	t.Helper()
	g, _, err := topology.Read(strings.NewReader("10 20\n20 30\n70 80\n"), "edges", topology.Limit{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestSourcesFromAFile(t *testing.T) {
	g := numbered(t)
	for text, want := range map[string][]int64{
		"30\n10\n":                      {30, 10},
		"30":                            {30},
		"# note\n\n 10 # hub\r\n\t\n80": {10, 80},
		"  # note\n20\n20\n":            {20, 20},
		"source\n20\n":                  {20},
		"\ufeffSource,x\n20,4\n":        {20},
		"graph,rank,source_snap_id,degree\nG,0,70,16\n# note\nG,1,10\n": {70, 10},
		"a,source\n\"x,\"\"y\",30\n":                                    {30},
	} {
		nodes, err := parseSources(strings.NewReader(text), "list", g)
		var ids []int64
		for _, v := range nodes {
			ids = append(ids, g.ID(int(v)))
		}
		if err != nil || !slices.Equal(ids, want) {
			t.Errorf("%q: %v, %v", text, ids, err)
		}
	}
}

func TestWrongListsOfSources(t *testing.T) {
	g := numbered(t)
	for text, want := range map[string]string{
		"":                           "list lists no node",
		"# nothing\n":                "list lists no node",
		"source\n":                   "list lists no node",
		"10\n40\n":                   "list line 2: there is no node 40 in the mesh, which has 5 nodes",
		"10\n\n# a\nx\n":             `list line 4: "x" is no number of a node`,
		"sauce\n10\n":                `list line 1: "sauce" is no number of a node, and no heading such as source`,
		"-1\n":                       `"-1" is no number`,
		"10,20\n":                    "list line 1: a CSV of sources begins with a line of headings, one of them source or source_snap_id",
		"id,degree\n10,2\n":          "list line 1: a CSV of sources begins with",
		"a,source\n1,10\n2\n":        "list line 3: the line has 1 columns, and the sources are in column 2",
		"a,source\n1,\n":             `list line 2: "" is no number`,
		"9223372036854775808\n":      "is no number of a node",
		"10\n\"20\n":                 "list: ",
		strings.Repeat("x", 200):     `"xxx`,
		"source\n10\n10,\"\"\"\n":    "list: ",
		"\x00\n":                     "list line 1",
		"source,source_snap_id\n,10": "is no number",
	} {
		nodes, err := parseSources(strings.NewReader(text), "list", g)
		if nodes != nil || err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%q: %v, %v; want %s", text, nodes, err, want)
		}
	}
}

func TestSourcesPickedBySeed(t *testing.T) {
	g, err := topology.Regular(100, 3, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	s := load(t, "flood")
	s.Search.Sources = 10
	pick := func(seed uint64) []uint32 {
		nodes, err := sources(s, g, rand.New(rand.NewPCG(seed, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(nodes) || len(slices.Compact(slices.Clone(nodes))) != 10 {
			t.Errorf("%v are not ten different ones, ascending", nodes)
		}
		return nodes
	}
	if !slices.Equal(pick(1), pick(1)) || slices.Equal(pick(1), pick(2)) {
		t.Error("the seed does not decide")
	}
	// Of two components only the larger one asks.
	s.Search.Sources = 3
	nodes, err := sources(s, numbered(t), rand.New(rand.NewPCG(1, 1)))
	if err != nil || !slices.Equal(nodes, []uint32{0, 1, 2}) {
		t.Errorf("%v, %v", nodes, err)
	}
	s.Search.Sources = 4
	var input *InputError
	if _, err := sources(s, numbered(t), rand.New(rand.NewPCG(1, 1))); !errors.As(err, &input) || !strings.Contains(err.Error(), "only 3 nodes") {
		t.Error(err)
	}
	s.Search.SourcesFile = "/no/such/file"
	if _, err := sources(s, numbered(t), nil); !errors.As(err, &input) {
		t.Error(err)
	}
}

func FuzzSources(f *testing.F) {
	f.Add("source\n10\n")
	f.Add("10\n\"20\n")
	f.Add("# x\n 10 # y\n")
	f.Fuzz(func(t *testing.T, text string) {
		g := numbered(t)
		nodes, err := parseSources(strings.NewReader(text), "list", g)
		if err != nil && !strings.HasPrefix(err.Error(), "list") {
			t.Error(err)
		}
		for _, v := range nodes {
			if int(v) >= g.Nodes() {
				t.Errorf("node %d", v)
			}
		}
	})
}
