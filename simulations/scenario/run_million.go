package scenario

import (
	"context"
	"fmt"

	"starling/simulations"
	"starling/simulations/search"
)

// runMillion floods a mesh as large as memory allows, with TTL after TTL, each from as many
// nodes as there are questions.
func runMillion(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	l, err := newLab(ctx, s, progress)
	if err != nil {
		return nil, err
	}
	r, err := rule(s.Search.Duplicates[0])
	if err != nil {
		return nil, err
	}
	table := simulations.Table{Name: "floods", Title: fmt.Sprintf("Floods of %s nodes", thousands(l.graph.Nodes())), Columns: coverageColumns[1:]}
	chart := simulations.Chart{
		Name: "coverage", Title: "How a flood grows with its TTL",
		X: simulations.Axis{Label: "TTL (links)"}, Y: simulations.Axis{Label: "nodes and messages", Log: true},
	}
	defer func() {
		l.result.Tables = append(l.result.Tables, table)
		l.result.Charts = append(l.result.Charts, chart)
	}()
	nodes := l.graph.Largest()
	rng := s.chance(chanceSources)
	sources := make([]uint32, s.Search.Count)
	for i := range sources {
		sources[i] = nodes[rng.IntN(len(nodes))]
	}
	l.at("floods", len(sources)*len(s.Search.TTL))
	o := search.CoverageOptions{
		Graph: l.graph, Leaves: l.leaves, Sources: sources, TTLs: s.Search.TTL, Duplicates: r, Delay: l.delay, EqualDelay: l.equal, Seed: s.Seed,
		Progress: l.overall,
	}
	rows, err := search.Coverage(ctx, o, l.step)
	for i, ttl := range s.Search.TTL {
		if len(rows) > 0 {
			table.Rows = append(table.Rows, floodRow("", ttl, l.graph.Nodes()-1, rows, i))
		}
	}
	chart.Series = []simulations.Series{
		series("nodes reached", table.Rows, "ttl", "reached"), series("messages", table.Rows, "ttl", "messages"),
	}
	l.growth(table.Rows)
	return l.result, err
}

// growth says how much a flood grows with each TTL, and what the last cost.
func (l *lab) growth(rows []simulations.Row) {
	if len(rows) < 2 {
		return
	}
	last := rows[len(rows)-1]
	l.result.Findings = append(l.result.Findings, fmt.Sprintf(
		"TTL %d reaches %.2f %% of %s nodes with %s messages: %.2f for each, of which %.0f %% told their node nothing new.",
		last["ttl"], number(last["coverage_percent"]), thousands(l.graph.Nodes()), thousands(number(last["messages"])), number(last["messages_per_node"]), number(last["duplicates_percent"])))
}
