package scenario

import (
	"fmt"
	"slices"
	"time"

	"starling/simulations"
	"starling/simulations/swarm"
)

var swarmColumns = []simulations.Column{
	column("receivers", "receivers", 0), column("last_s", "last done s", 1), column("median_s", "half done s", 1), column("bound_s", "bound s", 1),
	column("ratio", "last ÷ bound", 3), column("copies", "copies sent by the seeds", 3), column("wasted_percent", "% wasted", 2),
}

func swarmRow(r *swarm.Result) simulations.Row {
	took := slices.Clone(r.Times)
	slices.Sort(took)
	return simulations.Row{
		"last_s": r.Last.Seconds(), "median_s": took[len(took)/2].Seconds(), "bound_s": r.Bound.Seconds(), "ratio": r.Ratio(), "copies": r.Copies,
		"wasted_percent": 100 * float64(r.Wasted) / float64(max(r.Sent, 1)),
	}
}

// progressEach is how many receivers have a line each in a chart.
const progressEach = 8

// progressChart draws everyone's progress, or, of many, how far the first, the
// middle and the last one are.
func progressChart(r *swarm.Result) simulations.Chart {
	c := simulations.Chart{
		Name: "progress", Title: "Everyone's progress", X: simulations.Axis{Label: "seconds"}, Y: simulations.Axis{Label: "% of the file"},
		Series: []simulations.Series{{Name: "the bound", Points: [][2]float64{{0, 0}, {r.Bound.Seconds(), 100}}}},
	}
	line := func(name string, held func(at int) float64) {
		s := simulations.Series{Name: name}
		for i, at := range r.Curve.At {
			s.Points = append(s.Points, [2]float64{at.Seconds(), 100 * held(i)})
		}
		c.Series = append(c.Series, s)
	}
	if len(r.Curve.Held) <= progressEach {
		for i, held := range r.Curve.Held {
			line(fmt.Sprintf("receiver %d", i+1), func(at int) float64 { return held[at] })
		}
		return c
	}
	rank := func(share float64) func(at int) float64 {
		return func(at int) float64 {
			var all []float64
			for _, held := range r.Curve.Held {
				all = append(all, held[at])
			}
			slices.Sort(all)
			return all[int(share*float64(len(all)-1))]
		}
	}
	line("the first", rank(1))
	line("the middle one", rank(0.5))
	line("the last", rank(0))
	return c
}

// sources lets one receiver have more and more sources.
func (x *swarms) sources() error {
	t := simulations.Table{Name: "sources", Title: "One receiver, several seeds", Columns: []simulations.Column{
		column("seeds", "seeds", 0), column("took_s", "took s", 1), column("share_percent", "% of what they can send", 1), column("wasted_percent", "% wasted", 2),
	}}
	for _, n := range []int{1, 2, 4, 8} {
		o := x.options(1)
		o.Seeds, o.Poisoners, o.Stallers, o.DownBytesPerSec = n, 0, 0, 0
		r, err := x.run(fmt.Sprintf("one receiver, %d seeds", n), o)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, simulations.Row{
			"seeds": n, "took_s": r.Last.Seconds(), "share_percent": 100 / r.Ratio(), "wasted_percent": swarmRow(r)["wasted_percent"],
		})
	}
	x.result.Tables = append(x.result.Tables, t)
	return nil
}

// liars lets one receiver have sources of which some poison or stall.
func (x *swarms) liars() error {
	t := simulations.Table{Name: "liars", Title: "One receiver, ten sources, some of which lie or stall", Columns: []simulations.Column{
		column("poisoners", "poison", 0), column("stallers", "stall", 0), column("took_s", "took s", 1), column("ratio", "÷ bound of the others", 3),
		column("bad_groups", "bad groups came", 0), column("cut_off", "cut off", 0), column("honest", "honest ones cut off", 0), column("wasted_percent", "% wasted", 2),
	}}
	for _, bad := range [][2]int{{0, 0}, {3, 0}, {9, 0}, {0, 5}} {
		o := x.options(1)
		o.Poisoners, o.Stallers, o.DownBytesPerSec = bad[0], bad[1], 0
		o.Seeds = 10 - bad[0] - bad[1]
		r, err := x.run(fmt.Sprintf("one receiver, %d poison, %d stall", bad[0], bad[1]), o)
		if err != nil {
			return err
		}
		honest := 0
		for _, b := range r.Banned {
			if b.Source < o.Seeds {
				honest++
			}
		}
		t.Rows = append(t.Rows, simulations.Row{
			"poisoners": bad[0], "stallers": bad[1], "took_s": r.Last.Seconds(), "ratio": float64(r.Last) / float64(max(r.Bound, time.Millisecond)),
			"bad_groups": r.BadGroups, "cut_off": len(r.Banned), "honest": honest, "wasted_percent": swarmRow(r)["wasted_percent"],
		})
	}
	x.result.Tables = append(x.result.Tables, t)
	return nil
}
