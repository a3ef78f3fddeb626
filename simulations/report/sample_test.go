package report

import (
	"math"
	"math/rand/v2"

	"starling/simulations"
)

// coverageResult looks like what a run of three duplicate rules leaves: shares
// of a network of 10,000 reached by floods.
func coverageResult() *simulations.Result {
	r := &simulations.Result{
		Scenario: "coverage",
		Title:    "How far a query reaches",
		Seed:     1,
		Nodes:    10_000,
		Links:    40_000,
		Settings: []simulations.KeyVal{{Key: "ttl", Value: "1..7"}},
		Replay:   "starling simulate coverage --seed 1 --set nodes=10000",
		Findings: []string{
			"At a TTL of 5 the plain rule reaches 81.2 % of 10,000 nodes with 66,610 messages, 8.2 for each node that it reaches.",
			"Short.",
		},
		Tables: []simulations.Table{{
			Name: "coverage", Title: "Nodes reached, by TTL",
			Columns: []simulations.Column{
				{Key: "rule", Title: "Rule"},
				{Key: "ttl", Title: "TTL"},
				{Key: "reached_nodes", Title: "Nodes reached"},
				{Key: "reached_percent", Title: "Reached, %", Digits: 1},
				{Key: "first_hit_ms", Title: "First hit, ms", Digits: 2},
			},
		}},
	}
	chart := simulations.Chart{
		Name: "reach", Title: "How far a query reaches: 10,000 nodes, 40,000 links",
		X: simulations.Axis{Label: "TTL, links"}, Y: simulations.Axis{Label: "nodes reached, %"},
	}
	for i, rule := range []string{"drop every duplicate", "forward again with a higher TTL", "no rule"} {
		var points [][2]float64
		for ttl := 1; ttl <= 7; ttl++ {
			share := 100 * (1 - math.Exp(-math.Pow(6.2-float64(i), float64(ttl))/9000))
			points = append(points, [2]float64{float64(ttl), share})
			row := simulations.Row{"rule": rule, "ttl": ttl, "reached_nodes": int(share * 100), "reached_percent": share, "first_hit_ms": 100.0 * float64(ttl)}
			if share < 1 {
				row["first_hit_ms"] = nil
			}
			r.Tables[0].Rows = append(r.Tables[0].Rows, row)
		}
		chart.Series = append(chart.Series, simulations.Series{Name: rule, Points: points})
	}
	r.Charts = append(r.Charts, chart)
	return r
}

// recallResult compares strategies over four decades of messages.
func recallResult() *simulations.Result {
	chance := rand.New(rand.NewPCG(1, 2))
	chart := simulations.Chart{
		Name: "messages", Title: "What a hit costs: messages against recall, 100,000 nodes",
		X: simulations.Axis{Label: "messages for each query", Log: true},
		Y: simulations.Axis{Label: "recall, share of the holders found", Log: true},
	}
	for i, name := range []string{"flood", "expanding ring", "16 walkers", "dynamic query"} {
		s := simulations.Series{Name: name, Dots: i == 2}
		for n := range 12 {
			messages := 12 * math.Pow(2.3, float64(n)) * (1 + 0.4*float64(i))
			s.Points = append(s.Points, [2]float64{messages, min(1, messages/300_000*(1+0.3*chance.Float64())*float64(5-i)/2)})
		}
		s.Points = append(s.Points, [2]float64{0, 0.5}, [2]float64{10, math.NaN()})
		chart.Series = append(chart.Series, s)
	}
	return &simulations.Result{Scenario: "recall", Title: "Messages against recall", Seed: 7, Charts: []simulations.Chart{chart}, Tables: []simulations.Table{}}
}

// latencyResult has many points for each line, and dots by the thousand.
func latencyResult() *simulations.Result {
	chance := rand.New(rand.NewPCG(3, 4))
	percentiles := simulations.Chart{
		Name: "percentiles", Title: "Time to the first hit, over 2,000 queries",
		X: simulations.Axis{Label: "time to the first hit, ms"}, Y: simulations.Axis{Label: "queries answered, %", Min: 0, Max: 100},
	}
	for i, name := range []string{"0.01 % of the nodes hold it", "0.1 %", "1 %"} {
		s := simulations.Series{Name: name}
		for n := range 101 {
			s.Points = append(s.Points, [2]float64{(1400 - 420*float64(i)) * math.Pow(float64(n)/100, 1.7), float64(n)})
		}
		percentiles.Series = append(percentiles.Series, s)
	}
	scatter := simulations.Chart{
		Name: "scatter", Title: "Each query: hops of its first hit and what it cost",
		X: simulations.Axis{Label: "time to the first hit, ms"}, Y: simulations.Axis{Label: "messages", Log: true},
		Series: []simulations.Series{{Name: "queries", Dots: true}, {Name: "median", Points: [][2]float64{{100, 900}, {400, 20_000}, {800, 90_000}}}},
	}
	for range 2000 {
		ms := 50 + 900*chance.Float64()
		scatter.Series[0].Points = append(scatter.Series[0].Points, [2]float64{ms, 300 * math.Exp(ms/150) * math.Exp(chance.NormFloat64()/2)})
	}
	return &simulations.Result{Scenario: "latency", Title: "Latency", Charts: []simulations.Chart{percentiles, scatter}, Tables: []simulations.Table{}}
}

// meshResult floods a random mesh of n nodes with about so many links each, up
// to ttl hops from its first node.
func meshResult(n, degree, ttl int) *simulations.Result {
	chance := rand.New(rand.NewPCG(5, uint64(n)))
	m := &simulations.Mesh{Name: "mesh", Title: "One query through a mesh"}
	linked := map[[2]int]bool{}
	link := func(a, b int) {
		if a != b && !linked[[2]int{min(a, b), max(a, b)}] {
			linked[[2]int{min(a, b), max(a, b)}] = true
			m.Links = append(m.Links, simulations.MeshLink{From: a, To: b, Copies: 1})
		}
	}
	for i := range n {
		m.Nodes = append(m.Nodes, simulations.MeshNode{Hops: -1, Holder: chance.IntN(25) == 0})
		if i > 0 {
			link(chance.IntN(i), i)
		}
	}
	for len(m.Links) < n*degree/2 {
		link(chance.IntN(n), chance.IntN(n))
	}
	flood(m, ttl)
	return &simulations.Result{Scenario: "mesh", Title: "A mesh", Seed: 5, Nodes: n, Links: len(m.Links), Mesh: m, Tables: []simulations.Table{}}
}

func flood(m *simulations.Mesh, ttl int) {
	came := map[int]int{} // node → the link that brought its first copy
	m.Nodes[0] = simulations.MeshNode{}
	for hops := range ttl {
		for i := range m.Links {
			l := &m.Links[i]
			if m.Nodes[l.To].Hops == hops && m.Nodes[l.From].Hops < 0 {
				l.From, l.To = l.To, l.From
			}
			if m.Nodes[l.From].Hops == hops && m.Nodes[l.To].Hops < 0 {
				m.Nodes[l.To].Hops = hops + 1
				l.First = true
				came[l.To] = i
			}
		}
	}
	for i, node := range m.Nodes {
		for at := i; node.Holder && m.Nodes[at].Hops > 0; at = m.Links[came[at]].From {
			m.Links[came[at]].Hit = true
		}
	}
}
