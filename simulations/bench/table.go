package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// result is one transfer.
type result struct {
	elapsed time.Duration
	cpu     time.Duration // both sides, user and system; 0 when not known
	rss     [2]int64      // most bytes held by sender and receiver; 0 when not known
}

// table gathers results by contender.
type table struct {
	dir     string
	size    int64
	order   []string
	results map[string][]result
}

func newTable(dir string, size int64) *table {
	return &table{dir: dir, size: size, results: map[string][]result{}}
}

func (t *table) add(name string, r result) {
	if t.results[name] == nil {
		t.order = append(t.order, name)
	}
	t.results[name] = append(t.results[name], r)
}

// print writes the medians and the ratios, each ratio taken round by round first.
func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "\nin %s\n%-22s %9s %17s %9s %12s %12s\n", t.dir, "", "time", "range", "CPU", "sender", "receiver")
	gib := float64(t.size) / (1 << 30)
	for _, name := range t.order {
		rs := t.results[name]
		times := column(rs, func(r result) float64 { return r.elapsed.Seconds() })
		cpu := median(column(rs, func(r result) float64 { return r.cpu.Seconds() })) / gib
		fmt.Fprintf(w, "%-22s %7.2f s %6.2f – %6.2f s %9s %12s %12s\n", name, median(times), slices.Min(times), slices.Max(times),
			known(cpu, "%.2f s/GiB"), mib(rs, 0), mib(rs, 1))
	}
	http, bare, ours := t.order[0], t.order[1], t.order[2]
	p1, p3 := t.ratios(ours, http), t.ratios(bare, ours)
	fmt.Fprintf(w, "P1 time ÷ HTTP          %.2f (%.2f – %.2f)\n", median(p1), slices.Min(p1), slices.Max(p1))
	fmt.Fprintf(w, "P2 CPU, both sides      %s\n", known(median(column(t.results[ours], func(r result) float64 { return r.cpu.Seconds() }))/gib, "%.2f s/GiB"))
	fmt.Fprintf(w, "P3 rate ÷ bare stream   %.2f (%.2f – %.2f)\n", median(p3), slices.Min(p3), slices.Max(p3))
	fmt.Fprintf(w, "P4 peak memory          sender %s, receiver %s\n", mib(t.results[ours], 0), mib(t.results[ours], 1))
}

// ratios returns time of a ÷ time of b for each round.
func (t *table) ratios(a, b string) []float64 {
	var out []float64
	for i := range t.results[a] {
		out = append(out, t.results[a][i].elapsed.Seconds()/t.results[b][i].elapsed.Seconds())
	}
	return out
}

func column(rs []result, of func(result) float64) []float64 {
	var out []float64
	for _, r := range rs {
		out = append(out, of(r))
	}
	return out
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func mib(rs []result, side int) string {
	most := slices.Max(column(rs, func(r result) float64 { return float64(r.rss[side]) }))
	return known(most/(1<<20), "%.0f MiB")
}

func known(value float64, format string) string {
	if value == 0 {
		return "not known"
	}
	return fmt.Sprintf(format, value)
}
