package live

import (
	"fmt"
	"slices"
	"time"

	"starling/simulations"
)

// ScenarioName is what a result of LAN is filed under.
const ScenarioName = "lan"

// result says what is known of the network.
func (w *lan) result() *simulations.Result {
	r := &simulations.Result{
		Scenario: ScenarioName,
		Title:    fmt.Sprintf("%d whole nodes on this machine, in real time (times differ from run to run)", w.Nodes),
		Seed:     w.Seed, Nodes: w.Nodes, Links: w.links,
		Settings: w.settings(),
		Replay:   fmt.Sprintf("starling simulate lan --nodes %d --seed %d", w.Nodes, w.Seed),
		Tables:   []simulations.Table{},
	}
	if len(w.searches) > 0 {
		r.Tables = append(r.Tables, w.searchTable(), w.timesTable())
		r.Charts = append(r.Charts, w.timesChart())
	}
	if w.fetch != nil {
		r.Tables = append(r.Tables, w.fetchTable())
	}
	r.Findings = w.findings()
	return r
}

func (w *lan) settings() []simulations.KeyVal {
	mesh := "drawn"
	if w.Forming {
		mesh = "formed by the nodes"
	}
	out := []simulations.KeyVal{}
	for _, s := range []struct {
		key   string
		value any
	}{
		{"nodes", w.Nodes}, {"seed", w.Seed}, {"degree", w.Degree}, {"mesh", mesh}, {"searches", w.Searches},
		{"files_per_node", w.FilesPerNode}, {"file_bytes", w.FileBytes}, {"holders", w.Holders}, {"fetch_bytes", w.FetchBytes},
	} {
		out = append(out, simulations.KeyVal{Key: s.key, Value: fmt.Sprint(s.value)})
	}
	return out
}

func (w *lan) searchTable() simulations.Table {
	t := simulations.Table{Name: "searches", Title: "Searches, each from a node that chance picked", Columns: []simulations.Column{
		{Key: "n", Title: "#"}, {Key: "node", Title: "From node"}, {Key: "query", Title: "Query"},
		{Key: "asked", Title: "Asked"}, {Key: "of", Title: "Of"}, {Key: "answered", Title: "Answered"}, {Key: "holders", Title: "Holders"},
		{Key: "files", Title: "Files"}, {Key: "messages", Title: "Messages"}, {Key: "duplicates", Title: "Duplicates"},
		{Key: "first_hit_ms", Title: "First hit ms", Digits: 1}, {Key: "finished_ms", Title: "Finished ms", Digits: 1}, {Key: "stopped", Title: "Stopped"},
	}}
	for i, s := range w.searches {
		t.Rows = append(t.Rows, simulations.Row{
			"n": i + 1, "node": s.asker, "query": s.text, "asked": s.receipt.Asked, "of": w.Nodes - 1,
			"answered": s.receipt.Answered, "holders": s.holders, "files": s.receipt.Rows,
			"messages": s.receipt.Messages, "duplicates": s.receipt.Messages - s.receipt.Asked,
			"first_hit_ms": milliseconds(s.firstHit), "finished_ms": milliseconds(s.finished), "stopped": s.receipt.Stopped,
		})
	}
	return t
}

// milliseconds is a cell: nil where there is no time.
func milliseconds(d time.Duration) any {
	if d < 0 {
		return nil
	}
	return float64(d) / float64(time.Millisecond)
}

// times are the ascending times of all searches that have one.
func (w *lan) times(of func(search) time.Duration) (out []float64) {
	for _, s := range w.searches {
		if d := of(s); d >= 0 {
			out = append(out, float64(d)/float64(time.Millisecond))
		}
	}
	slices.Sort(out)
	return out
}

func (w *lan) firstHits() []float64 {
	return w.times(func(s search) time.Duration { return s.firstHit })
}
func (w *lan) finishes() []float64 {
	return w.times(func(s search) time.Duration { return s.finished })
}

// percentile is the least value that p per cent of the ascending values do not
// exceed.
func percentile(ascending []float64, p int) any {
	if len(ascending) == 0 {
		return nil
	}
	return ascending[max(0, (p*len(ascending)+99)/100-1)]
}

func (w *lan) timesTable() simulations.Table {
	t := simulations.Table{Name: "times", Title: "How long searches take", Columns: []simulations.Column{
		{Key: "percentile", Title: "Percentile"}, {Key: "first_hit_ms", Title: "First hit ms", Digits: 1}, {Key: "finished_ms", Title: "Finished ms", Digits: 1},
	}}
	first, finished := w.firstHits(), w.finishes()
	for _, p := range []int{50, 90, 99, 100} {
		t.Rows = append(t.Rows, simulations.Row{"percentile": p, "first_hit_ms": percentile(first, p), "finished_ms": percentile(finished, p)})
	}
	return t
}

func (w *lan) timesChart() simulations.Chart {
	line := func(name string, ascending []float64) simulations.Series {
		s := simulations.Series{Name: name}
		for i, ms := range ascending {
			s.Points = append(s.Points, [2]float64{100 * float64(i+1) / float64(len(ascending)), ms})
		}
		return s
	}
	return simulations.Chart{
		Name: "times", Title: fmt.Sprintf("%d searches among %d nodes on one machine", len(w.searches), w.Nodes),
		X:      simulations.Axis{Label: "searches, per cent", Max: 100},
		Y:      simulations.Axis{Label: "at most, ms"},
		Series: []simulations.Series{line("first hit", w.firstHits()), line("all nodes have answered", w.finishes())},
	}
}

func (w *lan) fetchTable() simulations.Table {
	t := simulations.Table{Name: "fetch", Title: "One file, fetched from all who hold it", Columns: []simulations.Column{
		{Key: "source", Title: "From node"}, {Key: "bytes", Title: "Bytes"}, {Key: "share_percent", Title: "Share %", Digits: 1},
	}}
	number := map[string]int{}
	for i, n := range w.nodes {
		number[n.id] = i
	}
	for _, s := range w.fetch.download.Sources {
		t.Rows = append(t.Rows, simulations.Row{
			"source": number[s.Node], "bytes": int(s.Bytes), "share_percent": 100 * float64(s.Bytes) / float64(max(w.fetch.download.FetchedBytes, 1)),
		})
	}
	slices.SortFunc(t.Rows, func(a, b simulations.Row) int { return a["source"].(int) - b["source"].(int) })
	return t
}

// givers are the nodes that sent some of the file.
func (f *fetch) givers() (n int) {
	for _, s := range f.download.Sources {
		if s.Bytes > 0 {
			n++
		}
	}
	return n
}

// verified tells whether what arrived is what was asked for.
func (f *fetch) verified() bool { return f.id == f.wanted }
