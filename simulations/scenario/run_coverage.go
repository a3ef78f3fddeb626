package scenario

import (
	"context"
	"fmt"
	"math"

	"starling/simulations"
	"starling/simulations/search"
	"starling/simulations/topology"
	"starling/simulations/world"
)

// runCoverage floods a mesh with every TTL under every rule, sees what the degree
// does, compares strategies and draws one flood.
func runCoverage(ctx context.Context, s *Scenario, progress func(Progress)) (*simulations.Result, error) {
	l, err := newLab(ctx, s, progress)
	if err != nil {
		return nil, err
	}
	for _, part := range []func() error{l.coverage, l.degrees, l.strategies, l.drawing} {
		if err := part(); err != nil {
			return l.result, err
		}
	}
	return l.result, nil
}

// flooding is one way of flooding that is measured.
type flooding struct {
	rule  string
	delay world.Delay
	name  string
}

// floodings are the rules of the scenario, with equal delays and with its own.
func (l *lab) floodings() (out []flooding) {
	for _, r := range l.s.Search.Duplicates {
		out = append(out, flooding{r, nil, r + ", equal delays"})
	}
	if l.delay != nil {
		for _, r := range l.s.Search.Duplicates {
			out = append(out, flooding{r, l.delay, fmt.Sprintf("%s, %s delays", r, l.s.Latency.Kind)})
		}
	}
	return out
}

var coverageColumns = []simulations.Column{
	column("flooding", "flooding", 0), column("ttl", "TTL", 0), column("reached", "reached", 1),
	column("coverage_percent", "% of nodes", 2), column("messages", "messages", 1),
	column("messages_per_node", "a node", 2), column("duplicates_percent", "% duplicates", 1),
	column("half_ms", "50 % by ms", 0), column("most_ms", "90 %", 0), column("nearly_all_ms", "99 %", 0),
}

// coverage measures how far floods reach and what they cost.
func (l *lab) coverage() error {
	sources, err := sources(l.s, l.graph, l.s.chance(chanceSources))
	if err != nil || len(sources) == 0 {
		return err
	}
	table := simulations.Table{Name: "coverage", Title: fmt.Sprintf("Floods, means of %d askers", len(sources)), Columns: coverageColumns}
	reach := simulations.Chart{
		Name: "coverage", Title: "How far a flood reaches",
		X: simulations.Axis{Label: "TTL (links)"}, Y: simulations.Axis{Label: "nodes reached (%)"},
	}
	cost := simulations.Chart{
		Name: "messages", Title: "What a flood costs",
		X: simulations.Axis{Label: "TTL (links)"}, Y: simulations.Axis{Label: "messages", Log: true},
	}
	times := simulations.Chart{
		Name: "latency", Title: "When those within the TTL had the query",
		X: simulations.Axis{Label: "TTL (links)"}, Y: simulations.Axis{Label: "milliseconds after the question"},
	}
	defer func() {
		l.result.Tables = append(l.result.Tables, table)
		l.result.Charts = append(l.result.Charts, reach, cost, times)
	}()
	for _, f := range l.floodings() {
		l.at("floods, "+f.name, len(sources))
		lines, err := l.flood(f, l.graph, sources, l.s.Search.TTL)
		if err != nil {
			return err
		}
		table.Rows = append(table.Rows, lines...)
		reach.Series = append(reach.Series, series(f.name, lines, "ttl", "coverage_percent"))
		cost.Series = append(cost.Series, series(f.name, lines, "ttl", "messages"))
		if f.delay != nil || l.delay == nil {
			for _, q := range []struct{ key, name string }{{"half_ms", "50 %"}, {"most_ms", "90 %"}, {"nearly_all_ms", "99 %"}} {
				times.Series = append(times.Series, series(q.name+", "+f.rule, lines, "ttl", q.key))
			}
		}
	}
	l.coverageFindings(table.Rows)
	return nil
}

// flood measures floods from every source, a row for each TTL.
func (l *lab) flood(f flooding, g *topology.Graph, sources []uint32, ttls []int) ([]simulations.Row, error) {
	r, err := rule(f.rule)
	if err != nil {
		return nil, err
	}
	o := search.CoverageOptions{
		Graph: g, Sources: sources, TTLs: ttls, Duplicates: r, Delay: f.delay, EqualDelay: l.equal, Loss: l.s.Loss, Seed: l.s.Seed,
	}
	if g == l.graph {
		o.Leaves = l.leaves
	}
	rows, err := search.Coverage(l.ctx, o, l.step)
	if err != nil {
		return nil, err
	}
	out := make([]simulations.Row, len(ttls))
	for i, ttl := range ttls {
		out[i] = floodRow(f.name, ttl, g.Nodes()-1, rows, i)
	}
	return out, nil
}

// floodRow is the mean of the floods with the i-th TTL.
func floodRow(name string, ttl, others int, rows []search.CoverageRow, i int) simulations.Row {
	var reached, messages []int
	var times [3][]float64
	for _, r := range rows {
		f := r.Floods[i]
		reached, messages = append(reached, f.Reached), append(messages, f.Messages)
		for k := range times {
			times[k] = append(times[k], ms(f.Times[k]))
		}
	}
	nodes, copies := number(mean(reached)), number(mean(messages))
	return simulations.Row{
		"flooding": name, "ttl": ttl, "reached": nodes, "coverage_percent": 100 * nodes / float64(others), "messages": copies,
		"messages_per_node": copies / max(nodes, 1), "duplicates_percent": 100 * (1 - nodes/max(copies, 1)),
		"half_ms": mean(times[0]), "most_ms": mean(times[1]), "nearly_all_ms": mean(times[2]),
	}
}

// series takes two columns of rows as a line.
func series(name string, rows []simulations.Row, x, y string) simulations.Series {
	s := simulations.Series{Name: name}
	for _, r := range rows {
		s.Points = append(s.Points, [2]float64{number(r[x]), number(r[y])})
	}
	return s
}

// coverageFindings says what the floods teach.
func (l *lab) coverageFindings(rows []simulations.Row) {
	say := func(format string, args ...any) {
		l.result.Findings = append(l.result.Findings, fmt.Sprintf(format, args...))
	}
	first := rows[0]["flooding"].(string)
	for _, r := range rows {
		if r["flooding"] == first && number(r["coverage_percent"]) >= 99 {
			say("TTL %d reaches %.1f %% of %s nodes with %s messages, %.2f for each node reached.", r["ttl"],
				number(r["coverage_percent"]), thousands(l.graph.Nodes()), thousands(number(r["messages"])), number(r["messages_per_node"]))
			break
		}
	}
	if l.delay == nil {
		return
	}
	least, ttl, most := math.Inf(1), 0, 0.0
	forRules(rows, ", "+l.s.Latency.Kind, func(drop, larger simulations.Row) {
		if share := number(drop["reached"]) / number(larger["reached"]); share < least {
			least, ttl = share, drop["ttl"].(int)
		}
		most = max(most, number(larger["messages"])/number(drop["messages"]))
	})
	if ttl > 0 {
		say("With these delays drop-all reaches only %.0f %% of what it should at TTL %d; larger-ttl reaches all of it, for up to %.1f times the messages.", 100*least, ttl, most)
	}
}

// forRules calls do with the rows of both rules for each TTL.
func forRules(rows []simulations.Row, suffix string, do func(drop, larger simulations.Row)) {
	for _, a := range rows {
		for _, b := range rows {
			if a["ttl"] == b["ttl"] && a["flooding"] == "drop-all"+suffix+" delays" && b["flooding"] == "larger-ttl"+suffix+" delays" {
				do(a, b)
			}
		}
	}
}
