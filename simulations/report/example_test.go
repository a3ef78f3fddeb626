package report_test

import (
	"fmt"
	"os"

	"starling/simulations"
	"starling/simulations/report"
)

func ExampleText() {
	r := &simulations.Result{
		Scenario: "coverage", Title: "How far a query reaches", Seed: 1, Nodes: 10_000, Links: 40_000,
		Tables: []simulations.Table{{
			Title:   "Nodes reached",
			Columns: []simulations.Column{{Key: "ttl", Title: "TTL"}, {Key: "reached_percent", Title: "Reached, %", Digits: 1}},
			Rows:    []simulations.Row{{"ttl": 1, "reached_percent": 0.07}, {"ttl": 7, "reached_percent": 100.0}},
		}},
		Findings: []string{"A TTL of 7 reaches everybody."},
		Replay:   "starling simulate coverage --seed 1",
	}
	if err := report.Text(os.Stdout, r, 80); err != nil {
		fmt.Println(err)
	}
	// Output:
	// How far a query reaches
	// coverage: seed 1, 10,000 nodes, 40,000 links
	//
	// Nodes reached
	// TTL  Reached, %
	// ───  ──────────
	//   1         0.1
	//   7       100.0
	//
	// - A TTL of 7 reaches everybody.
	//
	// To run it again: starling simulate coverage --seed 1
}
