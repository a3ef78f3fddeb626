package workload_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"starling/query"
	"starling/share/words"
	"starling/simulations/workload"
)

func newRNG(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func newCatalogue(t testing.TB, o workload.Options, names []workload.File, seed uint64) *workload.Catalogue {
	t.Helper()
	c, err := workload.New(o, names, newRNG(seed))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// checkTruth compares what a catalogue says to a query with the obvious way: every
// file of every node is matched by words.Expr.Match.
func checkTruth(t *testing.T, c *workload.Catalogue, q *query.Query, nodes int) (matching, holders []int32) {
	t.Helper()
	for f := range int32(c.Files()) {
		file := c.File(f)
		if q.Expr.Match(words.Doc{Path: file.Path, SizeBytes: file.SizeBytes, Type: words.TypeOf(file.Path), ID: c.ID(f)}) {
			matching = append(matching, f)
		}
	}
	limit := query.EntriesMax
	if q.Wanted > 0 {
		limit = min(limit, q.Wanted)
	}
	for node := range nodes {
		var want []query.Entry
		for _, f := range c.Held(node) {
			if _, ok := slices.BinarySearch(matching, f); ok && len(want) < limit {
				want = append(want, c.Entry(f))
			}
		}
		if got := c.Answer(node, q); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q at node %d: %d entries %v, want %v", q.Expr, node, len(got), got, want)
		}
		if got := c.Holds(node, q); got != (want != nil) {
			t.Fatalf("%q: node %d holds: %v, want %v", q.Expr, node, got, want != nil)
		}
		if want != nil {
			holders = append(holders, int32(node))
		}
	}
	if got := c.HoldersNow(q); !slices.Equal(got, holders) {
		t.Fatalf("%q: holders %v, want %v", q.Expr, got, holders)
	}
	return matching, holders
}

func checkQuestion(t *testing.T, c *workload.Catalogue, q workload.Question, nodes int) {
	t.Helper()
	matching, holders := checkTruth(t, c, q.Query, nodes)
	if !slices.Equal(q.Matching, matching) || !slices.Equal(q.Holders, holders) {
		t.Fatalf("%q: matching %v of %v, want %v of %v", q.Query.Expr, q.Matching, q.Holders, matching, holders)
	}
	if len(matching) > 0 && !slices.Contains(matching, q.File) {
		t.Fatalf("%q: the file wanted, %d %q, does not match", q.Query.Expr, q.File, c.File(q.File).Path)
	}
}

// awkward are names that an index of words may get wrong.
func awkward() []workload.File {
	var files []workload.File
	for i, path := range []string{
		"Music/D.M.X - It's Dark.mp3", "Music/dmx dark.mp3", "film1080p.mkv", "film 1080p x264.mkv", "東京タワー.mp3", "東京.txt",
		"京都 2024/写真.jpg", "Straße-Café_01.MP3", "strasse cafe 01.ogg", "a1b2c3d4e5f6.bin", "???", "....", "x", "linux.tar.gz",
		"linux tar/readme", "live/cafe.mp3", "cafe live.flac", "photo.jpg.exe", "photo.exe.", "wu-tang clan.mp3", "tang wu.mp3",
		"clan wu/tang.mp3", "ต้มยำ.mp3", "ก.txt", "aa aa aa aa.txt", "a.b.c.d.e.f", "size:1.txt", "type:audio", `say "two words".txt`,
		"averylongwordthatnobodywouldevertypeintoasearchbox.pdf", "ＦＵＬＬ width.txt", "naïve-naive.md", "0.1", "-minus.txt",
	} {
		files = append(files, workload.File{Path: path, SizeBytes: int64(i) << 16})
	}
	return files
}

// expressions are asked of every catalogue, with words that some have.
var expressions = []string{
	"dark", "dar", "d.m.x", "dmx -dark", `"it s dark"`, "film", "1080p", "1080", "東京", "京タ", "タワー", "京", "cafe", "cafe -live", `cafe -"01"`,
	"strasse", "type:audio", "type:audio -cafe", "ext:gz", "ext:tar.gz", "-ext:mp3 type:audio", "size:>1M", "size:<=64K", "size:64K-1M type:audio",
	"wu-tang", "tang wu", `"tang wu"`, "a", "aa aa", "exe", "type:executable", "ต้มยำ", "ยำ", "c3d4", "f6", "width", "naive", "minus", "nothere",
	"nothere cafe", "mp3", "txt ext:txt", "01", "ba", "ka mi", "mp3 -type:audio",
}

func TestAnswersAreTheTruthOfWords(t *testing.T) {
	together := awkward()
	for i := range together {
		together[i].Collection = int32(i * 7 % 5) // 0, which is none, included; members not side by side
	}
	for name, c := range map[string]*workload.Catalogue{
		"awkward":     newCatalogue(t, workload.Options{Nodes: 60, PerNode: 4}, awkward(), 1),
		"collections": newCatalogue(t, workload.Options{Nodes: 60}, together, 2),
		"invented":    newCatalogue(t, workload.Options{Nodes: 150, Files: 300}, nil, 3),
		"forgetful":   newCatalogue(t, workload.Options{Nodes: 60, MemoBytes: 1}, awkward(), 4),
		"one node":    newCatalogue(t, workload.Options{Nodes: 1, FreeRiders: 0.9}, awkward(), 5),
	} {
		t.Run(name, func(t *testing.T) {
			rng := newRNG(9)
			for _, expression := range expressions {
				checkQuestion(t, c, askFor(t, c, expression, rng), c.Nodes())
			}
			id := c.ID(3)
			checkQuestion(t, c, askFor(t, c, "id:"+hex.EncodeToString(id[:]), rng), c.Nodes())
			for range 300 {
				checkQuestion(t, c, c.Ask(rng), c.Nodes())
			}
		})
	}
}

func askFor(t *testing.T, c *workload.Catalogue, expression string, rng *rand.Rand) workload.Question {
	t.Helper()
	q, err := c.AskFor(expression, rng)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// Queries that are under way at the same time do not mix, remembered or not.
func TestManyQueriesAtOnce(t *testing.T) {
	for _, memoBytes := range []int64{0, 2000, 1} {
		c := newCatalogue(t, workload.Options{Nodes: 100, Files: 200, MemoBytes: memoBytes}, nil, 1)
		rng := newRNG(2)
		var questions []workload.Question
		for range 40 {
			questions = append(questions, c.Ask(rng))
		}
		for node := range c.Nodes() {
			for _, q := range questions {
				_, want := slices.BinarySearch(q.Holders, int32(node))
				if got := c.Answer(node, q.Query) != nil; got != want {
					t.Fatalf("memo of %d bytes, %q at node %d: %v, want %v", memoBytes, q.Query.Expr, node, got, want)
				}
			}
		}
	}
}

// A holder of more than fits says as much as is wanted and a batch can carry.
func TestAnswersAreBounded(t *testing.T) {
	var files []workload.File
	for i := range 50 {
		files = append(files, workload.File{Path: fmt.Sprintf("tree %d.mp3", i), Collection: 1})
	}
	c := newCatalogue(t, workload.Options{Nodes: 3, FreeRiders: -1, PerNode: 1}, files, 1)
	e, err := words.Parse("tree")
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range []struct{ wanted, want int }{{0, query.EntriesMax}, {3, 3}, {1000, query.EntriesMax}} {
		q, err := query.NewQuery(e, check.wanted, true, [16]byte{byte(check.wanted)})
		if err != nil {
			t.Fatal(err)
		}
		for node := range 3 {
			if got := c.Answer(node, q); len(got) != check.want {
				t.Errorf("%d wanted: %d entries, want %d", check.wanted, len(got), check.want)
			}
		}
	}
}

// What is said of a file is what a batch can carry, and the same in every hit.
func TestEntriesFitTheWire(t *testing.T) {
	files := awkward()
	for i := range files[:10] {
		files[i].SizeBytes = -1 // not known
	}
	c := newCatalogue(t, workload.Options{Nodes: 10, PerNode: 5}, files, 1)
	ids := make(map[[32]byte]bool)
	for f := range int32(c.Files()) {
		e := c.Entry(f)
		if ids[e.ID] {
			t.Errorf("file %d has the id of another", f)
		}
		ids[e.ID] = true
		b := query.Batch{Entries: []query.Entry{e}}
		raw, err := query.EncodeBatch(&b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := query.DecodeBatch(raw)
		if err != nil {
			t.Fatal(err)
		}
		if d := got.Entries[0]; d.Name != e.Name || d.ID != e.ID || d.SizeBytes != e.SizeBytes || d.Type != e.Type || !d.Whole() || !e.Whole() {
			t.Errorf("%+v is %+v after the wire", e, d)
		}
	}
}
