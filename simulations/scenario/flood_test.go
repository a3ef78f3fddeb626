package scenario

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// ring is a scenario of nine nodes in a ring, numbered 0, 10, 20 and so on. A flood
// with TTL t reaches t nodes on each side, with one message for each, and the two
// nodes where both ends meet send one more.
func ring(t *testing.T) *Scenario {
	t.Helper()
	var edges strings.Builder
	for i := range 9 {
		edges.WriteString(strconv.Itoa(10*i) + " " + strconv.Itoa(10*((i+1)%9)) + "\n")
	}
	path := filepath.Join(t.TempDir(), "ring.txt")
	if err := os.WriteFile(path, []byte(edges.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := load(t, "flood")
	for key, value := range map[string]string{"topology.kind": "file", "topology.file": path, "search.sources": "3", "search.ttl": "1,2,5"} {
		if err := s.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestFlood(t *testing.T) {
	s := ring(t)
	var last Progress
	f, err := Flood(t.Context(), s, func(p Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	if last.Done != 3 || last.Total != 3 || last.Events == 0 {
		t.Errorf("progress ended with %+v", last)
	}
	var text strings.Builder
	if err := f.CSV(&text); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	if err != nil || len(records) != 4 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if got := strings.Join(records[0], ","); got != "source,reached_ttl1,reached_ttl2,reached_ttl5,messages_ttl1,messages_ttl2,messages_ttl5" {
		t.Error(got)
	}
	for _, record := range records[1:] {
		// TTL 5 covers the ring: 18 directions of links less the 8 that first copies came by.
		if got := strings.Join(record[1:], ","); got != "2,4,8,2,4,10" {
			t.Errorf("from %s: %s", record[0], got)
		}
		if id, err := strconv.Atoi(record[0]); err != nil || id%10 != 0 || id > 80 {
			t.Errorf("source %s is none of the edge list's numbers", record[0])
		}
	}
	row := f.Result.Tables[0].Rows[2]
	if row["reached"] != 8.0 || row["reached_share"] != 1.0 || row["messages"] != 10.0 || row["messages_per_reached"] != 1.25 {
		t.Errorf("means %v", row)
	}
	if want := "starling simulate run flood --topology " + s.Topology.File + " --sources 3 --ttl 1,2,5 --duplicates drop-all"; f.Result.Replay != want {
		t.Errorf("replay %s\nwant   %s", f.Result.Replay, want)
	}
	for _, setting := range f.Result.Settings {
		if setting.Key == "latency.kind" && setting.Value != `"constant"` || setting.Key == "search.count" || setting.Key == "search.duplicates" && setting.Value != `["drop-all"]` {
			t.Errorf("%s = %s is no setting of these floods", setting.Key, setting.Value)
		}
	}
	if len(s.Search.Duplicates) != 2 || s.Latency.Kind != "spread" {
		t.Error("the scenario itself was changed")
	}
	if f.Result.Nodes != 9 || f.Result.Links != 9 {
		t.Errorf("%d nodes, %d links", f.Result.Nodes, f.Result.Links)
	}
}

func TestFloodFromAList(t *testing.T) {
	s := ring(t)
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte("80\n0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Search.SourcesFile = list
	f, err := Flood(t.Context(), s, nil)
	if err != nil || len(f.Rows) != 2 || f.Rows[0].Source != 80 || f.Rows[1].Source != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	if want := " --sources " + list + " --ttl"; !strings.Contains(f.Result.Replay, want) {
		t.Errorf("replay %s", f.Result.Replay)
	}
}

// Where delays differ, larger-ttl sends more messages and reaches no fewer nodes.
func TestFloodByRule(t *testing.T) {
	measure := func(rule string) (reached, messages float64) {
		s := load(t, "flood")
		s.Nodes = 500
		if err := s.Set("latency.kind", "spread"); err != nil {
			t.Fatal(err)
		}
		s.Search.Sources, s.Search.TTL, s.Search.Duplicates = 5, []int{3}, []string{rule}
		f, err := Flood(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(f.Result.Replay, "--set latency.kind=spread") {
			t.Errorf("replay %s", f.Result.Replay)
		}
		return f.means(0)
	}
	dropReached, drop := measure("drop-all")
	largerReached, larger := measure("larger-ttl")
	if drop >= larger || dropReached > largerReached {
		t.Errorf("drop-all: %v nodes, %v messages; larger-ttl: %v and %v", dropReached, drop, largerReached, larger)
	}
}

func TestFloodRefuses(t *testing.T) {
	for _, c := range []struct {
		key, value, want string
	}{
		{"search.sources", "10", "only 9 nodes"},
		{"search.sources", "0", "say how many nodes ask"},
		{"kind", "strategies", "of kind strategies"},
		{"search.ttl", "31", "too large"},
		{"loss", "0.1", "--set loss: loss = 0.1: floods alone are counted without loss"},
		{"topology.file", "/no/such", "no such file"},
	} {
		s := ring(t)
		if err := s.Set(c.key, c.value); err != nil {
			t.Fatal(err)
		}
		var input *InputError
		if _, err := Flood(t.Context(), s, nil); !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v", c.key, c.value, err)
		}
	}
	s := load(t, "flood")
	s.Topology.Kind, s.Nodes, s.Topology.Degree = "ultrapeers", 200, 4
	if _, err := Flood(t.Context(), s, nil); err == nil || !strings.Contains(err.Error(), "every node forwards") {
		t.Error(err)
	}
}

func TestFloodStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s := load(t, "flood")
	s.Nodes, s.Search.Sources, s.Search.TTL = 1000, 1000, []int{7}
	f, err := Flood(ctx, s, func(p Progress) { stop() })
	if !errors.Is(err, context.Canceled) || !f.Result.Interrupted || len(f.Rows) == 0 || len(f.Rows) > 500 {
		t.Errorf("%d rows, %v", len(f.Rows), err)
	}
}
