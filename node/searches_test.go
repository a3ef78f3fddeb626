package node

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"starling/share/content"
)

func fileNamed(name string) found {
	return found{ID: content.Sum([]byte(name)), Name: name, SizeBytes: 100, HeldBytes: 100}
}

func TestSearchBookRows(t *testing.T) {
	book := &searchBook{path: filepath.Join(t.TempDir(), "searches.json")}
	s := book.begin("xtal", time.Unix(1, 0))
	first := book.add(s, "A", 3, 2, []found{fileNamed("x"), fileNamed("y")})
	second := book.add(s, "B", 1, 1, []found{fileNamed("y"), fileNamed("z")})
	same := book.add(s, "B", 4, 1, []found{fileNamed("y")})
	got := [][4]int{}
	for _, h := range append(append(first, second...), same...) {
		got = append(got, [4]int{h.N, h.Sources, h.Hops, h.FreeSlots})
	}
	want := [][4]int{{1, 1, 3, 2}, {2, 1, 3, 2}, {2, 2, 1, 3}, {3, 1, 1, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("n, sources, hops, slots: %s", diff)
	}
	y, err := book.row(0, 2)
	if err != nil || y.Name != "y" || !cmp.Equal(y.Sources, []string{"A", "B"}) {
		t.Errorf("row 2: %+v, %v", y, err)
	}
	if _, err := book.row(1, 4); err == nil {
		t.Error("row 4 of 3 was found")
	}
}

func TestSearchBookForgets(t *testing.T) {
	book := &searchBook{path: filepath.Join(t.TempDir(), "searches.json")}
	for range searchesKept + 3 {
		book.add(book.begin("q", time.Unix(1, 0)), "A", 1, 1, []found{fileNamed("x")})
	}
	if _, err := book.row(3, 1); err == nil {
		t.Error("S3 is remembered after 32 more")
	}
	for _, number := range []int{4, searchesKept + 3, 0} {
		if _, err := book.row(number, 1); err != nil {
			t.Errorf("S%d: %v", number, err)
		}
	}
}

func TestSearchBookBounds(t *testing.T) {
	book := &searchBook{path: filepath.Join(t.TempDir(), "searches.json")}
	s := book.begin("q", time.Unix(1, 0))
	for i := range rowsMax + 5 {
		book.add(s, "A", 1, 1, []found{{ID: content.Sum([]byte{byte(i), byte(i >> 8)}), SizeBytes: 1}})
	}
	for i := range rowSourcesMax + 5 {
		book.add(s, string(rune('a'+i)), 1, 1, []found{{ID: content.Sum([]byte{0, 0}), SizeBytes: 1}})
	}
	if r, _ := book.row(0, 1); len(s.Rows) != rowsMax || len(r.Sources) != rowSourcesMax {
		t.Errorf("%d rows, %d sources", len(s.Rows), len(r.Sources))
	}
}

// TestSearchBookReopened: what a node remembers outlives it, and its numbers go on where they were.
func TestSearchBookReopened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "searches.json")
	book, notice := openSearchBook(path)
	if notice != "" {
		t.Fatal(notice)
	}
	book.add(book.begin("one", time.Unix(1, 0)), "A", 2, 1, []found{fileNamed("x")})
	book.add(book.begin("two", time.Unix(2, 0)), "B", 1, 1, []found{fileNamed("x"), fileNamed("y")})
	if err := book.save(); err != nil {
		t.Fatal(err)
	}
	again, notice := openSearchBook(path)
	if notice != "" {
		t.Fatal(notice)
	}
	r, err := again.byPrefix(fileNamed("x").ID.String()[:8])
	if err != nil || !cmp.Equal(r.Sources, []string{"B", "A"}) {
		t.Errorf("x: %+v, %v", r, err)
	}
	if s := again.begin("three", time.Unix(3, 0)); s.Number != 3 {
		t.Errorf("the third search is S%d", s.Number)
	}
}

func TestSearchBookDamaged(t *testing.T) {
	for _, text := range []string{"", "{", "null}", `{"last":1,"searches":[null]}`, `{"last":1,"searches":[{"number":2}]}`, `{"last":5,"searches":[{"number":5},{"number":4}]}`,
		`{"last":1,"searches":[{"number":1,"rows":[{"n":2}]}]}`, `{"last":1,"searches":[{"number":1,"rows":[null]}]}`} {
		path := filepath.Join(t.TempDir(), "searches.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		book, notice := openSearchBook(path)
		if notice == "" {
			t.Errorf("%q was believed", text)
		}
		if s := book.begin("q", time.Unix(1, 0)); s.Number != 1 {
			t.Errorf("%q: the book did not start empty", text)
		}
		if kept, _ := filepath.Glob(path + ".broken-*"); len(kept) != 1 {
			t.Errorf("%q was not set aside", text)
		}
	}
}
