package share

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"starling/share/words"
)

// namesData opens a file of the data folder's names.
func namesData(t testing.TB, name string) *os.File {
	t.Helper()
	dir := os.Getenv("STARLING_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "names", name))
	if err != nil {
		t.Skipf("no data folder: %v; name one by STARLING_DATA", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func realNames(t testing.TB) (names []string) {
	z, err := gzip.NewReader(namesData(t, "names-1m.txt.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		names = append(names, lines.Text())
	}
	return names
}

func realQueries(t testing.TB) (queries []words.Expr) {
	for lines := bufio.NewScanner(namesData(t, "queries.txt")); lines.Scan(); {
		if e, err := words.Parse(lines.Text()); err == nil {
			queries = append(queries, e)
		}
	}
	return queries
}

func nameRecords(names []string) []*record {
	records := make([]*record, len(names))
	for i, name := range names {
		records[i] = nameRecord(name, int64(i))
	}
	return records
}

// Real queries on real names find what a linear scan finds.
func TestIndexOnRealNames(t *testing.T) {
	names := realNames(t)[:6000]
	m := newIndexModel()
	for part := range slices.Chunk(nameRecords(names), 2000) {
		m.apply(part, nil)
	}
	for i, e := range realQueries(t) {
		if i%50 == 0 {
			m.check(t, e)
		}
	}
	for _, query := range []string{"ext:so", "usr -share", `"man man1"`, "img1061", "a", "type:image size:<5000", "lib64 -ext:so"} {
		m.check(t, mustParse(t, query))
	}
}
