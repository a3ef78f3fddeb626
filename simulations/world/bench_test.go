package world

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"

	"starling/query"
	"starling/share/words"
	"starling/simulations/topology"
)

// BenchmarkFlood floods whole meshes of degree 8 with equal delays: messages a
// second, and bytes of heap for each node after the floods. Run it with -cpu 1.
func BenchmarkFlood(b *testing.B) {
	for _, size := range []struct {
		name  string
		nodes int
	}{{"10k", 10_000}, {"100k", 100_000}, {"1M", 1_000_000}} {
		b.Run(size.name, func(b *testing.B) { benchmarkFlood(b, size.nodes) })
	}
}

func benchmarkFlood(b *testing.B, nodes int) {
	before := heapBytes()
	g, err := topology.Regular(nodes, 8, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		b.Fatal(err)
	}
	const ttl = 30
	w := New(Options{Graph: g, Router: query.Options{TTLMax: ttl, ReachMax: ttl, Duplicates: query.DropAll}})
	copies := 0
	b.ResetTimer()
	for i := range b.N {
		t := w.Ask(i%nodes, testQuery(b, "bird", false, byte(i)), ttl)
		if err := w.Settle(context.Background()); err != nil {
			b.Fatal(err)
		}
		if t.Reached != nodes-1 || t.Copies != 2*g.Edges()-(nodes-1) {
			b.Fatalf("%d nodes, %d messages", t.Reached, t.Copies)
		}
		copies += t.Copies
	}
	b.StopTimer()
	b.ReportMetric(float64(copies)/b.Elapsed().Seconds(), "msgs/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(copies), "ns/msg")
	b.ReportMetric(float64(heapBytes()-before)/float64(nodes), "B/node")
	runtime.KeepAlive(w)
}

func testQuery(t testing.TB, text string, echo bool, nonce byte) *query.Query {
	t.Helper()
	e, err := words.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	q, err := query.NewQuery(e, 0, echo, [16]byte{nonce})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
