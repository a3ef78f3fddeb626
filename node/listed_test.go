package node

import (
	"fmt"
	"testing"

	"starling/share/content"
)

// TestListedBounds: what was browsed is found by a piece of its id with all who listed it, a piece that fits two is refused, and no node
// makes it grow without end.
func TestListedBounds(t *testing.T) {
	var l listed
	entry := func(i int) BrowseEntry {
		return BrowseEntry{Name: fmt.Sprint(i), SizeBytes: int64(i), ID: content.Sum([]byte(fmt.Sprint(i))).String()}
	}
	l.note("ann", []BrowseEntry{entry(1), {Name: "folder", Dir: true}, {Name: "odd", ID: "xyz"}})
	l.note("bob", []BrowseEntry{entry(1)})
	l.note("ann", []BrowseEntry{entry(1)})
	r, ok := l.byPrefix(entry(1).ID[:10])
	if !ok || r.Name != "1" || r.SizeBytes != 1 || fmt.Sprint(r.Sources) != "[ann bob]" || len(l.latest) != 1 {
		t.Errorf("%+v, %v, %d remembered", r, ok, len(l.latest))
	}
	if _, ok := l.byPrefix(entry(2).ID); ok {
		t.Error("what nobody listed is found")
	}
	for i := range 3 * listedMax {
		l.note("crawled", []BrowseEntry{entry(i)})
		l.note(fmt.Sprint("node ", i), []BrowseEntry{entry(3*listedMax - 1)})
	}
	if len(l.latest)+len(l.older) > 2*listedMax {
		t.Errorf("%d entries are remembered", len(l.latest)+len(l.older))
	}
	last, ok := l.byPrefix(entry(3*listedMax - 1).ID)
	if !ok || len(last.Sources) > rowSourcesMax {
		t.Errorf("found %v, with %d sources", ok, len(last.Sources))
	}
	if _, ok := l.byPrefix(""); ok {
		t.Error("a piece that fits many is taken")
	}
}
