package scenario

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"strconv"

	"starling/config"
	"starling/simulations"
	"starling/simulations/search"
	"starling/simulations/topology"
)

// Flooding is what floods from a number of nodes reached and cost.
type Flooding struct {
	TTLs []int
	Rows []FloodRow
	// Result is the same as means, for printing and drawing.
	Result *simulations.Result
}

// FloodRow is one node's floods.
type FloodRow struct {
	Source            int64 // as the edge list numbers it
	Reached, Messages []int // for each TTL: other nodes that got the query, and its copies on links
}

// Flood measures floods alone: from the sources of s, with each of its TTLs,
// under the first of its rules for duplicates. All links of a shipped scenario take
// equally long, so that the counts are those of the mesh, unless latency.kind was
// set. Errors are as those of Run, and so is what ctx does.
func Flood(ctx context.Context, s *Scenario, progress func(Progress)) (*Flooding, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	return s.alone().flood(ctx, progress)
}

// alone is s with what floods alone depend on: one rule, and equal delays unless
// the caller wants others.
func (s *Scenario) alone() *Scenario {
	alone := *s
	alone.Search.Duplicates = s.Search.Duplicates[:1]
	if isPath(s.loaded) {
		return &alone
	}
	alone.base = maps.Clone(s.base)
	alone.base["latency.kind"] = config.Quote("constant")
	if o, set := s.origins["latency.kind"]; !set || o.shipped {
		alone.Latency.Kind = "constant"
	}
	return &alone
}

func (s *Scenario) flood(ctx context.Context, progress func(Progress)) (*Flooding, error) {
	o, err := s.coverageOptions()
	if err != nil {
		return nil, err
	}
	at := Progress{Stage: "floods", Total: len(o.Sources)}
	rows, err := search.Coverage(ctx, o, func(events uint64) {
		at.Done++
		at.Events += events
		progress(at)
	})
	f := &Flooding{TTLs: s.Search.TTL}
	for _, row := range rows {
		f.add(o.Graph.ID(int(row.Source)), row.Floods)
	}
	f.Result = f.result(s, o.Graph)
	f.Result, err = s.finish(ctx, f.Result, err)
	return f, err
}

// coverageOptions draws the mesh and picks the nodes that ask.
func (s *Scenario) coverageOptions() (search.CoverageOptions, error) {
	var o search.CoverageOptions
	switch {
	case s.Loss != 0:
		return o, inputError(s.at("loss", "loss = %s: floods alone are counted without loss", spellFloat(s.Loss)))
	case s.Search.Sources == 0 && s.Search.SourcesFile == "":
		return o, inputErrorf("say how many nodes ask, or which: search.sources is 0")
	case s.Kind != "coverage":
		return o, inputErrorf("scenario %s is of kind %s, and floods alone are measured for kind coverage, such as flood", s.Name, s.Kind)
	}
	rng := rand.New(rand.NewPCG(s.Seed, 0))
	g, leaves, err := buildGraph(s, rng)
	if err != nil {
		return o, err
	}
	if leaves != nil {
		return o, inputError(s.at("topology.kind", "topology.kind = \"ultrapeers\": floods alone are measured where every node forwards"))
	}
	o = search.CoverageOptions{Graph: g, TTLs: s.Search.TTL, Seed: s.Seed, Workers: s.workers(g)}
	if o.Sources, err = sources(s, g, rng); err != nil {
		return o, err
	}
	if o.Delay, err = buildDelay(s, g.Nodes(), rng); err != nil {
		return o, err
	}
	o.Duplicates, err = rule(s.Search.Duplicates[0])
	return o, err
}

// workers is how many worlds on g fit into memory, one for each processor at most.
func (s *Scenario) workers(g *topology.Graph) int {
	processors := runtime.GOMAXPROCS(0)
	limit, err := s.limit()
	if err != nil || limit.Bytes == 0 {
		return processors
	}
	return int(min(max(1, limit.Bytes/topology.BytesFor(g.Nodes(), g.Edges())), int64(processors)))
}

func (f *Flooding) add(source int64, floods []search.Flooded) {
	row := FloodRow{Source: source}
	for _, flood := range floods {
		row.Reached = append(row.Reached, flood.Reached)
		row.Messages = append(row.Messages, flood.Messages)
	}
	f.Rows = append(f.Rows, row)
}

// CSV writes a line for each source, under a line of headings: source, then
// reached_ttlN for each TTL, then messages_ttlN.
func (f *Flooding) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	record := []string{"source"}
	for _, what := range []string{"reached", "messages"} {
		for _, ttl := range f.TTLs {
			record = append(record, fmt.Sprintf("%s_ttl%d", what, ttl))
		}
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, row := range f.Rows {
		record = append(record[:0], strconv.FormatInt(row.Source, 10))
		for _, counts := range [][]int{row.Reached, row.Messages} {
			for _, n := range counts {
				record = append(record, strconv.Itoa(n))
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
