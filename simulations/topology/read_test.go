package topology

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"starling/simulations/hostile"
)

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Every form a line may have, with ids that have gaps.
const wellFormed = "\ufeff# a comment, with 1 2 in it\r\n" +
	"% another\n\n \t \n" +
	"7 9223372036854775807\r\n" + // the greatest id
	"007\t0\n" + // leading zeros
	"  0 ,  30  \n0,30\n" + // a repeat
	"30 0 # the same, turned round\n" +
	"5 5%a loop\n" +
	"9 11" // no line end

func TestReadTakesEveryForm(t *testing.T) {
	for name, text := range map[string]string{"plain": wellFormed, "gzip": zipped(t, wellFormed), "gzip in two parts": zipped(t, wellFormed[:40]) + zipped(t, wellFormed[40:])} {
		g, notes, err := Read(strings.NewReader(text), "list", Limit{})
		if err != nil {
			t.Fatal(name, err)
		}
		mustBeSimple(t, g)
		want := Notes{Lines: 11, Loops: 1, Repeats: 2, Components: 3, LargestNodes: 4}
		if notes != want {
			t.Errorf("%s: %+v, want %+v", name, notes, want)
		}
		ids := []int64{0, 5, 7, 9, 11, 30, 9223372036854775807}
		if g.Nodes() != len(ids) || g.Edges() != 4 {
			t.Fatalf("%s: %d nodes, %d edges", name, g.Nodes(), g.Edges())
		}
		for v, id := range ids {
			if found, ok := g.Node(id); g.ID(v) != id || found != v || !ok {
				t.Errorf("%s: node %d has id %d, want %d, which is node %d, %v", name, v, g.ID(v), id, found, ok)
			}
		}
		if _, ok := g.Node(8); ok {
			t.Errorf("%s: there is a node 8", name)
		}
		if row := fmt.Sprint(g.Neighbours(0)); row != "[2 5]" { // 0 is linked to 7 and 30
			t.Errorf("%s: 0 is linked to %s", name, row)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	const good = "# header\n1 2\n"
	for _, c := range []struct{ line, reason string }{
		{"17", "one number only"},
		{"17 # 18", "one number only"},
		{"17,", "one number only"},
		{"1 2 3", "more than two"},
		{"1 2 0.5", "more than two"},
		{"a b", "no number"},
		{"1 node", "no number"},
		{"12a 3", "no number"},
		{"1.5 2", "no number"},
		{"0x10 2", "no number"},
		{"+1 2", "no number"},
		{"1;2", "no number"},
		{"1 2 weight", "no number"},
		{"- 2", "no number"},
		{"-1 2", "negative"},
		{"1 -2", "negative"},
		{"1\t9223372036854775808", "above 9223372036854775807"},
		{"99999999999999999999999999 1", "above 9223372036854775807"},
		{",1 2", "comma"},
		{"1,,2", "comma"},
		{"1,2,", "comma"},
		{"1 2\x00", "zero byte"},
		{"\x00\x00", "zero byte"},
		{"1\xa02", "no number"}, // a blank of another alphabet
		{strings.Repeat("1", 300), "…"},
		{strings.Repeat(" ", lineBytesMax+1), "longer than 65,536 bytes"},
		{"#" + strings.Repeat("x", lineBytesMax), "longer than 65,536 bytes"},
	} {
		for _, end := range []string{"", "\n", "\r\n", "\n4 5\n"} {
			for name, text := range map[string]string{"plain": good + c.line + end, "gzip": zipped(t, good+c.line+end)} {
				g, _, err := Read(strings.NewReader(text), "my list", Limit{})
				switch {
				case err == nil || g != nil:
					t.Errorf("%s %.40q was taken", name, c.line)
				case !strings.Contains(err.Error(), c.reason), !strings.HasPrefix(err.Error(), "my list line 3: "), !strings.Contains(err.Error(), format):
					t.Errorf("%s %.40q: %v", name, c.line, err)
				case len(err.Error()) > 500:
					t.Errorf("%s %.40q: an error of %d bytes", name, c.line, len(err.Error()))
				}
			}
		}
	}
}

func TestReadRefusesWhatHasNoLinks(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "5 5\n", zipped(t, "")} {
		_, _, err := Read(strings.NewReader(text), "list", Limit{})
		if err == nil || !strings.Contains(err.Error(), "no links") || !strings.Contains(err.Error(), format) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A download that broke off, at every byte, and one with a wrong byte.
func TestReadRefusesDamagedGzip(t *testing.T) {
	whole := zipped(t, strings.Repeat("1 2\n3 4\n", 20))
	for cut := 2; cut < len(whole); cut++ {
		_, _, err := Read(strings.NewReader(whole[:cut]), "list.gz", Limit{})
		if err == nil || !strings.Contains(err.Error(), "ends too early") || !strings.HasPrefix(err.Error(), "list.gz") {
			t.Errorf("cut to %d bytes of %d: %v", cut, len(whole), err)
		}
	}
	bad := []byte(whole)
	bad[len(bad)-5] ^= 1 // the checksum
	_, _, err := Read(bytes.NewReader(bad), "list.gz", Limit{})
	if !errors.Is(err, gzip.ErrChecksum) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a wrong checksum: %v", err)
	}
}

func TestReadFileWithoutAFile(t *testing.T) {
	folder := t.TempDir()
	_, _, err := ReadFile(filepath.Join(folder, "none"), Limit{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(folder, "none")) {
		t.Errorf("a missing file: %v", err)
	}
	if _, _, err = ReadFile(folder, Limit{}); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	name := filepath.Join(folder, "list")
	if err := os.WriteFile(name, []byte("1 2\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err = ReadFile(name, Limit{}); err == nil || !strings.HasPrefix(err.Error(), name+" line 2: ") {
		t.Errorf("a bad line: %v", err)
	}
}

// A stream counts what was read of it.
type stream struct {
	line func(i int) string
	next int
	left string
	read int
}

func (s *stream) Read(b []byte) (int, error) {
	if s.left == "" {
		s.left = s.line(s.next)
		s.next++
	}
	n := copy(b, s.left)
	s.left, s.read = s.left[n:], s.read+n
	return n, nil
}

// Endless files end with what would not fit, long before memory does.
func TestReadStopsAtItsLimit(t *testing.T) {
	const fits = 1000
	limit := Limit{Bytes: BytesFor(fits, 0)}
	nodes := stream{line: func(i int) string { return fmt.Sprintf("%d %d\n", i, i+1) }}
	_, notes, err := Read(&nodes, "chain", limit)
	if !errors.Is(err, ErrTooBig) || !strings.HasPrefix(err.Error(), "chain line ") || notes.Lines > fits+1 {
		t.Errorf("after %d lines: %v", notes.Lines, err)
	}
	links := stream{line: func(i int) string { return fmt.Sprintf("%d %d\n", i%2000, i/2000%2000) }}
	limit = Limit{Bytes: BytesFor(2000, linksKept/2)}
	_, notes, err = Read(&links, "clique", limit)
	if !errors.Is(err, ErrTooBig) || notes.Lines > 2*linksKept {
		t.Errorf("after %d lines: %v", notes.Lines, err)
	}
	small := stream{line: func(int) string { return strings.Repeat("1", 1000) }}
	if _, _, err = Read(&small, "zeros", Limit{}); err == nil || small.read > 4*lineBytesMax {
		t.Errorf("after %d bytes of one line: %v", small.read, err)
	}
}

// A file that ends just within or past the limit is judged by what it holds.
func TestReadKnowsTheExactSize(t *testing.T) {
	const text = "1 2\n2 3\n2 1\n3 2\n1 2\n"
	if _, _, err := Read(strings.NewReader(text), "list", Limit{Bytes: BytesFor(3, 2)}); err != nil {
		t.Error(err)
	}
	if _, _, err := Read(strings.NewReader(text), "list", Limit{Bytes: BytesFor(3, 2) - 1}); !errors.Is(err, ErrTooBig) {
		t.Error(err)
	}
}

// Repeats cost no memory: they are dropped as they come.
func TestReadDropsRepeatsOnTheWay(t *testing.T) {
	in := reader{numbers: map[int64]uint32{}, tidyAt: linksKept}
	const lines = 3*linksKept + 5
	for i := range lines {
		if err := in.add([]byte(strconv.Itoa(i%2) + " " + strconv.Itoa(1-i%2))); err != nil {
			t.Fatal(err)
		}
		if len(in.links) > linksKept {
			t.Fatalf("%d links kept of one", len(in.links))
		}
	}
	g, err := in.graph()
	if err != nil || g.Nodes() != 2 || g.Edges() != 1 || in.notes.Repeats != lines-1 {
		t.Errorf("%v, %+v, %v", g, in.notes, err)
	}
}

// Whatever graph there is, its list reads as that graph.
func TestReadGivesBackTheGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(t, "nodes")
		ring := make([][2]uint32, n) // so that every node is in the list
		for v := range ring {
			ring[v] = [2]uint32{uint32(v), uint32((v + 1) % n)}
		}
		g := FromEdges(n, append(linkList(t, n), ring...))
		gap := rapid.Int64Range(1, 1<<55).Draw(t, "gap")
		var list strings.Builder
		for v := n - 1; v >= 0; v-- {
			for _, u := range g.Neighbours(v) {
				fmt.Fprintf(&list, "%d %d\n", int64(v)*gap, int64(u)*gap)
			}
		}
		got, notes, err := Read(strings.NewReader(list.String()), "list", Limit{})
		if err != nil || !same(g, got) || notes.Repeats != g.Edges() || got.ID(n-1) != int64(n-1)*gap {
			t.Fatalf("%v: %+v", err, notes)
		}
	})
}

// The crawls of 2002, with the counts of those who published them and of
// reference/flood-means.csv.
func TestReadRealTopologies(t *testing.T) {
	for _, c := range []struct {
		file                           string
		nodes, edges, largest, linksIn int
	}{
		{"p2p-Gnutella04.txt.gz", 10_876, 39_994, 10_876, 39_994},
		{"p2p-Gnutella08.txt.gz", 6_301, 20_777, 6_299, 20_776},
		{"p2p-Gnutella25.txt.gz", 22_687, 54_705, 22_663, 54_693},
		{"p2p-Gnutella31.txt.gz", 62_586, 147_892, 62_561, 147_878},
	} {
		g, notes, err := ReadFile(filepath.Join(hostile.DataFolder("../.."), "topologies", c.file), Limit{Bytes: 1 << 30})
		if errors.Is(err, fs.ErrNotExist) {
			t.Skipf("no topologies to read: %v; set STARLING_DATA to the folder of test data", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		mustBeSimple(t, g)
		links := 0
		for _, v := range g.Largest() {
			links += g.Degree(int(v))
		}
		if g.Nodes() != c.nodes || g.Edges() != c.edges || notes.LargestNodes != c.largest || links/2 != c.linksIn {
			t.Errorf("%s: %d nodes, %d edges, largest %d with %d: %+v", c.file, g.Nodes(), g.Edges(), notes.LargestNodes, links/2, notes)
		}
		if notes.Lines != c.edges+4 || notes.Loops != 0 || notes.Repeats != 0 {
			t.Errorf("%s: %+v", c.file, notes)
		}
	}
}
