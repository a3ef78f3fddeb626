package tags

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a look costs beside opening and hashing the file, over the samples or the
// first files of another tree:
//
//	STARLING_ABOUT_TREE=/usr/share go test -run xxx -bench About -benchtime 3x ./share/tags
func BenchmarkAbout(b *testing.B) {
	const filesMax = 10_000
	var paths []string
	_ = filepath.WalkDir(cmp.Or(os.Getenv("STARLING_ABOUT_TREE"), "testdata"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && len(paths) < filesMax {
			paths = append(paths, path)
		}
		return nil
	})
	var took time.Duration
	looks, tagged := 0, 0
	for b.Loop() {
		for _, path := range paths {
			f, err := os.Open(path)
			if err != nil {
				continue
			}
			info, err := f.Stat()
			if err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			_, line := About(f, info.Size(), path)
			took += time.Since(began)
			if looks++; line != "" {
				tagged++
			}
			f.Close()
		}
	}
	b.ReportMetric(float64(took.Microseconds())/float64(looks), "µs/file")
	b.ReportMetric(100*float64(tagged)/float64(looks), "%tagged")
}
