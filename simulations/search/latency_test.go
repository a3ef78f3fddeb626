package search

import (
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"

	"starling/query"
	"starling/simulations/hostile"
	"starling/simulations/latency"
)

// Real delays cut the reach of drop-all and leave that of larger-ttl, which pays
// with messages: by as much as an independent count says, whose delays were those of
// another set of sites.
func TestLatencyEffectIsTheReference(t *testing.T) {
	rows := readTable(t, "flood-latency-effect.csv")[1:]
	rules := map[string]query.Rule{"drop_all_duplicates": query.DropAll, "reforward_if_higher_ttl": query.LargerTTL}
	sources := 20
	if everything() {
		sources = 50
	}
	unit := map[string][]CoverageRow{}
	for _, row := range rows {
		name, ttl := row[0], integer(t, row[2])
		if name != "p2p-Gnutella08" && !everything() {
			continue
		}
		number := func(column int) float64 {
			v, err := strconv.ParseFloat(row[column], 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		g := readTopology(t, name[len(name)-2:])
		o := CoverageOptions{Graph: g, TTLs: []int{ttl}, Duplicates: rules[row[1]]}
		for _, r := range readReference(t, g, name[len(name)-2:], 200/sources) {
			o.Sources = append(o.Sources, r.source)
		}
		key := name + row[2]
		if unit[key] == nil {
			unit[key] = cover(t, o)
		}
		o.Delay = measuredDelays(t)
		real := cover(t, o)
		reached := total(real, reachedOf) / total(unit[key], reachedOf)
		messages := total(real, messagesOf) / total(unit[key], messagesOf)
		wantReached, wantMessages := number(6), number(8)/number(7)
		t.Logf("%s %-24s TTL %d: reach × %.3f, reference %.3f; messages × %.3f, reference %.3f", name, row[1], ttl, reached, wantReached, messages, wantMessages)
		if o.Duplicates == query.LargerTTL && reached != 1 {
			t.Errorf("%s TTL %d: larger-ttl reaches %.4f of what it should", name, ttl, reached)
		}
		if math.Abs(reached-wantReached) > reachTolerance || math.Abs(messages/wantMessages-1) > messagesTolerance {
			t.Errorf("%s %s TTL %d: too far from the reference", name, row[1], ttl)
		}
	}
}

// The delays are of other sites, so that the effect is not the same figure: the
// reach within a twelfth of all, the messages within a quarter.
const (
	reachTolerance    = 0.08
	messagesTolerance = 0.25
)

func measuredDelays(t *testing.T) latency.Delay {
	t.Helper()
	m, err := latency.ReadMatrix(filepath.Join(hostile.DataFolder("../.."), "latency", "planetlab-rtt-ms-490x490.tsv.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no measured delays: %v; set STARLING_DATA to the folder of test data", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m.Place(rand.New(rand.NewPCG(3, 3)))
}

func cover(t *testing.T, o CoverageOptions) []CoverageRow {
	t.Helper()
	rows, err := Coverage(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func reachedOf(f Flooded) int  { return f.Reached }
func messagesOf(f Flooded) int { return f.Messages }

func total(rows []CoverageRow, of func(Flooded) int) float64 {
	sum := 0
	for _, r := range rows {
		sum += of(r.Floods[0])
	}
	return float64(sum)
}
