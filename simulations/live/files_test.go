package live

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"starling/share/words"
)

func drawn(o Options, seed uint64) collection { return collect(o, rand.New(rand.NewPCG(seed, 1))) }

// A question's holders are the nodes whose files the words match, as the library
// matches them.
func TestQuestionsKnowTheirHolders(t *testing.T) {
	o := DefaultOptions()
	rng := rand.New(rand.NewPCG(9, 9))
	c := drawn(o, 1)
	shared := 0
	for range 200 {
		q := c.ask(rng)
		expr, err := words.Parse(q.text)
		if err != nil {
			t.Fatal(err)
		}
		var holders []int
		for node, files := range c.files {
			matching := func(file int) bool { name, _ := nameOf(file); return expr.Match(words.Doc{Path: name}) }
			if slices.ContainsFunc(files, matching) {
				holders = append(holders, node)
			}
		}
		if diff := cmp.Diff(holders, q.holders); diff != "" || len(holders) == 0 {
			t.Errorf("%q: %s", q.text, diff)
		}
		if len(holders) > 1 {
			shared++
		}
	}
	if shared < 100 {
		t.Errorf("only %d of 200 questions are about files with copies", shared)
	}
	o.FilesPerNode = 0
	if q := drawn(o, 1).ask(rng); q.text != fetchedWord || len(q.holders) != o.Holders {
		t.Errorf("nobody shares anything but the large file, and the question is %+v", q)
	}
}

func TestOneSeedOneCollection(t *testing.T) {
	o := DefaultOptions()
	one, again, other := drawn(o, 1), drawn(o, 1), drawn(o, 2)
	if diff := cmp.Diff(one, again, cmp.AllowUnexported(collection{})); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(one, other, cmp.AllowUnexported(collection{})) {
		t.Error("another seed draws the same")
	}
	for node, files := range one.files {
		if len(files) != o.FilesPerNode || len(slices.Compact(slices.Clone(files))) != len(files) {
			t.Errorf("node %d holds %v", node, files)
		}
	}
}

// Copies of a file are the same bytes wherever they are written, and different
// files are not.
func TestCopiesAreCopies(t *testing.T) {
	dir := t.TempDir()
	read := func(name string, seed, number uint64) string {
		path := filepath.Join(dir, name)
		if err := writeFile(path, 5000, seed, number); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil || len(raw) != 5000 {
			t.Fatalf("%d bytes, %v", len(raw), err)
		}
		return string(raw)
	}
	one := read("a", 1, 7)
	if one != read("b", 1, 7) || one == read("c", 1, 8) || one == read("d", 2, 7) {
		t.Error("content does not follow from seed and number alone")
	}
	if err := writeFile(filepath.Join(dir, "a"), 1, 1, 1); err == nil {
		t.Error("a file was overwritten")
	}
}
