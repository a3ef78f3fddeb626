package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"

	"starling/simulations"
)

// Numbers past these are left out of a chart: axes are worked out in float64.
const (
	hugest  = 1e100
	tiniest = 1e-100 // on a linear axis as good as 0
)

// A scale is an axis fitted to its data.
type scale struct {
	min, max float64 // min < max; above 0 when log
	log      bool
	ticks    []plot.Tick
}

// drawable says whether v has a place on the axis a.
func drawable(a simulations.Axis, v float64) bool {
	if a.Log {
		return v >= tiniest && v <= hugest
	}
	return math.Abs(v) <= hugest // false for NaN
}

// isSet says whether a has ends of its own that an axis can have.
func isSet(a simulations.Axis) bool {
	return drawable(a, a.Min) && drawable(a, a.Max) && a.Max-a.Min > max(tiniest, 1e-6*max(math.Abs(a.Min), math.Abs(a.Max)))
}

// extent is the range of values that an axis has to show.
type extent struct {
	min, max float64
	some     bool
	whole    bool // no value has anything after the point
}

func (e *extent) take(v float64) {
	if !e.some {
		*e = extent{min: v, max: v, some: true, whole: true}
	}
	e.min, e.max = min(e.min, v), max(e.max, v)
	e.whole = e.whole && v == math.Trunc(v)
}

// fit makes the scale of an axis for what it has to show. An upright axis begins
// at 0 and ends at a mark where that wastes little; a level one has some air on
// both sides. Ends that a sets are kept.
func fit(a simulations.Axis, e extent, upright bool) scale {
	if a.Log {
		return fitLog(a, e)
	}
	if !e.some {
		e = extent{min: 0, max: 1}
	}
	lo, hi := a.Min, a.Max
	set := isSet(a)
	if !set {
		lo, hi = widened(e)
		if lo >= 0 && (upright && lo <= hi/2 || lo <= hi/50) {
			lo = 0
		}
	}
	steps := 7.0
	if upright {
		steps = 6
	}
	step := niceStep((hi-lo)/steps, e.whole)
	switch {
	case set:
	case upright:
		lo, hi = math.Floor(lo/step)*step, math.Ceil(hi/step-1e-9)*step
	default:
		air := (hi - lo) * 0.03
		if lo != 0 {
			lo -= air
		}
		hi += air
	}
	return scale{min: lo, max: hi, ticks: linearTicks(lo, hi, step)}
}

// widened gives one value alone, or values that hardly differ, some room.
func widened(e extent) (lo, hi float64) {
	size := max(math.Abs(e.min), math.Abs(e.max))
	switch {
	case size < tiniest:
		return 0, 1
	case e.max-e.min < size*1e-6:
		return e.min - size/10, e.max + size/10
	}
	return e.min, e.max
}

// niceStep is 1, 2, 2.5 or 5 times a power of ten, at least raw. Between whole
// numbers it is whole.
func niceStep(raw float64, whole bool) float64 {
	if whole && raw <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, factor := range []float64{1, 2, 2.5, 5} {
		step := factor * power
		if raw <= step*(1+1e-9) && !(whole && step != math.Trunc(step)) {
			return step
		}
	}
	return 10 * power
}

// linearTicks are the multiples of step from lo to hi.
func linearTicks(lo, hi, step float64) []plot.Tick {
	var ticks []plot.Tick
	unit, suffix := 1.0, ""
	if top := max(math.Abs(lo), math.Abs(hi)); top >= 1e6 {
		unit, suffix = unitOf(top)
	}
	digits := digitsOf(step / unit)
	first := math.Ceil(lo/step - 1e-9)
	for i := range 50 {
		v := (first + float64(i)) * step
		if v > hi+step*1e-9 {
			break
		}
		v = min(max(v, lo), hi)
		label := decimal(v/unit, digits) + suffix
		if math.Abs(v) < step/2 {
			label = "0"
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: label})
	}
	return ticks
}

// digitsOf counts what a step needs after the point.
func digitsOf(step float64) int {
	for digits := range digitsMax {
		scaled := step * math.Pow10(digits)
		if math.Abs(scaled-math.Round(scaled)) < 1e-6*scaled {
			return digits
		}
	}
	return digitsMax
}

// fitLog fits a logarithmic axis.
func fitLog(a simulations.Axis, e extent) scale {
	if !e.some {
		e = extent{min: 1, max: 1000}
	}
	lo, hi := a.Min, a.Max
	if !isSet(a) {
		lo, hi = e.min, e.max
		if lo*1.000001 >= hi {
			lo, hi = lo/3, hi*3
		}
		air := math.Pow(hi/lo, 0.03)
		lo, hi = lo/air, hi*air
	}
	return scale{min: lo, max: hi, log: true, ticks: logTicks(lo, hi)}
}

// logTicks labels the powers of ten from lo to hi, or where there are too few of
// them, also their multiples. Multiples without a label are minor ticks.
func logTicks(lo, hi float64) []plot.Tick {
	first, last := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	every := (last - first + 9) / 10
	for _, labelled := range []string{"1", "125", "12357"} {
		var ticks []plot.Tick
		labels := 0
		for exponent := first; exponent <= last; exponent++ {
			for multiple := 1; multiple <= 9 && (every == 1 || multiple == 1); multiple++ {
				tick := plot.Tick{Value: float64(multiple) * math.Pow10(exponent)}
				if tick.Value < lo || tick.Value > hi {
					continue
				}
				if exponent%every == 0 && contains(labelled, multiple) {
					tick.Label = short(tick.Value)
					labels++
				}
				ticks = append(ticks, tick)
			}
		}
		if labels >= 3 {
			return ticks
		}
	}
	return linearTicks(lo, hi, niceStep((hi-lo)/5, false))
}

func contains(digits string, digit int) bool {
	for _, d := range digits {
		if int(d-'0') == digit {
			return true
		}
	}
	return false
}

// short writes a number of few digits: 0.05, 200, 10k, 1M.
func short(v float64) string {
	unit, suffix := unitOf(v)
	return strconv.FormatFloat(v/unit, 'g', 6, 64) + suffix
}

// unitOf is the unit for numbers about v.
func unitOf(v float64) (unit float64, suffix string) {
	switch {
	case v < 1e3 || v >= 1e15:
		return 1, ""
	case v < 1e6:
		return 1e3, "k"
	case v < 1e9:
		return 1e6, "M"
	case v < 1e12:
		return 1e9, "G"
	}
	return 1e12, "T"
}
