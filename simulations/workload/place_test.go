package workload_test

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"starling/simulations/workload"
)

// byCopies gives the copies of all files, falling.
func byCopies(c *workload.Catalogue) []int {
	var out []int
	for f := range int32(c.Files()) {
		out = append(out, c.Copies(f))
	}
	slices.SortFunc(out, func(a, b int) int { return cmp.Compare(b, a) })
	return out
}

// The copies of rank r are the nearest whole number to C/r^s for one C. As that of
// rank 1 is within 1/2 of C, that of rank r is within 1/2 + 1/2·r^-s of its share
// in the first; and the slope of the logarithms is off by no more than what errors
// of that size can do, if all of them pull the same way.
func TestCopiesFollowZipf(t *testing.T) {
	for _, s := range []float64{0.5, 0.9, 1.2} {
		o := workload.Options{Nodes: 20_000, Files: 2000, Zipf: s, PerNode: 2}
		copies := byCopies(newCatalogue(t, o, nil, 1))
		if copies[0] >= 15_000 {
			t.Fatalf("exponent %g: everybody has the first file, %d copies: nothing can be measured", s, copies[0])
		}
		var x, y, off []float64
		sum := 0
		for i, n := range copies {
			sum += n
			share := math.Pow(float64(i+1), -s)
			if want := float64(copies[0]) * share; math.Abs(float64(n)-want) > 0.5+0.5*share && n != 1 {
				t.Fatalf("exponent %g: rank %d has %d copies, want %g", s, i+1, n, want)
			}
			if n >= 10 {
				x, y = append(x, math.Log(float64(i+1))), append(y, math.Log(float64(n)))
				off = append(off, math.Log(float64(n)/(float64(n)-0.5)))
			}
		}
		got, tolerance := slope(x, y, off)
		if math.Abs(got+s) > tolerance || tolerance > 0.05 {
			t.Errorf("slope %.4f of %d ranks, want %g within %.4f", got, len(x), -s, tolerance)
		}
		// No more than a few ranks can turn over to the next number at once.
		if want := 2 * 15_000; sum < want || sum > want+3 {
			t.Errorf("exponent %g: %d copies, want %d", s, sum, want)
		}
	}
}

// slope fits a line by least squares, and says how far off it can be if each y is
// off by no more than off.
func slope(x, y, off []float64) (slope, tolerance float64) {
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	var xy, xx, worst float64
	for i := range x {
		xy += (x[i] - mean) * y[i]
		xx += (x[i] - mean) * (x[i] - mean)
		worst += math.Abs(x[i]-mean) * off[i]
	}
	return xy / xx, worst / xx
}

// Every copy that a file has is on a node of its own, and exactly the free riders
// have none.
func TestHoldingsAddUp(t *testing.T) {
	for _, o := range []workload.Options{
		{Nodes: 1000, Files: 500},
		{Nodes: 1000, FreeRiders: 0.66},
		{Nodes: 1000, FreeRiders: -1, PerNode: 1},
		{Nodes: 50, Files: 2000, Zipf: -1},
		{Nodes: 40, Files: 3, PerNode: 100, FreeRiders: 0.5}, // each has all
	} {
		c := newCatalogue(t, o, nil, 1)
		copies := make([]int, c.Files())
		empty := 0
		for node := range o.Nodes {
			held := c.Held(node)
			if len(held) == 0 {
				empty++
			}
			if !slices.IsSorted(held) || len(slices.Compact(slices.Clone(held))) != len(held) {
				t.Fatalf("%+v: node %d holds %v", o, node, held)
			}
			for _, f := range held {
				copies[f]++
			}
		}
		for f, n := range copies {
			if n != c.Copies(int32(f)) || n < 1 {
				t.Fatalf("%+v: file %d is on %d nodes, and should be on %d", o, f, n, c.Copies(int32(f)))
			}
		}
		share := o.FreeRiders
		if share == 0 {
			share = 0.25
		}
		if want := int(math.Round(max(share, 0) * float64(o.Nodes))); empty != want {
			t.Errorf("%+v: %d nodes hold nothing, want %d", o, empty, want)
		}
	}
}

// Where each who shares has one file, the holders of a popular one lie anywhere
// among the nodes: the mean of c numbers below n is n/2, with a standard deviation
// of n/√(12c).
func TestFirstCopiesLieAnywhere(t *testing.T) {
	const nodes = 5000
	c := newCatalogue(t, workload.Options{Nodes: nodes, Files: 20, PerNode: 1}, nil, 1)
	totals := make([]float64, c.Files())
	for node := range nodes {
		for _, f := range c.Held(node) {
			totals[f] += float64(node)
		}
	}
	for f, total := range totals {
		copies := float64(c.Copies(int32(f)))
		if mean, dev := total/copies, nodes/math.Sqrt(12*copies); math.Abs(mean-nodes/2) > 5*dev {
			t.Errorf("file %d lies at %.0f ± %.0f on average, among %d nodes", f, mean, dev, nodes)
		}
	}
}

// A collection is held whole or not at all, wherever its files stand in the list.
func TestCollectionsStayWhole(t *testing.T) {
	files := awkward()
	for i := range files {
		files[i].Collection = int32(i % 5)
	}
	checkWhole(t, newCatalogue(t, workload.Options{Nodes: 100}, files, 1))
}

