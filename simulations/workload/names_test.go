package workload_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"starling/query"
	"starling/share/words"
	"starling/simulations/hostile"
	"starling/simulations/workload"
)

// write puts a file of names into a folder of the test.
func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "names")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func zip(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const table = "package\tpath\tsize_bytes\n"

func TestReadNames(t *testing.T) {
	unknown := func(paths ...string) (files []workload.File) {
		for _, path := range paths {
			files = append(files, workload.File{Path: path, SizeBytes: -1})
		}
		return files
	}
	rows := []workload.File{{Path: "a/b", SizeBytes: 3, Collection: 1}, {Path: "c", SizeBytes: 0, Collection: 2}, {Path: "d", SizeBytes: -1, Collection: 1}}
	for name, check := range map[string]struct {
		text string
		want workload.Names
	}{
		"list":             {"a/b.txt\nc d\n", workload.Names{Files: unknown("a/b.txt", "c d"), Lines: 2}},
		"no last newline":  {"a\nb", workload.Names{Files: unknown("a", "b"), Lines: 2}},
		"one byte":         {"a", workload.Names{Files: unknown("a"), Lines: 1}},
		"windows":          {"\ufeffa\r\nb\r\n", workload.Names{Files: unknown("a", "b"), Lines: 2}},
		"blank lines":      {"\na\n\n\nb\n\n", workload.Names{Files: unknown("a", "b"), Lines: 6}},
		"roots":            {"/a/b\n./c\n//d\n", workload.Names{Files: unknown("a/b", "c", "d"), Lines: 3}},
		"unfit":            {"a\n\xff\nb/\n" + strings.Repeat("n", 256) + "\n\xff/e\n", workload.Names{Files: unknown("a"), Lines: 5, Skipped: 4}},
		"longest":          {"a/" + strings.Repeat("b", 255) + "\n", workload.Names{Files: unknown("a/" + strings.Repeat("b", 255)), Lines: 1}},
		"longest line":     {strings.Repeat("a/", 2047) + "bc\n", workload.Names{Files: unknown(strings.Repeat("a/", 2047) + "bc"), Lines: 1}},
		"table":            {table + "p\t/a/b\t3\nq\tc\t0\np\td\t-1\n", workload.Names{Files: rows, Lines: 4}},
		"table, windows":   {"\ufeffpackage\tpath\tsize_bytes\r\np\ta/b\t3\r\nq\tc\t0\r\np\td\t-1\r\n", workload.Names{Files: rows, Lines: 4}},
		"unfit in a table": {table + "p\t/\t3\np\ta/b\t3\nq\tc\t0\np\td\t-1\n", workload.Names{Files: rows, Lines: 5, Skipped: 1}},
	} {
		for _, text := range []string{check.text, zip(t, check.text)} {
			got, err := workload.ReadNames(write(t, text), 0)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if !reflect.DeepEqual(*got, check.want) {
				t.Errorf("%s: %+v, want %+v", name, *got, check.want)
			}
		}
	}
}

func TestReadNamesRefuses(t *testing.T) {
	whole := zip(t, strings.Repeat("a name\n", 1000))
	for name, check := range map[string]struct{ text, says string }{
		"empty":           {"", "none in 0 lines"},
		"blank":           {"\n\n", "none in 2 lines"},
		"all unfit":       {"\xff\n\xfe\n", "2 of them unfit"},
		"header alone":    {table, "none in 1 lines"},
		"too many":        {"a\nb\nc\nd\n", "line 4: more than 3 names"},
		"long line":       {"a\n" + strings.Repeat("b", 4097) + "\n", "line 2: longer than 4096 bytes"},
		"endless line":    {"a\n" + strings.Repeat("b", 1<<20), "line 2: longer than 4096 bytes"},
		"no header":       {"p\ta\t3\n", "line 1: a tab"},
		"two columns":     {table + "p\ta\t3\np\ta\n", "line 3: 2 columns"},
		"four columns":    {table + "p\ta\t3\t4\n", "line 2: 4 columns"},
		"no package":      {table + "\ta\t3\n", "line 2: 3 columns, or no package"},
		"size":            {table + "p\ta\t3k\n", `line 2: the size "3k"`},
		"no size":         {table + "p\ta\t\n", `line 2: the size ""`},
		"negative size":   {table + "p\ta\t-2\n", `line 2: the size "-2"`},
		"huge size":       {table + "p\ta\t1125899906842625\n", `line 2: the size "1125`},
		"cut gzip":        {whole[:len(whole)-9], "unexpected EOF"},
		"damaged gzip":    {whole[:len(whole)-6] + "xxxxxx", "checksum"},
		"gzip of garbage": {"\x1f\x8bgarbage", "unzip"},
	} {
		path := write(t, check.text)
		got, err := workload.ReadNames(path, 3)
		if name == "cut gzip" || name == "damaged gzip" {
			got, err = workload.ReadNames(path, 0)
		}
		if err == nil {
			t.Errorf("%s: %+v", name, got)
		} else if !strings.Contains(err.Error(), check.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %q does not say %q and the file", name, err, check.says)
		}
	}
	if _, err := workload.ReadNames(filepath.Join(t.TempDir(), "none"), 0); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// Whatever the bytes are, what is read of them can be shared, asked for and found.
func FuzzReadNames(f *testing.F) {
	for _, seed := range []string{"a/b.txt\n", table + "p\ta b c\t3\n", "\xff\n東京.mp3", zip(f, "a\nb"), "???\n...", "\ufeff" + table} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := workload.ReadNames(write(t, string(data)), 50)
		if err != nil {
			return
		}
		if len(names.Files) < 1 || len(names.Files) > 50 || len(names.Files)+names.Skipped > names.Lines {
			t.Fatalf("%d files, %d skipped, of %d lines", len(names.Files), names.Skipped, names.Lines)
		}
		for _, file := range names.Files {
			if n := len(file.Name()); n < 1 || n > query.NameBytesMax || !utf8.ValidString(file.Path) {
				t.Fatalf("the name %q", file.Path)
			}
		}
		c := newCatalogue(t, workload.Options{Nodes: 5}, names.Files, 1)
		rng := newRNG(2)
		for range 5 {
			checkQuestion(t, c, c.Ask(rng), c.Nodes())
		}
	})
}

