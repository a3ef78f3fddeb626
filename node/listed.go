package node

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"starling/share/content"
)

// listed remembers what other nodes have listed when they were browsed, so that what was seen there can be fetched by its id: a node that
// shares with named nodes alone answers no query that has come over others, but serves who comes to it.
type listed struct {
	mu     sync.Mutex // guards what follows
	latest map[content.ID]*row
	older  map[content.ID]*row
}

// listedMax bounds each half of what is remembered, some 300 bytes each. When one is full the older half goes.
const listedMax = 5_000

// note takes in a page of a node.
func (l *listed) note(node string, entries []BrowseEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		id, err := content.ParseID(e.ID)
		if err != nil {
			continue // a folder that is no collection
		}
		if l.latest == nil || len(l.latest) >= listedMax {
			l.latest, l.older = make(map[content.ID]*row), l.latest
		}
		r := l.latest[id]
		if r == nil {
			r = &row{ID: id, Name: e.Name, SizeBytes: e.SizeBytes}
			l.latest[id] = r
		}
		if !slices.Contains(r.Sources, node) && len(r.Sources) < rowSourcesMax {
			r.Sources = append(r.Sources, node)
		}
	}
}

// byPrefix finds the one entry whose id begins so, with all who listed it. It is false when there is none, or more than one.
func (l *listed) byPrefix(prefix string) (row, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out *row
	for _, half := range []map[content.ID]*row{l.latest, l.older} {
		for r := range maps.Values(half) {
			if !strings.HasPrefix(r.ID.String(), prefix) {
				continue
			}
			if out != nil && out.ID != r.ID {
				return row{}, false
			}
			out = merge(out, r)
		}
	}
	if out == nil {
		return row{}, false
	}
	return *out, true
}
