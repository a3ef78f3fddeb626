package workload

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A chooser draws each number by its weight, within five standard deviations.
func TestChooser(t *testing.T) {
	const draws = 100_000
	rng := rand.New(rand.NewPCG(1, 0))
	for _, weights := range [][]float64{{1}, {1, 1, 1}, {1e-9, 1}, {5, 1, 0.1, 3, 0.01}, zipf(50, 0.9), zipf(10, 0)} {
		sum := 0.0
		for _, w := range weights {
			sum += w
		}
		c := newChooser(weights)
		counts := make([]float64, len(weights))
		for range draws {
			counts[c.draw(rng)]++
		}
		for i, w := range weights {
			p := w / sum
			if dev := math.Sqrt(draws * p * (1 - p)); math.Abs(counts[i]-draws*p) > 5*dev+1 {
				t.Errorf("%v: number %d was drawn %.0f times, want %.0f ± %.0f", weights, i, counts[i], draws*p, dev)
			}
		}
	}
}

func TestSets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range 200 {
		n := 1 + rng.IntN(3000)
		var members []int32
		some(rng.IntN(n+1)/(1+rng.IntN(400)), n, rng, func(i int) { members = append(members, int32(i)) })
		s := newSet(members, n)
		for i := range int32(n + 100) {
			if want := slices.Contains(members, i); s.has(i) != want {
				t.Fatalf("%d of %v within %d: %v", i, members, n, !want)
			}
		}
		if got := s.members(); !slices.Equal(got, members) {
			t.Fatalf("members %v, want %v", got, members)
		}
	}
}

func TestTranspose(t *testing.T) {
	r := rows{off: []uint32{0, 2, 2, 5}, to: []int32{3, 0, 1, 0, 3}}
	got := r.transpose(5)
	for i, want := range [][]int32{{0, 2}, {2}, nil, {0, 2}, nil, nil} {
		if row := got.row(int32(i)); !slices.Equal(row, want) {
			t.Errorf("row %d is %v, want %v", i, row, want)
		}
	}
}

// The copies of all ranks add up to what was asked for, as far as single copies and
// everybody's allow; even where the weights span sixty powers of ten.
func TestCopyCounts(t *testing.T) {
	for _, check := range []struct {
		n, most  int
		exponent float64
		total    float64
		least    int
		greatest int
	}{
		{1, 1, 0.9, 10, 1, 1},
		{10, 7, 0.9, 1000, 70, 70},  // everybody has all
		{10, 7, 0.9, 3, 10, 10},     // one of each
		{10, 100, 0, 200, 200, 200}, // all alike
		{10, 100, 0, 205, 210, 210}, // the next whole number of each
		{1000, 900, 0.9, 5000, 5000, 5002},
		{100_000, 900, 10, 100_500, 100_500, 100_502},
	} {
		counts := copyCounts(zipf(check.n, check.exponent), check.most, check.total)
		sum := 0
		for i, count := range counts {
			if sum += int(count); count < 1 || int(count) > check.most || i > 0 && count > counts[i-1] {
				t.Fatalf("%+v: rank %d has %d copies", check, i+1, count)
			}
		}
		if sum < check.least || sum > check.greatest {
			t.Errorf("%+v: %d copies", check, sum)
		}
	}
}

// What is forgotten of old queries is the oldest, and no more than must be.
func TestMemoIsBounded(t *testing.T) {
	c, err := New(Options{Nodes: 500, Files: 300, MemoBytes: 20 * answerBytes}, nil, rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 0))
	for i := range 500 {
		q := c.Ask(rng)
		if i%3 == 0 { // the same question once more
			c.Ask(rand.New(rand.NewPCG(uint64(i), 0)))
			q = c.Ask(rand.New(rand.NewPCG(uint64(i), 0)))
		}
		c.Answer(0, q.Query)
		bytes := int64(0)
		for _, a := range c.memo.answers {
			bytes += a.bytes()
		}
		if bytes != c.memo.bytes || bytes > c.memo.bytesMax || len(c.memo.answers) != len(c.memo.oldest) {
			t.Fatalf("%d bytes of %d answers, counted as %d of %d", bytes, len(c.memo.answers), c.memo.bytes, len(c.memo.oldest))
		}
		if c.memo.answers[q.Query.GUID] == nil {
			t.Fatal("the newest query is forgotten")
		}
	}
	if len(c.memo.answers) < 5 {
		t.Errorf("%d queries remembered", len(c.memo.answers))
	}
}

func TestInventedWordsAreDistinct(t *testing.T) {
	all := inventWords(vocabularyMax, rand.New(rand.NewPCG(1, 0)))
	slices.Sort(all)
	if distinct := len(slices.Compact(all)); distinct != vocabularyMax {
		t.Errorf("%d distinct words of %d", distinct, vocabularyMax)
	}
}