// checkWhole compares what each node holds of each collection with all of it.
func checkWhole(t *testing.T, c *workload.Catalogue) (collections int) {
	t.Helper()
	whole := make(map[int32]int)
	for f := range int32(c.Files()) {
		whole[c.File(f).Collection]++
	}
	for node := range c.Nodes() {
		part := make(map[int32]int)
		for _, f := range c.Held(node) {
			part[c.File(f).Collection]++
		}
		for collection, n := range part {
			if collection != 0 && n != whole[collection] {
				t.Fatalf("node %d holds %d of the %d files of collection %d", node, n, whole[collection], collection)
			}
		}
	}
	return len(whole)
}

// With a tail of 1.4 the richest 9.3 % of those who share should hold a half; if
// all had the same share in the copies, those would hold a sixth. Halfway between
// lies a third.
func TestFewHoldMuch(t *testing.T) {
	richest := func(tail float64) float64 {
		c := newCatalogue(t, workload.Options{Nodes: 10_000, Tail: tail}, nil, 1)
		var sizes []int
		all := 0
		for node := range c.Nodes() {
			sizes = append(sizes, len(c.Held(node)))
			all += len(c.Held(node))
		}
		slices.SortFunc(sizes, func(a, b int) int { return cmp.Compare(b, a) })
		top := 0
		for _, n := range sizes[:700] {
			top += n
		}
		return float64(top) / float64(all)
	}
	if got := richest(0); got < 1.0/3 || got > 2.0/3 {
		t.Errorf("7 %% of the nodes hold %.2f of the copies, want a half", got)
	}
	if got := richest(1000); got > 1.0/3 {
		t.Errorf("without a tail 7 %% of the nodes hold %.2f of the copies, want a sixth", got)
	}
}

// The rarest file has one copy when the number of files is left to New.
func TestFilesSuitTheNodes(t *testing.T) {
	for _, nodes := range []int{1, 10, 1000, 30_000} {
		c := newCatalogue(t, workload.Options{Nodes: nodes}, nil, 1)
		copies := byCopies(c)
		if last := copies[len(copies)-1]; last != 1 {
			t.Errorf("%d nodes: the rarest of %d files has %d copies", nodes, len(copies), last)
		}
		// Rank r of n has (n/r)^0.9 copies, which is less than 1.5 and so rounded
		// to 1 from r = n·1.5^(-1/0.9) on: in 36 of a hundred files.
		single := float64(len(copies)-slices.Index(copies, 1)) / float64(len(copies))
		if nodes >= 1000 && (single < 0.32 || single > 0.40) {
			t.Errorf("%d nodes: %.2f of %d files have one copy", nodes, single, len(copies))
		}
	}
	few := newCatalogue(t, workload.Options{Nodes: 1000}, awkward(), 1)
	if few.Files() != len(awkward()) {
		t.Errorf("%d files of %d names", few.Files(), len(awkward()))
	}
}

// What is popular is asked for often: the counts of the first ranks lie within five
// standard deviations of a binomial distribution.
func TestQuestionsFollowZipf(t *testing.T) {
	const draws, s = 5000, 0.9
	c := newCatalogue(t, workload.Options{Nodes: 2000, Files: 200}, nil, 1)
	asked := make([]int, c.Files())
	for rng := newRNG(2); ; {
		asked[c.Ask(rng).File]++
		if sum(asked) == draws {
			break
		}
	}
	order := make([]int32, c.Files())
	harmonic := 0.0
	for i := range order {
		order[i] = int32(i)
		harmonic += math.Pow(float64(i+1), -s)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(c.Copies(b), c.Copies(a)) })
	for rank, f := range order[:20] {
		p := math.Pow(float64(rank+1), -s) / harmonic
		if dev := math.Sqrt(draws * p * (1 - p)); math.Abs(float64(asked[f])-draws*p) > 5*dev {
			t.Errorf("rank %d was asked for %d times, want %.0f ± %.0f", rank+1, asked[f], draws*p, dev)
		}
	}
}

func sum(counts []int) (all int) {
	for _, n := range counts {
		all += n
	}
	return all
}

func TestOptionsOutOfBounds(t *testing.T) {
	nan := math.NaN()
	for name, o := range map[string]workload.Options{
		"no nodes": {}, "nodes": {Nodes: -1}, "too many nodes": {Nodes: 1<<30 + 1}, "files": {Nodes: 1, Files: -1}, "zipf": {Nodes: 1, Zipf: 11},
		"zipf nan": {Nodes: 1, Zipf: nan}, "riders": {Nodes: 1, FreeRiders: 1}, "riders nan": {Nodes: 1, FreeRiders: nan},
		"per node": {Nodes: 1, PerNode: 0.5}, "per node nan": {Nodes: 1, PerNode: nan}, "tail": {Nodes: 1, Tail: 1}, "tail nan": {Nodes: 1, Tail: nan},
		"filters": {Nodes: 1, FilterShare: 2}, "filters nan": {Nodes: 1, FilterShare: nan},
		"more files than names": {Nodes: 1, Files: 1000},
	} {
		if c, err := workload.New(o, awkward(), newRNG(1)); err == nil {
			t.Errorf("%s: %d files on %d nodes", name, c.Files(), c.Nodes())
		}
	}
	for name, files := range map[string][]workload.File{
		"none": {}, "empty name": {{Path: "a/"}}, "not UTF-8": {{Path: "\xff"}}, "long": {{Path: string(make([]byte, 256))}},
		"size": {{Path: "a", SizeBytes: 1 << 51}},
	} {
		if _, err := workload.New(workload.Options{Nodes: 1}, files, newRNG(1)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
