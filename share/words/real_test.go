package words

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// dataFile opens a gzipped file of the data folder, named by $STARLING_DATA or
// beside the checkout.
func dataFile(t testing.TB, name string) *bufio.Scanner {
	t.Helper()
	dir := os.Getenv("STARLING_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("no data folder: %v; name one by STARLING_DATA", err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(z)
}

// Every real name is found by its own words, by beginnings of them, by its
// first two words as a phrase and by its extension, and is left out by a word
// it holds.
func TestRealNamesAreFoundByTheirWords(t *testing.T) {
	lines := dataFile(t, "names/names-1m.txt.gz")
	for n := 0; lines.Scan() && n < 20000; n++ {
		path := lines.Text()
		if words := Words(path); len(words) > 0 {
			checkFound(t, path, words)
		}
	}
}

func checkFound(t *testing.T, path string, words []string) {
	longest := slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
	runes := []rune(longest)
	found := []string{longest, string(runes[:len(runes)/2+1]), strings.Join(words[:min(2, len(words))], ".")}
	if len(words) > 1 {
		found = append(found, `"`+words[0]+" "+words[1]+`"`)
	}
	if ext := Extension(path); ext != "" && !strings.ContainsAny(ext, " ~,;!") && len(Words(ext)) == 1 && Words(ext)[0] == ext {
		found = append(found, "ext:"+ext)
	}
	for _, query := range found {
		e, err := Parse(query)
		if err != nil {
			t.Errorf("%s of %s: %v", query, path, err)
			continue
		}
		if !e.Match(doc(path)) {
			t.Errorf("%s does not find %s", query, path)
		}
		checkLookups(t, e, doc(path))
	}
	if e, err := Parse("size:>1 -" + longest); err != nil || e.Match(doc(path)) {
		t.Errorf("-%s does not leave out %s (%v)", longest, path, err)
	}
}

func BenchmarkTextSet(b *testing.B) {
	lines := dataFile(b, "names/names-1m.txt.gz")
	var paths []string
	for lines.Scan() && len(paths) < 10000 {
		paths = append(paths, lines.Text())
	}
	var t Text
	for i := 0; b.Loop(); i++ {
		t.Set(paths[i%len(paths)])
	}
}

func BenchmarkMatchText(b *testing.B) {
	e, err := Parse(`"usr share" doc -html`)
	if err != nil {
		b.Fatal(err)
	}
	d := doc("usr/share/doc/python3-fsquota/examples/README.md")
	var t Text
	t.Set(d.Path)
	for b.Loop() {
		e.MatchText(&t, d)
	}
}
