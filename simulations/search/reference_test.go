package search

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"starling/query"
	"starling/simulations/hostile"
	"starling/simulations/topology"
)

// reference is one row of a table of floods: what a source reaches and how many
// messages that takes, with TTL 1 to 8.
type reference struct {
	source            uint32
	reached, messages []int
}

const referenceTTLs = 8

// Flooding the crawled overlays of 2002 with the router reaches as many nodes with
// as many messages as an independent count says, source by source and TTL by TTL.
// STARLING_TEST_FULL=1 does all 200 sources of each, else every 25th.
func TestFloodEqualsTheReference(t *testing.T) {
	step := 25
	if everything() {
		step = 1
	}
	for _, number := range []string{"04", "08", "25", "31"} {
		t.Run(number, func(t *testing.T) {
			g := readTopology(t, number)
			want := readReference(t, g, number, step)
			o := CoverageOptions{Graph: g, Duplicates: query.DropAll}
			for ttl := 1; ttl <= referenceTTLs; ttl++ {
				o.TTLs = append(o.TTLs, ttl)
			}
			for _, r := range want {
				o.Sources = append(o.Sources, r.source)
			}
			got, err := Coverage(t.Context(), o, nil)
			if err != nil {
				t.Fatal(err)
			}
			compared := 0
			for i, r := range want {
				for k := range o.TTLs {
					f := got[i].Floods[k]
					if f.Reached != r.reached[k] || f.Messages != r.messages[k] {
						t.Errorf("from %d with TTL %d: %d nodes and %d messages, want %d and %d",
							g.ID(int(r.source)), k+1, f.Reached, f.Messages, r.reached[k], r.messages[k])
					}
					compared += 2
				}
			}
			t.Logf("%d integers of %d sources compared", compared, len(want))
		})
	}
}

// everything says whether to compare all there is, which takes minutes.
func everything() bool { return os.Getenv("STARLING_TEST_FULL") != "" }

func readTopology(t testing.TB, number string) *topology.Graph {
	t.Helper()
	if raceDetector {
		t.Skip("a world has one goroutine: the race detector would only make it slow")
	}
	path := filepath.Join(hostile.DataFolder("../.."), "topologies", "p2p-Gnutella"+number+".txt.gz")
	g, _, err := topology.ReadFile(path, topology.Limit{})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no crawled overlays to flood: %v; set STARLING_DATA to the folder of test data", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func readReference(t testing.TB, g *topology.Graph, number string, step int) []reference {
	t.Helper()
	records := readTable(t, "flood-sources-"+number+".csv")[1:]
	if len(records) != 200 {
		t.Fatalf("%d sources", len(records))
	}
	var out []reference
	for i := 0; i < len(records); i += step {
		numbers := make([]int, 0, 2*referenceTTLs)
		for _, field := range records[i][4:] {
			numbers = append(numbers, integer(t, field))
		}
		source, ok := g.Node(int64(integer(t, records[i][2])))
		if !ok || g.Degree(source) != integer(t, records[i][3]) || len(numbers) != 2*referenceTTLs {
			t.Fatalf("row %d does not fit the overlay: %v", i, records[i])
		}
		out = append(out, reference{uint32(source), numbers[:referenceTTLs], numbers[referenceTTLs:]})
	}
	return out
}

func readTable(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(hostile.DataFolder("../.."), "reference", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no reference table: %v; set STARLING_DATA to the folder of test data", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1 // its first line says 1..8 in one column
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func integer(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
