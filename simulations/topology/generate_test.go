package topology

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const seeds = 8

// Every degree that n nodes allow, from pairs to the complete graph.
func TestRegularIsRegular(t *testing.T) {
	for n := 2; n <= 18; n++ {
		for degree := 1; degree < n; degree++ {
			if n*degree%2 == 1 {
				continue
			}
			for seed := range uint64(seeds) {
				mustBeRegular(t, n, degree, seed)
			}
		}
	}
	for _, size := range [][2]int{{3_000, 2}, {3_000, 3}, {3_000, 8}, {301, 60}, {100, 49}, {100, 50}, {101, 98}} {
		mustBeRegular(t, size[0], size[1], 1)
	}
}

func mustBeRegular(t *testing.T, n, degree int, seed uint64) {
	t.Helper()
	g, err := Regular(n, degree, dice(seed))
	if err != nil {
		t.Fatalf("%d nodes, degree %d, seed %d: %v", n, degree, seed, err)
	}
	for v := range n {
		if g.Nodes() != n || g.Degree(v) != degree {
			t.Fatalf("%d nodes, degree %d, seed %d: node %d of %d has degree %d", n, degree, seed, v, g.Nodes(), g.Degree(v))
		}
	}
	mustBeSimple(t, g)
	if degree > 1 {
		mustBeConnected(t, g)
	}
}

// All 15 pairings of six ends are as likely, but for what must be mended: each
// link of the graph is there as often as any other.
func TestRegularPrefersNoLink(t *testing.T) {
	const n, degree, runs = 8, 3, 4000
	counts := map[[2]int]int{}
	rng := dice(3)
	for range runs {
		g, err := Regular(n, degree, rng)
		if err != nil {
			t.Fatal(err)
		}
		for v := range n {
			for _, u := range g.Neighbours(v) {
				counts[[2]int{v, int(u)}]++
			}
		}
	}
	p := float64(degree) / (n - 1) // that two given nodes are linked
	mustBeBinomial(t, "a link", counts, runs, p)
	if len(counts) != n*(n-1) {
		t.Errorf("%d of %d links were ever seen", len(counts), n*(n-1))
	}
}

// mustBeBinomial: counts of something that happens with chance p in each of runs
// lie within five standard deviations.
func mustBeBinomial[K comparable](t *testing.T, what string, counts map[K]int, runs int, p float64) {
	t.Helper()
	mean, sigma := float64(runs)*p, math.Sqrt(float64(runs)*p*(1-p))
	for k, n := range counts {
		if math.Abs(float64(n)-mean) > 5*sigma {
			t.Errorf("%s %v: %d times in %d, want %.0f ± %.0f", what, k, n, runs, mean, 5*sigma)
		}
	}
}

func TestSmallWorld(t *testing.T) {
	for seed := range uint64(seeds) {
		for _, c := range []struct {
			n, degree int
			rewire    float64
		}{{3, 2, 1}, {5, 4, 1}, {7, 4, 0.5}, {60, 2, 1}, {200, 2, 0.3}, {1000, 6, 0.1}, {1000, 4, 1}} {
			g, err := SmallWorld(c.n, c.degree, c.rewire, dice(seed))
			if err != nil {
				t.Fatal(err)
			}
			mustBeSimple(t, g)
			mustBeConnected(t, g)
			if g.Nodes() != c.n || g.Edges() != c.n*c.degree/2 {
				t.Errorf("%+v: %d nodes, %d edges", c, g.Nodes(), g.Edges())
			}
		}
	}
}

// Without rewiring it is the ring; a tenth rewired, nine tenths of it are left.
func TestSmallWorldRewiresItsShare(t *testing.T) {
	const n, degree = 20_000, 4
	ring, err := SmallWorld(n, degree, 0, dice(1))
	if err != nil {
		t.Fatal(err)
	}
	for v := range n {
		want := []uint32{uint32((v + n - 2) % n), uint32((v + n - 1) % n), uint32((v + 1) % n), uint32((v + 2) % n)}
		slices.Sort(want)
		if !slices.Equal(ring.Neighbours(v), want) {
			t.Fatalf("node %d of the ring is linked to %v", v, ring.Neighbours(v))
		}
	}
	g, err := SmallWorld(n, degree, 0.1, dice(1))
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for v := range n {
		for _, u := range g.Neighbours(v) {
			if _, ok := slices.BinarySearch(ring.Neighbours(v), u); !ok && int(u) > v {
				moved++
			}
		}
	}
	mustBeBinomial(t, "moved links of", map[string]int{"all": moved}, n*degree/2, 0.1)
}