// realNames reads a file of the test data, or skips the test.
func realNames(t *testing.T, file string) []workload.File {
	t.Helper()
	path := filepath.Join(hostile.DataFolder("../.."), filepath.FromSlash(file))
	names, err := workload.ReadNames(path, 0)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no real names to place: %v; set STARLING_DATA to the folder of test data", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return names.Files
}

func TestRealNames(t *testing.T) {
	names := realNames(t, "names/names-1m.txt.gz")
	if len(names) != 1_000_000 {
		t.Errorf("%d names, want 1,000,000", len(names))
	}
	c := newCatalogue(t, workload.Options{Nodes: 1000}, names, 1)
	rng := newRNG(2)
	for range 20 {
		checkQuestion(t, c, c.Ask(rng), 1000)
	}
}

// A package of the table is held whole or not at all.
func TestRealCollections(t *testing.T) {
	names := realNames(t, "names/debian12-dpkg-files.tsv.gz")
	c := newCatalogue(t, workload.Options{Nodes: 200}, names, 1)
	if collections := checkWhole(t, c); c.Files() != 50_798 || collections != 749 {
		t.Fatalf("%d files in %d packages, want 50,798 in 749", c.Files(), collections)
	}
	rng := newRNG(2)
	for range 4 {
		checkQuestion(t, c, c.Ask(rng), c.Nodes())
	}
}

// Invented names share words as those of texts do: with exponent 1 and so many
// words, the most frequent one has 1 in ln n + 0.58 of all words.
func TestInventedNames(t *testing.T) {
	const n = 20_000
	counts := make(map[string]int)
	exts := make(map[string]int)
	all := 0
	for _, f := range workload.Invented(n, newRNG(1)) {
		if f.SizeBytes < 1 || f.Collection != 0 {
			t.Fatalf("%+v", f)
		}
		ext := words.Extension(f.Path)
		exts[ext]++
		for _, w := range words.Words(f.Path) {
			if len(w) >= 4 && w != ext {
				counts[w]++
				all++
			}
		}
	}
	var falling []int
	for _, count := range counts {
		falling = append(falling, count)
	}
	slices.Sort(falling)
	slices.Reverse(falling)
	// 5,000 words make 1 in 9.1; and the hundredth a hundredth of that, up to five
	// standard deviations of the count.
	if top := float64(falling[0]) / float64(all) * 9.1; top < 0.95 || top > 1.05 {
		t.Errorf("the most frequent word is %d of %d", falling[0], all)
	}
	if ratio := float64(falling[99]) / float64(falling[0]) * 100; ratio < 0.8 || ratio > 1.25 {
		t.Errorf("the hundredth word is there %d times, the first %d times", falling[99], falling[0])
	}
	if len(exts) < 10 || exts["mp3"] < n/5 {
		t.Errorf("extensions %v", exts)
	}
}

// Questions are of one to three words of the name, of which two in five have one
// and two in five two where the name has as many, and some have a filter.
func TestWhatIsTyped(t *testing.T) {
	const draws = 4000
	names := []workload.File{{Path: "folder/alpha beta gamma delta.mp3", SizeBytes: 1}}
	c := newCatalogue(t, workload.Options{Nodes: 5, FilterShare: 0.2}, names, 1)
	counts := make(map[int]int)
	filters, nonces := 0, make(map[query.GUID]bool)
	for rng := newRNG(2); len(nonces) < draws; {
		q := c.Ask(rng)
		nonces[q.Query.GUID] = true
		for _, term := range q.Query.Expr.Terms() {
			if !slices.Contains([]string{"alpha", "beta", "gamma", "delta"}, term.Words[0]) {
				t.Fatalf("%q was typed", q.Query.Expr)
			}
		}
		counts[len(q.Query.Expr.Terms())]++
		if q.Query.Expr.HasFilters() {
			filters++
		}
		if !q.Query.Echo || q.Query.Wanted != 0 {
			t.Fatalf("%+v", q.Query)
		}
	}
	// Five standard deviations of the largest, √(4000·0.24) = 31.
	for what, off := range map[string]int{"one": counts[1] - 1600, "two": counts[2] - 1600, "three": counts[3] - 800, "filters": filters - 800} {
		if off < -155 || off > 155 {
			t.Errorf("%s: off by %d; %v, %d filters", what, off, counts, filters)
		}
	}
	if q := newCatalogue(t, workload.Options{Nodes: 5, NoEcho: true}, names, 1).Ask(newRNG(2)); q.Query.Echo {
		t.Error("it wants echoes")
	}
}
