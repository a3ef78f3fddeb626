package scenario

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"starling/simulations"
	"starling/simulations/swarm"
)

// swarms is a scenario of swarms under way.
type swarms struct {
	ctx    context.Context
	s      *Scenario
	report func(Progress)
	result *simulations.Result
	events uint64 // of those that are through
}

// runSwarm spreads a file among different numbers of receivers, then without one
// rule after another, then to one receiver from different sources.
func runSwarm(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	x := &swarms{ctx: ctx, s: s, report: progress, result: newResult(s, 0, 0)}
	for _, part := range []func() error{x.sizes, x.variants, x.sources, x.liars} {
		if err := part(); err != nil {
			if errors.Is(err, swarm.ErrOptions) {
				return nil, inputError(err)
			}
			return x.result, err
		}
	}
	return x.result, nil
}

// options are those of the scenario, for so many receivers.
func (x *swarms) options(receivers int) swarm.Options {
	w := x.s.Swarm
	o := swarm.Options{
		SizeBytes: w.SizeBytes, Seeds: w.Seeds, Receivers: receivers, Poisoners: w.Poisoners, Stallers: w.Stallers,
		UpBytesPerSec: w.UpBytesPerS, DownBytesPerSec: w.DownBytesPerS, Delay: time.Duration(x.s.Latency.MS * float64(time.Millisecond)),
		ArriveEvery: seconds(w.ArriveS), LeaveAfter: seconds(w.LeaveS), NoChoice: !w.Choice,
		UpdatesEvery: time.Duration(w.UpdatesMS * float64(time.Millisecond)),
		Order:        swarm.Order(slices.Index(swarmOrders, w.Order)),
	}
	if w.UpdatesMS == 0 {
		o.UpdatesEvery = -1
	}
	o.Transfer.Slots, o.Transfer.SlotTurn, o.Transfer.SourcesMax = w.Slots, seconds(w.TurnS), w.SourcesMax
	return o
}

// swarmOrders are the words for swarm.Order.
var swarmOrders = []string{"rarest", "random", "sequential"}

// run lets one swarm run. What is stuck is a finding, not a failure.
func (x *swarms) run(stage string, o swarm.Options) (*swarm.Result, error) {
	o.Rand = rand.New(rand.NewPCG(x.s.Seed, uint64(o.Receivers)))
	p := Progress{Stage: stage, Total: o.Receivers}
	r, err := swarm.Run(x.ctx, o, func(events uint64, virtual time.Duration, done, _ int) {
		p.Events, p.Virtual, p.Done = x.events+events, virtual, done
		x.report(p)
	})
	if r != nil {
		x.events += r.Events
	}
	p.Events, p.Done = x.events, o.Receivers
	x.report(p)
	if errors.Is(err, swarm.ErrStuck) {
		x.say("%s: %v.", stage, err)
		err = nil
	}
	return r, err
}

func (x *swarms) say(format string, args ...any) {
	x.result.Findings = append(x.result.Findings, fmt.Sprintf(format, args...))
}

// sizes runs the swarm as it is set, with each number of receivers.
func (x *swarms) sizes() error {
	t := simulations.Table{Name: "swarms", Title: "From one to many", Columns: swarmColumns}
	for i, n := range x.s.Swarm.Receivers {
		r, err := x.run(thousands(n)+" receivers", x.options(n))
		if err != nil {
			return err
		}
		row := swarmRow(r)
		row["receivers"] = n
		t.Rows = append(t.Rows, row)
		if i == 0 {
			x.result.Charts = append(x.result.Charts, progressChart(r))
		}
		x.say("%s receivers: the last has the file after %.1f s, %.3f times the bound; the seeds send %.3f copies.", thousands(n), r.Last.Seconds(), r.Ratio(), r.Copies)
	}
	x.result.Tables = append(x.result.Tables, t)
	if len(t.Rows) > 1 {
		x.result.Charts = append(x.result.Charts, simulations.Chart{
			Name: "ratio", Title: "How close the last receiver comes to the bound", X: simulations.Axis{Label: "receivers", Log: true}, Y: simulations.Axis{Label: "times the bound"},
			Series: []simulations.Series{series("time of the last", t.Rows, "receivers", "ratio"), series("copies the seeds send", t.Rows, "receivers", "copies")},
		})
	}
	return nil
}

// variants turns off one rule at a time.
func (x *swarms) variants() error {
	columns := append([]simulations.Column{column("variant", "variant", 0)}, swarmColumns...)
	t := simulations.Table{Name: "variants", Title: "Without one rule", Columns: columns}
	for _, n := range x.s.Swarm.Variants {
		for _, v := range swarmVariants {
			o := x.options(n)
			v.change(&o)
			r, err := x.run(fmt.Sprintf("%s receivers, %s", thousands(n), v.name), o)
			if err != nil {
				return err
			}
			row := swarmRow(r)
			row["variant"], row["receivers"] = v.name, n
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) > 0 {
		x.result.Tables = append(x.result.Tables, t)
	}
	return nil
}

var swarmVariants = []struct {
	name   string
	change func(o *swarm.Options)
}{
	{"as set", func(*swarm.Options) {}},
	{"any group instead of the rarest", func(o *swarm.Options) { o.Order = swarm.Random }},
	{"groups in the order of the file", func(o *swarm.Options) { o.Order = swarm.Sequential }},
	{"sources send in the order asked", func(o *swarm.Options) { o.NoChoice = true }},
	{"have-updates once a second", func(o *swarm.Options) { o.UpdatesEvery = time.Second }},
	{"no have-updates", func(o *swarm.Options) { o.UpdatesEvery = -1 }},
	{"2 slots", func(o *swarm.Options) { o.Transfer.Slots = 2 }},
	{"4 slots", func(o *swarm.Options) { o.Transfer.Slots = 4 }},
	{"16 slots", func(o *swarm.Options) { o.Transfer.Slots = 16 }},
}
