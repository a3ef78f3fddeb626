package scenario

import (
	"fmt"
	"math"
	"strings"

	"starling/query"
	"starling/simulations"
	"starling/simulations/search"
	"starling/simulations/world"
)

// recallSteps are after how many steps walkers are looked at, at most as many as
// the scenario allows.
var recallSteps = []int{4, 8, 16, 32, 64, 128, 256, 512, 1024}

// recall draws what part of the nodes each strategy asks for how many messages:
// the recall that it may expect of files at random nodes.
func (l *lab) recall(kinds []search.Strategy) error {
	chart := simulations.Chart{
		Name: "recall", Title: "Messages against recall, for files at random nodes",
		X: simulations.Axis{Label: "messages", Log: true}, Y: simulations.Axis{Label: "recall (%)"},
	}
	for _, kind := range kinds {
		points, err := l.recallOf(kind)
		if err != nil {
			return err
		}
		chart.Series = append(chart.Series, simulations.Series{Name: kind.Name(), Points: points})
	}
	l.result.Charts = append(l.result.Charts, chart)
	return nil
}

// recallAsks is how many searches a point is the mean of.
const recallAsks = 4

// recallOf runs a strategy with more and more effort, for something nobody has.
func (l *lab) recallOf(kind search.Strategy) (points [][2]float64, err error) {
	for _, effort := range l.efforts(kind) {
		l.at("effort against recall, "+kind.Name(), 0)
		w := world.New(world.Options{
			Graph: l.graph, Leaves: l.leaves, Delay: l.delay, EqualDelay: l.equal, Loss: l.s.Loss, Router: effort.Router(), Seed: l.s.Seed,
		})
		m := search.Mesh{World: w, Holds: func(int, *query.Query) bool { return false }, Rand: l.s.chance(chanceStrategy)}
		messages, asked := 0.0, 0.0
		rng, nodes := l.s.chance(chanceSources), l.graph.Largest()
		for range recallAsks {
			q, err := search.Anything(rng)
			if err != nil {
				return nil, err
			}
			o, err := effort.Search(l.ctx, m, search.Task{Query: q, From: int(nodes[rng.IntN(len(nodes))]), Want: math.MaxInt})
			if err != nil {
				return nil, err
			}
			messages, asked = messages+float64(o.Messages), asked+float64(o.Asked)
		}
		l.step(w.Stats().Events)
		points = append(points, [2]float64{messages / recallAsks, 100 * asked / recallAsks / float64(l.graph.Nodes()-1)})
	}
	return points, nil
}

// efforts are a strategy with less and with more to spend.
func (l *lab) efforts(kind search.Strategy) (out []search.Strategy) {
	for i, ttl := range l.s.Search.TTL {
		switch k := kind.(type) {
		case search.Flood:
			k.TTL = ttl
			out = append(out, k)
		case search.Ring:
			k.TTLs = l.s.Search.TTL[:i+1]
			out = append(out, k)
		}
	}
	if k, ok := kind.(search.Walk); ok {
		for _, steps := range recallSteps {
			if steps <= l.s.Search.StepsMax {
				k.StepsMax = steps
				out = append(out, k)
			}
		}
	}
	return out
}

// strategyFindings says what each kind of question costs by each strategy.
func (l *lab) strategyFindings(rows []simulations.Row) {
	var item string
	var parts []string
	flush := func() {
		if len(parts) > 0 {
			l.result.Findings = append(l.result.Findings, fmt.Sprintf("Files %s: %s.", item, strings.Join(parts, "; ")))
		}
		parts = nil
	}
	for _, r := range rows {
		if r["item"] != item {
			flush()
			item = r["item"].(string)
		}
		parts = append(parts, fmt.Sprintf("%s found %.0f %% with %s messages", r["strategy"], number(r["success_percent"]), thousands(number(r["messages"]))))
	}
	flush()
}
