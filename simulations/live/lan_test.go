package live

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"starling/simulations"
)

// few are options for a network that starts in a second.
func few(t *testing.T) Options {
	o := DefaultOptions()
	o.Nodes, o.Degree, o.Searches, o.Holders, o.FetchBytes, o.FileBytes = 12, 4, 5, 3, 1<<20, 1000
	o.Dir = t.TempDir()
	return o
}

// nothingLeft fails when a run left files. What it left running, TestMain finds.
func nothingLeft(t *testing.T, o Options) {
	t.Helper()
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A network of whole nodes: every search asks all of them and hears from all who
// hold an answer, and the file fetched is the file asked for.
func TestLANKnowsWhatIsTrue(t *testing.T) {
	o := few(t)
	r, err := LAN(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, o)
	if r.Interrupted || r.Nodes != 12 || r.Links != 12*4/2 || r.Seed != o.Seed || !strings.Contains(r.Replay, "--seed 1") {
		t.Errorf("%+v", r)
	}
	searches := table(t, r, "searches")
	if len(searches.Rows) != o.Searches {
		t.Errorf("%d searches, want %d", len(searches.Rows), o.Searches)
	}
	for _, row := range searches.Rows {
		if row["asked"] != o.Nodes-1 || row["answered"] != row["holders"] || row["stopped"] != "finished" {
			t.Errorf("%v", row)
		}
		// Every node sends over all links but the one its first copy came by, and again when a later copy has a larger TTL.
		if copies := row["messages"].(int); copies < 2*r.Links-(o.Nodes-1) || row["duplicates"] != copies-(o.Nodes-1) {
			t.Errorf("%v: a flood over %d links", row, r.Links)
		}
	}
	bytes := 0
	for _, row := range table(t, r, "fetch").Rows {
		bytes += row["bytes"].(int)
	}
	if bytes < int(o.FetchBytes) {
		t.Errorf("the sources gave %d bytes of %d", bytes, o.FetchBytes)
	}
	for _, want := range []string{"times do not", "5 of 5 searches asked all 11", "5 of 5 heard", "gives the id that was asked for"} {
		if !strings.Contains(strings.Join(r.Findings, "\n"), want) {
			t.Errorf("no %q in %q", want, r.Findings)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func table(t *testing.T, r *simulations.Result, name string) simulations.Table {
	t.Helper()
	for _, table := range r.Tables {
		if table.Name == name {
			for _, row := range table.Rows {
				for _, c := range table.Columns {
					if _, ok := row[c.Key]; !ok || len(row) != len(table.Columns) {
						t.Errorf("table %s: no %s in %v", name, c.Key, row)
					}
				}
			}
			return table
		}
	}
	t.Fatalf("no table %s", name)
	return simulations.Table{}
}

// Nodes told of one address make the mesh themselves. It may still move while they
// are asked, so not every search reaches all.
func TestLANForms(t *testing.T) {
	o := few(t)
	o.Forming, o.Searches = true, 1
	r, err := LAN(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, o)
	if r.Links < 12*4/2 || table(t, r, "searches").Rows[0]["asked"].(int) < o.Nodes/2 {
		t.Errorf("%d links, searches %v", r.Links, table(t, r, "searches").Rows)
	}
}

// An interrupt at any step leaves what was known, and nothing else.
func TestLANInterrupted(t *testing.T) {
	for _, step := range []string{"nodes started", "links", "searches", "files fetched"} {
		t.Run(step, func(t *testing.T) {
			o := few(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			searches := 0
			r, err := LAN(ctx, o, func(p Progress) {
				if p.Done < 1 || p.Done > p.Of {
					t.Errorf("%+v", p)
				}
				if p.Step == "searches" {
					searches++
				}
				if p.Step == step && (p.Done == 3 || p.Of < 3) {
					cancel()
				}
			})
			if err != nil || r == nil || !r.Interrupted {
				t.Fatalf("%+v, %v", r, err)
			}
			nothingLeft(t, o)
			if searches == 0 && len(r.Tables) != 0 || searches > 0 && len(table(t, r, "searches").Rows) != searches {
				t.Errorf("%d searches were done; tables %v", searches, r.Tables)
			}
		})
	}
}

func TestLANRefuses(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"one node":         func(o *Options) { o.Nodes = 1 },
		"too many nodes":   func(o *Options) { o.Nodes = nodesMax + 1 },
		"no links":         func(o *Options) { o.Degree = 0 },
		"odd ends":         func(o *Options) { o.Nodes, o.Degree = 5, 1 },
		"nobody to fetch":  func(o *Options) { o.Holders = o.Nodes },
		"nobody to give":   func(o *Options) { o.Holders = 0 },
		"nothing to fetch": func(o *Options) { o.FetchBytes = 0 },
		"below zero":       func(o *Options) { o.FilesPerNode = -1 },
		"too many bytes":   func(o *Options) { o.FileBytes = diskMax / 12 },
		"beyond numbers":   func(o *Options) { o.FileBytes, o.FilesPerNode = 1<<62, 1<<40 },
		"a large fetch":    func(o *Options) { o.FetchBytes = 1 << 62 },
	} {
		o := few(t)
		change(&o)
		if r, err := LAN(t.Context(), o, nil); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v, %v", name, r, err)
		}
		nothingLeft(t, o)
	}
	o := few(t)
	o.Dir = filepath.Join(o.Dir, "is not there")
	if _, err := LAN(t.Context(), o, nil); err == nil || errors.Is(err, ErrOptions) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestPercentiles(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	got := []any{percentile(ten, 50), percentile(ten, 90), percentile(ten, 99), percentile(ten, 100), percentile(ten[:1], 50), percentile(nil, 50)}
	if diff := cmp.Diff([]any{5.0, 9.0, 10.0, 10.0, 1.0, nil}, got); diff != "" {
		t.Error(diff)
	}
}
