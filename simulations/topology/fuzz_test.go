package topology

import (
	"bytes"
	"strings"
	"testing"
)

// Whatever a file holds, reading it ends in a graph that keeps its promises, or
// in an error that names the file.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"", "1 2\n", wellFormed, "1,2\n2,3\n3,1\n", "# only\n% comments", "0\t0\n", "1 2 3", "-1 2", "9223372036854775808 1",
		"1 9223372036854775807", "a b", "1 2\x00", "\x1f\x8b", "\x1f", "\r\n\r\n", "1 2\n\n\n2 1\n1 1",
	} {
		f.Add([]byte(text))
		f.Add([]byte(zipped(f, text)))
	}
	whole := zipped(f, wellFormed)
	f.Add([]byte(whole[:len(whole)-5]))
	f.Fuzz(func(t *testing.T, text []byte) {
		g, notes, err := Read(bytes.NewReader(text), "list", Limit{Bytes: 1 << 20})
		if err != nil {
			if g != nil || !strings.HasPrefix(err.Error(), "list") {
				t.Fatalf("%v, with a graph: %v", err, g != nil)
			}
			return
		}
		mustBeSimple(t, g)
		for v := range g.Nodes() {
			if got, ok := g.Node(g.ID(v)); got != v || !ok || g.ID(v) < 0 || (v > 0 && g.ID(v) <= g.ID(v-1)) {
				t.Fatalf("node %d has id %d, which is node %d", v, g.ID(v), got)
			}
		}
		if g.Edges() == 0 || g.Edges()+notes.Loops+notes.Repeats > notes.Lines || notes.LargestNodes != len(g.Largest()) {
			t.Fatalf("%d edges, %+v", g.Edges(), notes)
		}
	})
}
