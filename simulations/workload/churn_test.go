package workload_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"starling/query"
	"starling/simulations/workload"
)

// Nodes come and go, some of them beyond those there were at first, between
// questions old and new: every answer stays the truth.
func TestAnswersUnderChurn(t *testing.T) {
	together := awkward()
	for i := range together {
		together[i].Collection = int32(i % 6)
	}
	for name, files := range map[string][]workload.File{"files": awkward(), "collections": together} {
		t.Run(name, func(t *testing.T) {
			const nodes, beyond = 40, 100
			c := newCatalogue(t, workload.Options{Nodes: nodes, PerNode: 3}, files, 1)
			rng := newRNG(2)
			old := []workload.Question{c.Ask(rng), c.Ask(rng), askFor(t, c, "type:audio", rng)}
			items, err := c.Plant([]float64{0.1, 0.5}, nil, rng)
			if err != nil {
				t.Fatal(err)
			}
			for round := range 60 {
				for range 5 {
					if node := rng.IntN(beyond); rng.IntN(2) == 0 {
						c.Clear(node)
						if held := c.Held(node); len(held) != 0 {
							t.Fatalf("round %d: a node that left holds %v", round, held)
						}
					} else {
						c.Place(node, rng)
					}
				}
				for _, q := range old {
					checkTruth(t, c, q.Query, beyond)
				}
				checkQuestion(t, c, c.Ask(rng), beyond)
				checkQuestion(t, c, c.AskItem(items[round%2], rng), beyond)
			}
		})
	}
}

// Nodes that are placed again look like those of New: so many free riders, each
// file drawn by its popularity, no file twice, planted items at their share. The
// tolerances are five standard deviations.
func TestPlacedAgain(t *testing.T) {
	const joins = 4000
	c := newCatalogue(t, workload.Options{Nodes: 5000, Files: 500, PerNode: 2}, nil, 1)
	rng := newRNG(2)
	items, err := c.Plant([]float64{0.05}, nil, rng)
	if err != nil {
		t.Fatal(err)
	}
	first := int32(0)
	for f := range int32(500) {
		if c.Copies(f) > c.Copies(first) {
			first = f
		}
	}
	var riders, planted, total, ofFirst int
	for range joins {
		c.Place(7, rng)
		held := c.Held(7)
		if !slices.IsSorted(held) || len(slices.Compact(slices.Clone(held))) != len(held) {
			t.Fatalf("it holds %v", held)
		}
		if n := len(held); n > 0 && held[n-1] == items[0].File {
			planted++
			held = held[:n-1]
		}
		if len(held) == 0 {
			riders++
		}
		if slices.Contains(held, first) {
			ofFirst++
		}
		total += len(held)
	}
	within := func(what string, got int, p float64) {
		t.Helper()
		if dev := math.Sqrt(joins * p * (1 - p)); math.Abs(float64(got)-joins*p) > 5*dev {
			t.Errorf("%s: %d of %d, want %.0f ± %.0f", what, got, joins, joins*p, dev)
		}
	}
	within("free riders", riders, 0.25)
	within("holders of the item", planted, 0.05)
	// A Pareto variable of exponent 1.4 and mean 2, at least 1 and 250 at most, has
	// a mean between 1.5 and 2.5; its deviation is 250 at the very most, so the mean
	// of 3,000 is known to 5·√(2·250)/√3000 = 2 at worst, and the first file, which
	// one draw in ten takes, is on between one node in ten and one in four.
	if mean := float64(total) / float64(joins-riders); mean < 1.5 || mean > 4.5 {
		t.Errorf("those who share hold %.2f files, want about 2", mean)
	}
	if share := float64(ofFirst) / float64(joins-riders); share < 0.1 || share > 0.25 {
		t.Errorf("the first file is on %.3f of those who share", share)
	}
}

func TestPlantedItems(t *testing.T) {
	c := newCatalogue(t, workload.Options{Nodes: 3000, Files: 500}, nil, 1)
	rng := newRNG(2)
	var odd []uint32
	for node := uint32(1); node < 3000; node += 2 {
		odd = append(odd, node)
	}
	shares := []float64{0, 0.0001, 0.001, 0.01, 1}
	for _, check := range []struct {
		among []uint32
		want  []int
	}{
		{nil, []int{1, 1, 3, 30, 3000}},
		{odd, []int{1, 1, 2, 15, 1500}}, // 1.5 rounds up
	} {
		items, err := c.Plant(shares, check.among, rng)
		if err != nil {
			t.Fatal(err)
		}
		for i, item := range items {
			q := c.AskItem(item, rng)
			if !slices.Equal(q.Matching, []int32{item.File}) || q.File != item.File || !slices.Equal(q.Holders, item.Holders) {
				t.Errorf("%q finds %v of %v, want %d of %v", item.Word, q.Matching, q.Holders, item.File, item.Holders)
			}
			if len(q.Holders) != check.want[i] {
				t.Errorf("share %g: %d copies, want %d", item.Share, len(q.Holders), check.want[i])
			}
			if i == 3 {
				checkQuestion(t, c, q, 3000)
			}
			for _, node := range item.Holders {
				if check.among != nil && node%2 == 0 {
					t.Errorf("share %g: planted on node %d", item.Share, node)
				}
			}
		}
	}
}

