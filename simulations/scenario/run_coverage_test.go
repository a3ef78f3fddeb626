package scenario

import (
	"testing"

	"starling/simulations"
)

func runWith(t *testing.T, name string, settings [][2]string) *simulations.Result {
	t.Helper()
	s, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range settings {
		if err := s.Set(kv[0], kv[1]); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func table(t *testing.T, r *simulations.Result, name string) simulations.Table {
	t.Helper()
	for _, table := range r.Tables {
		if table.Name == name {
			return table
		}
	}
	t.Fatalf("no table %s", name)
	return simulations.Table{}
}

// The tables of a flood say what arithmetic says: 300 nodes of degree 8 are covered
// by TTL 8, with 2E − (N − 1) messages under drop-all; unequal delays take
// nothing from the reach of larger-ttl.
func TestCoverageTable(t *testing.T) {
	r := runWith(t, "flood", append(small["flood"], [2]string{"search.ttl", "[1, 3, 8]"}))
	rows := table(t, r, "coverage").Rows
	if len(rows) != 4*3 {
		t.Fatalf("%d rows", len(rows))
	}
	reached := map[string][]float64{}
	for _, row := range rows {
		name := row["flooding"].(string)
		reached[name] = append(reached[name], number(row["reached"]))
		if row["ttl"] == 1 && (number(row["reached"]) != 8 || number(row["messages"]) != 8) {
			t.Errorf("TTL 1: %v", row)
		}
		if full := float64(2*r.Links - (r.Nodes - 1)); row["ttl"] == 8 && name == "drop-all, equal delays" && number(row["messages"]) != full {
			t.Errorf("a flood of all %d nodes took %v messages, want %v", r.Nodes, row["messages"], full)
		}
	}
	for i, want := range reached["drop-all, equal delays"] {
		if got := reached["larger-ttl, spread delays"][i]; got != want {
			t.Errorf("larger-ttl reaches %v with unequal delays, %v with equal ones", got, want)
		}
		if got := reached["drop-all, spread delays"][i]; got > want {
			t.Errorf("drop-all reaches %v with unequal delays, %v with equal ones", got, want)
		}
	}
}

// Floods of a covered mesh find every copy there is; walkers take no more steps
// than they may.
func TestStrategyTable(t *testing.T) {
	r := runWith(t, "flood", append(small["flood"], [2]string{"search.ttl", "[1, 4, 8]"}, [2]string{"content.copies", "[0.01, 0.1]"}))
	seen := map[string]int{}
	for _, row := range table(t, r, "strategies").Rows {
		name := row["strategy"].(string)
		seen[name]++
		if name == "flood, larger-ttl" && row["item"] != "by popularity" && (number(row["recall_percent"]) != 100 || number(row["success_percent"]) != 100) {
			t.Errorf("a flood of all misses something: %v", row)
		}
		if name == "32 walkers" && number(row["messages"]) > 32*64 {
			t.Errorf("walkers of 64 steps took %v", row["messages"])
		}
		if number(row["first_hit_ms"]) <= 0 || number(row["bytes"]) <= number(row["messages"]) {
			t.Errorf("%v", row)
		}
	}
	for _, name := range []string{"flood, drop-all", "flood, larger-ttl", "ring", "32 walkers"} {
		if seen[name] != 3 {
			t.Errorf("%d rows of %s", seen[name], name)
		}
	}
}

// A search that finds nothing is none that succeeded.
func TestStrategiesThatFail(t *testing.T) {
	r := runWith(t, "flood", append(small["flood"], [2]string{"search.ttl", "[1]"}, [2]string{"content.copies", "[0.001]"}, [2]string{"search.steps_max", "1"}))
	for _, row := range table(t, r, "strategies").Rows[:4] {
		if number(row["success_percent"]) == 100 || row["success_percent"] != row["recall_percent"] {
			t.Errorf("one copy among 300 nodes is found next door: %v", row)
		}
	}
}

// The drawing is of one flood: every node but the asker that was reached has one link that
// brought its first copy, from a node one link nearer.
func TestDrawing(t *testing.T) {
	m := runWith(t, "flood", small["flood"]).Mesh
	first := map[int]int{}
	hits := 0
	for _, l := range m.Links {
		if l.First {
			first[l.To]++
			if m.Nodes[l.To].Hops != m.Nodes[l.From].Hops+1 {
				t.Errorf("node %d at %d links got its copy from one at %d", l.To, m.Nodes[l.To].Hops, m.Nodes[l.From].Hops)
			}
		}
		if l.Hit {
			hits++
			if !l.First {
				t.Errorf("hits came over the link %d–%d, which brought no first copy", l.From, l.To)
			}
		}
	}
	holders := 0
	for v, n := range m.Nodes {
		if want := min(max(n.Hops, 0), 1); first[v] != want {
			t.Errorf("node %d at %d links has %d first copies", v, n.Hops, first[v])
		}
		if n.Holder && n.Hops > 0 {
			holders++
		}
	}
	if hits < holders || holders == 0 {
		t.Errorf("%d holders were reached, %d links carried hits", holders, hits)
	}
}

// What is lost on its way is missing from what a flood reaches.
func TestCoverageWithLoss(t *testing.T) {
	settings := append(small["flood"], [2]string{"search.ttl", "[1]"}, [2]string{"loss", "1"})
	for _, row := range table(t, runWith(t, "flood", settings), "coverage").Rows {
		if number(row["reached"]) != 0 || number(row["messages"]) != 8 {
			t.Errorf("%v", row)
		}
	}
}
