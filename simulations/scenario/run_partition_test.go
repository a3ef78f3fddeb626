package scenario

import (
	"math"
	"strings"
	"testing"

	"starling/simulations"
)

func phaseOf(t *testing.T, r *simulations.Result, name string) simulations.Row {
	t.Helper()
	for _, row := range rowsOf(t, r, "phases") {
		if row["phase"] == name {
			return row
		}
	}
	t.Fatalf("no phase %s in %v", name, rowsOf(t, r, "phases"))
	return nil
}

func TestPartition(t *testing.T) {
	r := ran(t, "partition", "nodes=200", "partition.at_s=20", "partition.heal_s=80", "partition.until_s=120")
	before, healed := phaseOf(t, r, "whole"), phaseOf(t, r, "healed")
	if number(before["reach_min_percent"]) != 100 || number(before["links"]) != 8 {
		t.Errorf("%v", before)
	}
	half := 100 * 99.0 / 199
	silent, apart := phaseOf(t, r, "cut, not noticed"), phaseOf(t, r, "cut, noticed")
	if got := number(apart["reach_min_percent"]); math.Abs(got-half) > 1e-9 || apart["across"] != 0 || math.Abs(number(apart["reach_percent"])-half) > 1e-9 {
		t.Errorf("apart: %v, a half is %v %%", apart, half)
	}
	if silent["across"] != before["across"] || number(silent["reach_percent"]) > half+1e-9 || number(apart["links"]) < 6 {
		t.Errorf("cut: %v, then %v", silent, apart)
	}
	healing := rowsOf(t, r, "healing")[0]
	if whole := number(healing["whole_s"]); healing["whole_s"] == nil || whole > 30 || number(healing["first_s"]) > whole || healing["away_s"] != 60.0 {
		t.Errorf("%v", healing)
	}
	if back := healing["links_back"].(int); back == 0 || healed["across"].(int) < back || number(healed["reach_percent"]) < 95 {
		t.Errorf("%v, %v", healing, healed)
	}
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0], "was one again") {
		t.Errorf("%v", r.Findings)
	}
}

// A cut that nobody notices costs no link.
func TestPartitionUnnoticed(t *testing.T) {
	r := ran(t, "partition", "nodes=100", "partition.at_s=20", "partition.heal_s=30", "partition.until_s=50", "partition.sample_s=5")
	before, healed := phaseOf(t, r, "whole"), phaseOf(t, r, "healed")
	if healed["across"] != before["across"] || len(rowsOf(t, r, "phases")) != 3 {
		t.Errorf("%v", rowsOf(t, r, "phases"))
	}
	if healing := rowsOf(t, r, "healing")[0]; healing["whole_s"] != watchEvery.Seconds() || healing["links_back"] != 0 {
		t.Errorf("%v", healing)
	}
}