// A query that was under way before finds items that match it too, and no item
// has a word that a name begins with.
func TestPlantingIsNoticed(t *testing.T) {
	c := newCatalogue(t, workload.Options{Nodes: 30}, awkward(), 1)
	rng := newRNG(2)
	var old []workload.Question
	for letter := 'a'; letter <= 'z'; letter++ {
		old = append(old, askFor(t, c, string(letter), rng))
	}
	items, err := c.Plant([]float64{0.2}, nil, newRNG(3))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range old {
		checkTruth(t, c, q.Query, 30)
	}
	taken := append(awkward(), workload.File{Path: items[0].Word + "s.txt"})
	c = newCatalogue(t, workload.Options{Nodes: 30}, taken, 1)
	if items, err = c.Plant([]float64{0.2}, nil, newRNG(3)); err != nil {
		t.Fatal(err)
	}
	q := c.AskItem(items[0], rng)
	if !slices.Equal(q.Matching, []int32{items[0].File}) {
		t.Errorf("%q finds %v beside %d", items[0].Word, q.Matching, items[0].File)
	}
}

// One copy is as likely on any node as on another: 1,000 items on 20 nodes make 50
// on each, with a standard deviation of √(50·19/20) = 6.9.
func TestItemsArePlantedUniformly(t *testing.T) {
	c := newCatalogue(t, workload.Options{Nodes: 20}, nil, 1)
	items, err := c.Plant(make([]float64, 1000), nil, newRNG(2))
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 20)
	for _, item := range items {
		counts[item.Holders[0]]++
	}
	if slices.Min(counts) < 50-5*7 || slices.Max(counts) > 50+5*7 {
		t.Errorf("items on each node: %v", counts)
	}
	if _, err := c.Plant([]float64{0}, nil, newRNG(2)); err == nil {
		t.Error("more items than are possible")
	}
}

func TestPlantRefuses(t *testing.T) {
	c := newCatalogue(t, workload.Options{Nodes: 20}, nil, 1)
	for name, check := range map[string]struct {
		share float64
		nodes []uint32
	}{
		"share": {-0.1, nil}, "large share": {1.1, nil}, "share nan": {math.NaN(), nil}, "no nodes": {1, []uint32{}},
		"node": {1, []uint32{1 << 31}}, "twice": {1, []uint32{3, 4, 3}},
	} {
		if items, err := c.Plant([]float64{check.share}, check.nodes, newRNG(1)); err == nil {
			t.Errorf("%s: %v", name, items)
		}
	}
	if c.Files() != newCatalogue(t, workload.Options{Nodes: 20}, nil, 1).Files() {
		t.Error("a plant that was refused left files")
	}
}

// Spam has nothing to do with any question, and can travel.
func TestSpam(t *testing.T) {
	c := newCatalogue(t, workload.Options{Nodes: 50}, awkward(), 1)
	rng := newRNG(2)
	sizes := make(map[int]bool)
	for range 200 {
		spam := c.Spam(rng)
		sizes[len(spam)] = true
		q := c.Ask(rng)
		raw, err := query.EncodeBatch(&query.Batch{Entries: spam})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := query.DecodeBatch(raw); err != nil {
			t.Fatal(err)
		}
		for _, term := range q.Query.Expr.Terms() {
			for _, e := range spam {
				// Short words begin others by chance, and some are extensions.
				if len(term.Words[0]) > 3 && strings.Contains(e.Name, term.Words[0]) {
					t.Errorf("%q answers %q", e.Name, q.Query.Expr)
				}
			}
		}
	}
	if len(sizes) != 5 {
		t.Errorf("numbers of entries: %v, want 1 to 5", sizes)
	}
}

// transcript is all that a catalogue does for one seed.
func transcript(t *testing.T, names []workload.File, seed uint64) string {
	t.Helper()
	rng := newRNG(seed)
	c, err := workload.New(workload.Options{Nodes: 300}, names, rng)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	add := func(values ...any) { fmt.Fprintln(&out, values...) }
	items, err := c.Plant([]float64{0.01, 0.1}, nil, rng)
	if err != nil {
		t.Fatal(err)
	}
	add(items, c.Spam(rng))
	for i := range 40 {
		c.Place(300+i, rng)
		c.Clear(rng.IntN(300))
		q := c.Ask(rng)
		add(q.Query.GUID, q.Query.Expr, q.File, q.Matching, q.Holders)
		for _, node := range q.Holders {
			add(c.Answer(int(node), q.Query))
		}
		q = c.AskItem(items[i%2], rng)
		add(q.Query.GUID, q.Query.Expr, q.Holders)
	}
	for f := range int32(c.Files()) {
		add(c.File(f), c.Copies(f))
	}
	for node := range 340 {
		add(c.Held(node))
	}
	return out.String()
}

func TestOneSeedOneWorld(t *testing.T) {
	together := awkward()
	for i := range together {
		together[i].Collection = int32(1 + i%12)
	}
	for name, files := range map[string][]workload.File{"invented": nil, "names": awkward(), "collections": together} {
		before := slices.Clone(files)
		first := transcript(t, files, 1)
		if first != transcript(t, files, 1) {
			t.Errorf("%s: two runs of one seed differ", name)
		}
		if first == transcript(t, files, 2) {
			t.Errorf("%s: two seeds give one world", name)
		}
		if !reflect.DeepEqual(before, files) {
			t.Errorf("%s: New wrote to the names", name)
		}
	}
}
