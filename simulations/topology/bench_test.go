package topology

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"starling/simulations/hostile"
)

func BenchmarkRegular1M(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Regular(1_000_000, 8, dice(1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPowerLaw1M(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := PowerLaw(1_000_000, 2.3, 2, 100, dice(1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSmallWorld1M(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SmallWorld(1_000_000, 8, 0.1, dice(1)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadSNAP reads the largest crawl: 62,586 nodes, 147,892 links.
func BenchmarkReadSNAP(b *testing.B) {
	text, err := os.ReadFile(filepath.Join(hostile.DataFolder("../.."), "topologies", "p2p-Gnutella31.txt.gz"))
	if err != nil {
		b.Skipf("no topology to read: %v; set STARLING_DATA to the folder of test data", err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Read(bytes.NewReader(text), "crawl", Limit{}); err != nil {
			b.Fatal(err)
		}
	}
}
