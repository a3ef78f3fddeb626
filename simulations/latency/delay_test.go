package latency

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"starling/simulations/hostile"
)

func dice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 3)) }

// planetLab reads the measured matrix, or skips.
func planetLab(t testing.TB) *Matrix {
	t.Helper()
	m, err := ReadMatrix(filepath.Join(hostile.DataFolder("../.."), "latency", "planetlab-rtt-ms-490x490.tsv.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no latency matrix to read: %v; set STARLING_DATA to the folder of test data", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// small is a matrix of three sites.
func small(t testing.TB) *Matrix {
	t.Helper()
	return mustRead(t, "0\t10\t300\n10\t0\t0.2\n300\t0.2\t0\n")
}

func models(t testing.TB, seed uint64) map[string]Delay {
	return map[string]Delay{
		"constant": Constant(time.Duration(seed)),
		"spread":   Spread(50*time.Millisecond, dice(seed)),
		"matrix":   small(t).Place(dice(seed)),
	}
}

// What Delay promises, for any two nodes.
func TestDelaysAreSymmetricPositiveAndFixed(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.Uint64Range(0, 1000).Draw(r, "seed")
		node := rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 1_000_000), rapid.Int())
		from, to := node.Draw(r, "from"), node.Draw(r, "to")
		again := models(t, seed)
		for name, model := range models(t, seed) {
			d := model.Delay(from, to)
			if d <= 0 || model.Delay(to, from) != d || model.Delay(from, to) != d {
				r.Fatalf("%s: %d to %d takes %v, and back %v", name, from, to, d, model.Delay(to, from))
			}
			if again[name].Delay(from, to) != d {
				r.Fatalf("%s: the same seed gave two delays", name)
			}
		}
	})
}

func TestSeedsDiffer(t *testing.T) {
	one, two := models(t, 1), models(t, 2)
	for _, name := range []string{"spread", "matrix"} {
		differ := 0
		for v := range 200 {
			if one[name].Delay(v, v+1) != two[name].Delay(v, v+1) {
				differ++
			}
		}
		if differ == 0 {
			t.Errorf("%s: two seeds gave the same delays", name)
		}
	}
}

func TestConstant(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{time.Second: time.Second, 0: 1, -5: 1} {
		if got := Constant(given).Delay(3, 4); got != want {
			t.Errorf("constant %v is %v", given, got)
		}
	}
}

// quantiles gives those of values.
func quantiles(values []float64, at ...float64) []float64 {
	slices.Sort(values)
	var found []float64
	for _, p := range at {
		found = append(found, values[int(p*float64(len(values)-1))])
	}
	return found
}

// sampled are delays of pairs of distinct nodes, in nanoseconds.
func sampled(d Delay, pairs int) []float64 {
	values := make([]float64, pairs)
	for i := range values {
		values[i] = float64(d.Delay(2*i, 2*i+1))
	}
	return values
}

// shape are the quantiles that tell a model by.
var shape = []float64{0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99}

// The model is the shape the text promises: pairs sampled against the
// distribution of distances in the band, whose chance to be below r is computed.
func TestSpreadIsTheBand(t *testing.T) {
	const median, pairs = 67_500 * time.Microsecond, 100_000
	if half := withinBand(bandMedian); math.Abs(half-0.5) > 0.0005 {
		t.Errorf("%.4f of all pairs are below the median", half)
	}
	for seed := range uint64(3) {
		values := sampled(Spread(median, dice(seed)), pairs)
		for _, p := range shape {
			q := quantiles(values, p)[0]
			got := withinBand(q / float64(median) * bandMedian)
			if sigma := math.Sqrt(p * (1 - p) / pairs); math.Abs(got-p) > 5*sigma+0.0005 {
				t.Errorf("seed %d: quantile %v is %v, which %.4f of all pairs are below", seed, p, time.Duration(q), got)
			}
		}
	}
}

// withinBand is the chance that two points of the band are less than r apart,
// summed over the difference of their heights.
func withinBand(r float64) (chance float64) {
	const steps = 20_000
	h := min(1, r) / steps
	for i := range steps {
		y := (float64(i) + 0.5) * h
		x := min(bandLength, math.Sqrt(r*r-y*y))
		chance += 2 * (1 - y) * x * (2*bandLength - x) / (bandLength * bandLength) * h
	}
	return chance
}

// In shape it resembles what was measured, within a quarter at each quantile.
func TestSpreadResemblesPlanetLab(t *testing.T) {
	m := planetLab(t)
	var measured []float64
	for a := range m.Sites() {
		for b := range a {
			measured = append(measured, float64(m.Between(a, b)))
		}
	}
	want, got := quantiles(measured, shape...), quantiles(sampled(Spread(time.Second, dice(1)), 100_000), shape...)
	for i, p := range shape {
		real, model := want[i]/want[2], got[i]/got[2]
		if ratio := model / real; ratio < 0.8 || ratio > 1.25 {
			t.Errorf("quantile %v: %.2f medians, measured %.2f", p, model, real)
		}
	}
}

func TestSpreadOfAnyMedian(t *testing.T) {
	for _, median := range []time.Duration{math.MinInt64, -1, 0, 1, time.Hour, math.MaxInt64} {
		d := Spread(median, dice(1))
		above, least := 0, 0
		for v := range 1000 {
			got := d.Delay(2*v, 2*v+1)
			if got <= 0 {
				t.Fatalf("median %v: %v", median, got)
			}
			if got > min(median, spreadMax) {
				above++
			}
			if got <= median/100 {
				least++
			}
		}
		if median > 1 && (above < 400 || above > 600) { // 6 standard deviations
			t.Errorf("median %v: %d of 1000 are above it", median, above)
		}
		if least > 20 { // one in two thousand is so close
			t.Errorf("median %v: %d of 1000 are the least delay", median, least)
		}
		if got := d.Delay(7, 7); got <= 0 || (median > 0 && got > max(median/100, 1)) {
			t.Errorf("median %v: a node needs %v to itself", median, got)
		}
	}
}

// Delays are asked once for each message: no memory may go into it.
func TestDelaysAllocateNothing(t *testing.T) {
	for name, d := range models(t, 1) {
		if n := testing.AllocsPerRun(100, func() { d.Delay(1, 999_999) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkDelay(b *testing.B) {
	all := models(b, 1)
	all["planetlab"] = planetLab(b).Place(dice(1))
	for _, name := range []string{"constant", "spread", "matrix", "planetlab"} {
		b.Run(name, func(b *testing.B) {
			d, from, to := all[name], 0, 999_999
			for b.Loop() {
				from, to = from+1, to-1
				d.Delay(from, to)
			}
		})
	}
}

func ExampleSpread() {
	d := Spread(50*time.Millisecond, rand.New(rand.NewPCG(1, 2)))
	fmt.Println(d.Delay(1, 2) == d.Delay(2, 1), d.Delay(1, 2) > 0)
	// Output: true true
}
