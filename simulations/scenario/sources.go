package scenario

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"starling/simulations/topology"
)

// sourceColumns are the headings under which a CSV may list the nodes that ask.
var sourceColumns = []string{"source", "source_snap_id"}

// Caps of a list of sources.
const (
	sourcesBytesMax = 64 << 20
	sourcesMax      = 1_000_000
)

// byteOrderMark is what some editors put before a text.
const byteOrderMark = "\ufeff"

// sources are the nodes of g that ask: those listed in search.sources_file, in its
// order, or else search.sources of the largest component, picked by rng and
// ascending; none if both are empty. Errors are InputErrors.
func sources(s *Scenario, g *topology.Graph, rng *rand.Rand) ([]uint32, error) {
	if name := s.Search.SourcesFile; name != "" {
		list, err := readSources(s.path("search.sources_file", name), g)
		if err != nil {
			return nil, inputError(s.at("search.sources_file", "%w", err))
		}
		return list, nil
	}
	nodes := g.Largest()
	if s.Search.Sources > len(nodes) {
		return nil, inputError(s.at("search.sources", "search.sources = %d: the largest component has only %d nodes", s.Search.Sources, len(nodes)))
	}
	for i := range s.Search.Sources {
		k := i + rng.IntN(len(nodes)-i)
		nodes[i], nodes[k] = nodes[k], nodes[i]
	}
	nodes = nodes[:s.Search.Sources]
	slices.Sort(nodes)
	return nodes, nil
}

// readSources reads numbers of nodes as the edge list has them.
func readSources(path string, g *topology.Graph) ([]uint32, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the list of sources: %w", err)
	}
	defer file.Close()
	return parseSources(file, path, g)
}

// parseSources reads one number a line, or the column of a CSV; # starts a
// comment. name stands in errors.
func parseSources(in io.Reader, name string, g *topology.Graph) ([]uint32, error) {
	limited := &io.LimitedReader{R: in, N: sourcesBytesMax}
	records := csv.NewReader(limited)
	records.Comment, records.FieldsPerRecord, records.ReuseRecord = '#', -1, true
	var list []uint32
	for column := -1; ; {
		record, err := records.Read()
		switch {
		case limited.N <= 0:
			return nil, fmt.Errorf("%s has more than %d bytes; is it a list of sources?", name, sourcesBytesMax)
		case errors.Is(err, io.EOF) && len(list) == 0:
			return nil, fmt.Errorf("%s lists no node; write one number of the edge list a line", name)
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, err)
		case isRemark(record):
			continue
		}
		line, _ := records.FieldPos(0)
		if column < 0 {
			if column = sourceColumn(record); column >= 0 {
				continue
			}
			column = 0
			if len(record) > 1 {
				return nil, fmt.Errorf("%s line %d: a CSV of sources begins with a line of headings, one of them %s", name, line, strings.Join(sourceColumns, " or "))
			}
		}
		v, err := sourceOf(record, column, g)
		if err == nil && len(list) == sourcesMax {
			err = fmt.Errorf("more than %d sources", sourcesMax)
		}
		if err != nil {
			return nil, fmt.Errorf("%s line %d: %w", name, line, err)
		}
		list = append(list, v)
	}
}

// isRemark: blank, or a comment that does not begin in the first column.
func isRemark(record []string) bool {
	first := strings.TrimSpace(record[0])
	return strings.HasPrefix(first, "#") || first == "" && len(record) == 1
}

// sourceColumn finds the column in a line of headings, -1 when it is none.
func sourceColumn(record []string) int {
	return slices.IndexFunc(record, func(heading string) bool {
		return slices.Contains(sourceColumns, strings.ToLower(strings.TrimSpace(strings.TrimPrefix(heading, byteOrderMark))))
	})
}

func sourceOf(record []string, column int, g *topology.Graph) (uint32, error) {
	if column >= len(record) {
		return 0, fmt.Errorf("the line has %d columns, and the sources are in column %d", len(record), column+1)
	}
	text, _, _ := strings.Cut(record[column], "#")
	text = strings.TrimSpace(strings.TrimPrefix(text, byteOrderMark))
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0, fmt.Errorf("%s is no number of a node, and no heading such as %s", show(text), sourceColumns[0])
	}
	v, known := g.Node(id)
	if !known {
		return 0, fmt.Errorf("there is no node %d in the mesh, which has %d nodes; list numbers of the edge list", id, g.Nodes())
	}
	return uint32(v), nil
}
