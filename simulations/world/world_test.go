package world

import (
	"context"
	"math/rand/v2"
	"testing"

	"starling/query"
	"starling/share/words"
	"starling/simulations/topology"
)

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

func benchmarkFlood(b *testing.B, nodes int) {
	g, err := topology.Regular(nodes, 8, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		b.Fatal(err)
	}
	w := New(Options{Graph: g, Router: query.Options{TTLMax: 30, ReachMax: 30, Duplicates: query.DropAll}})
	b.ResetTimer()
	copies := 0
	for i := range b.N {
		t := w.Ask(i%nodes, testQuery(b, "bird", false, byte(i)), 30)
		if err := w.Settle(context.Background()); err != nil {
			b.Fatal(err)
		}
		copies += t.Copies
		if t.Reached != nodes-1 {
			b.Fatal(t.Reached)
		}
	}
	b.ReportMetric(float64(copies)/b.Elapsed().Seconds(), "msgs/s")
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(copies), "ns/msg")
}

func BenchmarkFlood(b *testing.B) {
	b.Run("10k", func(b *testing.B) { benchmarkFlood(b, 10_000) })
	b.Run("100k", func(b *testing.B) { benchmarkFlood(b, 100_000) })
	b.Run("1M", func(b *testing.B) { benchmarkFlood(b, 1_000_000) })
}
