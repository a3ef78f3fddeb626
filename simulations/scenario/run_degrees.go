package scenario

import (
	"fmt"
	"math"

	"starling/simulations"
	"starling/simulations/topology"
)

const (
	degreeCovered = 99 // per cent of the nodes that a TTL must reach
	degreeTTLMax  = 14 // a degree of 3 needs no more for a million nodes
	degreeSources = 4  // nodes that ask in each mesh
)

// degrees floods random meshes of as many nodes and other degrees, and sees which
// TTL each of them needs.
func (l *lab) degrees() error {
	if len(l.s.Topology.Degrees) == 0 || l.s.Topology.Kind == "file" {
		return nil // who brings a mesh wants to know about that
	}
	table := simulations.Table{
		Name: "degrees", Title: fmt.Sprintf("Random meshes by degree: the TTL that reaches %d %% of the nodes", degreeCovered),
		Columns: []simulations.Column{
			column("degree", "degree", 0), column("ttl", "TTL", 0), column("coverage_percent", "% of nodes", 2),
			column("messages", "messages", 0), column("messages_per_node", "a node", 2), column("before_percent", "% one TTL before", 2),
			column("half_ms", "50 % by ms", 0), column("nearly_all_ms", "99 %", 0),
		},
	}
	chart := simulations.Chart{
		Name: "degrees", Title: "Messages against coverage, by degree",
		X: simulations.Axis{Label: "nodes reached (%)"}, Y: simulations.Axis{Label: "messages", Log: true},
	}
	defer func() {
		l.result.Tables = append(l.result.Tables, table)
		l.result.Charts = append(l.result.Charts, chart)
	}()
	for _, degree := range l.s.Topology.Degrees {
		rows, err := l.degree(degree)
		if err != nil {
			return err
		}
		table.Rows = append(table.Rows, degreeRow(degree, rows))
		chart.Series = append(chart.Series, series(fmt.Sprintf("degree %d", degree), rows, "coverage_percent", "messages"))
	}
	l.degreeFinding(table.Rows)
	return nil
}

// degree floods one mesh with TTL after TTL until one covers it.
func (l *lab) degree(degree int) (rows []simulations.Row, err error) {
	g, err := topology.Regular(l.graph.Nodes(), degree, l.s.chance(chanceGraph))
	if err != nil {
		return nil, inputError(err)
	}
	l.at(fmt.Sprintf("floods of a mesh of degree %d", degree), 0)
	rng := l.s.chance(chanceSources)
	sources := make([]uint32, degreeSources)
	for i := range sources {
		sources[i] = rng.Uint32N(uint32(g.Nodes()))
	}
	for ttl := 1; ttl <= degreeTTLMax; ttl++ {
		row, err := l.flood(flooding{rule: "drop-all"}, g, sources, []int{ttl})
		if err != nil {
			return rows, err
		}
		rows = append(rows, row...)
		if number(row[0]["coverage_percent"]) >= degreeCovered {
			break
		}
	}
	return rows, nil
}

// degreeRow is the flood that covers the mesh.
func degreeRow(degree int, rows []simulations.Row) simulations.Row {
	out := simulations.Row{"degree": degree, "before_percent": nil}
	last := len(rows) - 1
	for _, key := range []string{"ttl", "coverage_percent", "messages", "messages_per_node", "half_ms", "nearly_all_ms"} {
		out[key] = rows[last][key]
	}
	if last > 0 {
		out["before_percent"] = rows[last-1]["coverage_percent"]
	}
	return out
}

// degreeFinding says which degree covers the mesh for the fewest messages.
func (l *lab) degreeFinding(rows []simulations.Row) {
	least, degree := math.Inf(1), 0
	for _, r := range rows {
		if a := number(r["messages_per_node"]); a < least {
			least, degree = a, r["degree"].(int)
		}
	}
	first, last := rows[0], rows[len(rows)-1]
	l.result.Findings = append(l.result.Findings, fmt.Sprintf(
		"A higher degree needs a smaller TTL and more messages: degree %d covers the mesh with TTL %d and %.1f messages a node, degree %d with TTL %d and %.1f. The cheapest here is degree %d.",
		first["degree"], first["ttl"], number(first["messages_per_node"]), last["degree"], last["ttl"], number(last["messages_per_node"]), degree))
}
