package report

import (
	"math"
	"strings"
	"testing"

	"starling/simulations"
)

func labelsOf(s scale) string {
	var labels []string
	for _, tick := range s.ticks {
		if tick.Label != "" {
			labels = append(labels, tick.Label)
		}
	}
	return strings.Join(labels, " ")
}

func TestTicks(t *testing.T) {
	log := simulations.Axis{Log: true}
	for _, c := range []struct {
		name    string
		axis    simulations.Axis
		values  []float64
		upright bool
		want    string
	}{
		{"TTL", simulations.Axis{}, []float64{1, 7}, false, "1 2 3 4 5 6 7"},
		{"two whole numbers", simulations.Axis{}, []float64{1, 2}, false, "1 2"},
		{"per cent", simulations.Axis{}, []float64{0.07, 99.8}, true, "0 20 40 60 80 100"},
		{"set", simulations.Axis{Min: 50, Max: 100}, []float64{3}, true, "50 60 70 80 90 100"},
		{"set too close", simulations.Axis{Min: 1, Max: 1 + 1e-15}, []float64{0, 4}, true, "0 1 2 3 4"},
		{"whole steps", simulations.Axis{}, []float64{0, 15}, true, "0 5 10 15"},
		{"thousands", simulations.Axis{}, []float64{0, 11_000}, true, "0 2,000 4,000 6,000 8,000 10,000 12,000"},
		{"millions", simulations.Axis{}, []float64{0.5, 2.4e6}, true, "0 0.5M 1.0M 1.5M 2.0M 2.5M"},
		{"parts", simulations.Axis{}, []float64{0.01, 0.045}, true, "0 0.01 0.02 0.03 0.04 0.05"},
		{"below zero", simulations.Axis{}, []float64{-1.5, 1.5}, true, "-1.5 -1.0 -0.5 0 0.5 1.0 1.5"},
		{"one value", simulations.Axis{}, []float64{5}, false, "5"},
		{"only zero", simulations.Axis{}, []float64{0}, true, "0 1"},
		{"powers", log, []float64{0.05, 2e6}, false, "0.1 1 10 100 1k 10k 100k 1M"},
		{"two powers", log, []float64{8, 130}, false, "10 20 50 100"},
		{"within a power", log, []float64{2100, 6900}, false, "3k 5k 7k"},
		{"hardly apart", log, []float64{1000, 1005}, true, "1,000 1,002 1,004"},
		{"many powers", log, []float64{1e-12, 1e12}, true, "1e-12 1e-09 1e-06 0.001 1 1k 1M 1G 1T"},
		{"set power", simulations.Axis{Log: true, Min: 1, Max: 1000}, []float64{30}, true, "1 10 100 1k"},
	} {
		var e extent
		for _, v := range c.values {
			e.take(v)
		}
		if got := labelsOf(fit(c.axis, e, c.upright)); got != c.want {
			t.Errorf("%s: ticks %s, want %s", c.name, got, c.want)
		}
	}
}

// Axes hold what hostile files ask of them.
func TestScalesOfAnything(t *testing.T) {
	odd := []float64{0, math.Copysign(0, -1), 1, -1, 5e-324, 1e-310, 1e-100, 1e100, -1e100, 1e308, -1e308, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1),
		1 + 1e-15, 1e15, 1e15 + 0.125, 123456.789}
	for _, a := range odd {
		for _, b := range odd {
			for _, axis := range []simulations.Axis{{}, {Log: true}, {Min: a, Max: b}, {Min: a, Max: b, Log: true}, {Min: a}, {Max: b, Log: true}} {
				checkScales(t, &simulations.Chart{X: axis, Y: axis, Series: []simulations.Series{{Points: [][2]float64{{a, b}, {b, a}, {a, a}}}}})
			}
		}
	}
}

// checkScales fits both axes: they have ends with room between them, ticks, and
// at least one label.
func checkScales(t *testing.T, chart *simulations.Chart) {
	t.Helper()
	_, x, y := shown(chart)
	for _, s := range []scale{x, y} {
		if !(s.min < s.max) || !finite(s.max-s.min) || s.log && s.min <= 0 {
			t.Fatalf("%+v has the axis %v to %v", chart, s.min, s.max)
		}
		labels := strings.Fields(labelsOf(s))
		if len(labels) == 0 || len(labels) > 50 || len(s.ticks) > 500 {
			t.Fatalf("%+v: %v to %v has the ticks %q", chart, s.min, s.max, labels)
		}
	}
}