func TestUltrapeers(t *testing.T) {
	for _, c := range []struct{ n, leavesPer, leafLinks, degree, core int }{
		{1100, 10, 3, 30, 100}, {1105, 10, 3, 30, 101}, {1089, 10, 2, 7, 100}, {40, 0, 1, 3, 40}, {8, 1, 4, 3, 4},
	} {
		for seed := range uint64(seeds) {
			g, leaves, err := Ultrapeers(c.n, c.leavesPer, c.leafLinks, c.degree, dice(seed))
			if err != nil {
				t.Fatal(err)
			}
			mustBeSimple(t, g)
			mustBeConnected(t, g)
			for v := range c.n {
				peers := 0
				for _, u := range g.Neighbours(v) {
					if !leaves[u] {
						peers++
					}
				}
				want := c.degree
				if leaves[v] {
					want = c.leafLinks
				}
				if leaves[v] != (v >= c.core) || peers != want || (leaves[v] && g.Degree(v) != want) {
					t.Fatalf("%+v: node %d, leaf %v, has %d links, %d of them to ultrapeers", c, v, leaves[v], g.Degree(v), peers)
				}
			}
		}
	}
}

// Leaves choose every ultrapeer as often.
func TestLeavesPreferNoUltrapeer(t *testing.T) {
	const core, leafLinks, leaves = 10, 3, 9990
	g, _, err := Ultrapeers(core+leaves, 999, leafLinks, 3, dice(5))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[int]int{}
	for v := range core {
		counts[v] = g.Degree(v) - 3
	}
	mustBeBinomial(t, "ultrapeer", counts, leaves, float64(leafLinks)/core)
}

// generators are all of them, with and without a mistake in their arguments.
var generators = map[string]func(*rand.Rand) (*Graph, error){
	"regular":     func(r *rand.Rand) (*Graph, error) { return Regular(300, 4, r) },
	"dense":       func(r *rand.Rand) (*Graph, error) { return Regular(30, 20, r) },
	"power law":   func(r *rand.Rand) (*Graph, error) { return PowerLaw(300, 2.3, 1, 50, r) },
	"small world": func(r *rand.Rand) (*Graph, error) { return SmallWorld(300, 2, 0.5, r) },
	"ultrapeers": func(r *rand.Rand) (*Graph, error) {
		g, _, err := Ultrapeers(300, 9, 2, 4, r)
		return g, err
	},
}

func TestOneSeedOneGraph(t *testing.T) {
	for name, generate := range generators {
		first, err := generate(dice(1))
		if err != nil {
			t.Fatal(name, err)
		}
		again, _ := generate(dice(1))
		other, _ := generate(dice(2))
		if !same(first, again) {
			t.Errorf("%s: the same seed made two graphs", name)
		}
		if same(first, other) {
			t.Errorf("%s: two seeds made the same graph", name)
		}
	}
}

func TestArgumentsThatMakeNoGraph(t *testing.T) {
	rng := dice(1)
	var errs []error
	add := func(_ *Graph, err error) { errs = append(errs, err) }
	for _, c := range [][2]int{{0, 0}, {1, 1}, {-4, 2}, {10, 0}, {10, -2}, {10, 10}, {7, 3}, {1 << 40, 4}, {1 << 31, 4}, {1 << 30, 8}} {
		add(Regular(c[0], c[1], rng))
	}
	for _, c := range []struct {
		n        int
		exponent float64
		min, max int
	}{{100, 2, 0, 5}, {100, 2, 1, 1}, {100, 2, 6, 5}, {100, 2, 1, 100}, {100, -1, 1, 5}, {100, math.NaN(), 1, 5}, {100, math.Inf(1), 1, 5},
		{101, 2, 3, 3}, {1 << 40, 2, 1, 5}, {1 << 40, 2, 1, 1 << 39}, {1 << 30, 0, 1, 1000}} {
		add(PowerLaw(c.n, c.exponent, c.min, c.max, rng))
	}
	for _, c := range []struct {
		n, degree int
		rewire    float64
	}{{10, 3, 0}, {10, 0, 0}, {10, 10, 0}, {10, 4, -0.1}, {10, 4, 1.1}, {10, 4, math.NaN()}, {1 << 40, 4, 0}} {
		add(SmallWorld(c.n, c.degree, c.rewire, rng))
	}
	for _, c := range [][4]int{{1, 1, 1, 1}, {100, -1, 2, 4}, {100, 9, 0, 4}, {100, 9, 11, 4}, {100, 9, 2, 10}, {1 << 40, 9, 2, 4}, {100, math.MaxInt, 1, 1}} {
		g, _, err := Ultrapeers(c[0], c[1], c[2], c[3], rng)
		add(g, err)
	}
	for i, err := range errs {
		if err == nil {
			t.Errorf("mistake %d was taken", i)
			continue
		}
		if !errors.Is(err, ErrTooBig) && !strings.Contains(err.Error(), "must be") && !strings.Contains(err.Error(), "take ") {
			t.Errorf("%q does not say what to do", err)
		}
	}
}
