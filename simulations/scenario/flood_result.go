package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"starling/config"
	"starling/simulations"
	"starling/simulations/topology"
)

// floodKeys are the keys and sections that floods alone depend on.
var floodKeys = []string{"seed", "nodes", "topology", "latency", "search.ttl", "search.duplicates", "search.sources", "search.sources_file"}

// result has the means over all sources. It has a name of its own, so that it
// does not take the place of the whole scenario's result.
func (f *Flooding) result(s *Scenario, g *topology.Graph) *simulations.Result {
	r := newResult(s, g.Nodes(), g.Edges())
	r.Scenario, r.Title, r.Replay = s.Name+"-coverage", "How far floods reach and what they cost", s.floodReplay()
	r.Settings = slices.DeleteFunc(r.Settings, func(setting simulations.KeyVal) bool {
		return !slices.Contains(floodKeys, setting.Key) && !slices.Contains(floodKeys, sectionOf(setting.Key))
	})
	t := simulations.Table{
		Name:  "floods",
		Title: fmt.Sprintf("Floods from %d nodes, duplicates %s: means", len(f.Rows), s.Search.Duplicates[0]),
		Columns: []simulations.Column{
			{Key: "ttl", Title: "TTL"},
			{Key: "reached", Title: "nodes reached", Digits: 1},
			{Key: "reached_share", Title: "of all others", Digits: 4},
			{Key: "messages", Title: "messages", Digits: 1},
			{Key: "messages_per_reached", Title: "for each node reached", Digits: 3},
		},
	}
	reached := simulations.Series{Name: "nodes reached"}
	messages := simulations.Series{Name: "messages"}
	for i, ttl := range f.TTLs {
		nodes, copies := f.means(i)
		row := simulations.Row{"ttl": ttl, "reached": nodes, "reached_share": nil, "messages": copies, "messages_per_reached": nil}
		if nodes > 0 {
			row["reached_share"] = nodes / float64(g.Nodes()-1)
			row["messages_per_reached"] = copies / nodes
		}
		t.Rows = append(t.Rows, row)
		reached.Points = append(reached.Points, [2]float64{float64(ttl), nodes})
		messages.Points = append(messages.Points, [2]float64{float64(ttl), copies})
	}
	r.Tables = append(r.Tables, t)
	r.Charts = append(r.Charts, simulations.Chart{
		Name: "reach", Title: "Nodes reached and messages, by TTL",
		X: simulations.Axis{Label: "TTL (links)"}, Y: simulations.Axis{Label: "mean of all floods", Log: true},
		Series: []simulations.Series{reached, messages},
	})
	return r
}

// means are those of the i-th TTL.
func (f *Flooding) means(i int) (reached, messages float64) {
	for _, row := range f.Rows {
		reached += float64(row.Reached[i])
		messages += float64(row.Messages[i])
	}
	n := float64(max(len(f.Rows), 1))
	return reached / n, messages / n
}

// floodReplay is the command that measures the same floods again.
func (s *Scenario) floodReplay() string {
	words := []string{"starling", "simulate", "run", s.loaded}
	var asked []string
	switch file := s.Search.SourcesFile; {
	case file == "":
		asked = []string{"--sources", strconv.Itoa(s.Search.Sources)}
	case config.Quote(file) != s.base["search.sources_file"]:
		asked = []string{"--sources", file}
	}
	var ttls []string
	for _, ttl := range s.Search.TTL {
		ttls = append(ttls, strconv.Itoa(ttl))
	}
	own := []string{"search.ttl", "search.duplicates", "search.sources", "search.sources_file"}
	words = append(words, s.changesBut(own)...)
	words = append(words, asked...)
	words = append(words, "--ttl", strings.Join(ttls, ","), "--duplicates", s.Search.Duplicates[0])
	return quoteWords(words)
}
