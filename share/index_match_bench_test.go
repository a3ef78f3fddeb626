package share

import (
	"slices"
	"strings"
	"testing"
	"time"

	"starling/share/words"
)

func BenchmarkIndexBuild1M(b *testing.B) {
	names := realNames(b)
	for b.Loop() {
		b.StopTimer()
		records := nameRecords(names)
		b.StartTimer()
		s := newSegment(records, defaultTuning)
		b.ReportMetric(float64(s.bytes())/float64(len(names)), "B/name")
	}
}

// worst are expressions that are dear, or were once: short words, words that very
// many names hold, exclusions, phrases, filters, and those of them that find
// nothing.
var worst = []string{
	"a", "e", "html", "do", "ext:so", "usr -share", "png -html", `"usr share"`, "a b", "png html", "type:video", "nothing-here",
	"c p", "zq xk", "qz jx", `"doc png"`, `"html doc"`, `"svg html png"`, `"a b"`, `"usr"`, "html-svg", "x86 gnu lib", "doc svg html",
	"a -b -c -d -e -f -g -h", "html -doc -png -svg -class -man -lib", `doc -"usr share" -"html doc"`, "s -s -1 -2 -3", "p -html -png -doc -svg -gz -h -py",
	"type:video size:>1G", "size:>1G", "size:<1k", "size:=500001", "size:500000-500001 type:image", "html size:>1G", "html type:video", "a type:audio",
	"ext:html ext:png", "ext:html -ext:html", "doc -ext:html -ext:gz -ext:png", "ext:tar.gz", "a ext:tar.gz", "html ext:png size:>900000 -doc",
	"a b c d e f g h", "1 2 3 4 5 6 7 8", "doc html class member source", "日", "-日本 a",
}

func BenchmarkMatch1M(b *testing.B) {
	names, queries := realNames(b), realQueries(b)
	ix := newIndex()
	ix.apply(nameRecords(names), nil)
	bytes := float64(ix.current.Load().views[0].bytes()) / float64(len(names))
	b.Run("queries", func(b *testing.B) {
		reportMatch(b, ix, queries)
		b.ReportMetric(bytes, "B/name")
	})
	var all []words.Expr
	for _, w := range worst {
		all = append(all, mustParse(b, w))
	}
	b.Run("worst", func(b *testing.B) { reportMatch(b, ix, all) })
	for i, w := range worst {
		b.Run(strings.ReplaceAll(w, " ", "_"), func(b *testing.B) { reportMatch(b, ix, all[i:i+1]) })
	}
}

// reportMatch asks all queries in turn, again and again: p50 and p99 are of all
// searches. Another program that takes the processor away shows in them, so
// least-p50, least-p99 and max are of each query's quickest search.
func reportMatch(b *testing.B, ix *index, queries []words.Expr) {
	took := make([]time.Duration, 0, 1<<20)
	least := make([]time.Duration, len(queries))
	for i := 0; b.Loop(); i++ {
		q := i % len(queries)
		start := time.Now()
		ix.search(queries[q], 100)
		t := time.Since(start)
		took = append(took, t)
		if least[q] == 0 || t < least[q] {
			least[q] = t
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
	order := make([]int, len(queries))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return int(least[i] - least[j]) })
	n := len(order)
	b.ReportMetric(float64(least[order[n/2]]), "least-p50-ns")
	b.ReportMetric(float64(least[order[n*99/100]]), "least-p99-ns")
	b.ReportMetric(float64(least[order[n-1]]), "max-ns")
	for _, q := range order[max(0, n-5):] {
		b.Logf("%v for %s", least[q], queries[q])
	}
}
