//go:build unix

package content

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"

	"lukechampine.com/blake3/bao"
)

// Verifying a file of 1 GiB group by group, in groups of several sizes and in two
// ways: against a manifest, as we do, and by Bao slices, which carry their proof.
//
//	go test -run xxx -bench GroupsAndSlices -benchtime 2s ./share/content
//
// cpu-s/GiB is that of the receiving side, user and system; proof-B/GiB is what travels besides the
// file's bytes; source-cpu-s/GiB is what cutting the slices costs the other side; held-B
// is what stays in memory on both sides for the whole file, B/op what one group
// allocates.

const benchFileBytes = 1 << 30

func BenchmarkGroupsAndSlices(b *testing.B) {
	data := make([]byte, benchFileBytes)
	rand.NewChaCha8([32]byte{1}).Read(data)
	for _, log := range []uint8{6, 8, 10, 12} { // KiB
		l := Layout{SizeBytes: benchFileBytes, GroupLog: log}
		b.Run(fmt.Sprintf("manifest/%dKiB", 1<<log), func(b *testing.B) { benchManifest(b, data, l) })
		b.Run(fmt.Sprintf("slices/%dKiB", 1<<log), func(b *testing.B) { benchSlices(b, data, l) })
		runtime.GC()
	}
}

// cpu is what this process has used so far.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func benchManifest(b *testing.B, data []byte, l Layout) {
	_, m, err := new(Hasher).hash(bytes.NewReader(data), l)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	began := cpu(b)
	for i := 0; b.Loop(); i++ {
		off, n := l.Span(i % l.Groups())
		if err := m.VerifyGroup(i%l.Groups(), data[off:off+n]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-began)/float64(b.N)*float64(l.Groups()), "cpu-s/GiB")
	b.ReportMetric(float64(len(m.AppendCVs(nil))), "proof-B/GiB")
	b.ReportMetric(float64(2*len(m.AppendCVs(nil))), "held-B")
}

func benchSlices(b *testing.B, data []byte, l Layout) {
	outboard, root := bao.EncodeBuf(data, int(l.GroupLog), true)
	cut := func(g int) []byte {
		off, n := l.Span(g)
		var slice bytes.Buffer
		slice.Grow(int(n) + 4096)
		if err := bao.ExtractSlice(&slice, bytes.NewReader(data[off:]), bytes.NewReader(outboard), int(l.GroupLog), uint64(off), uint64(n)); err != nil {
			b.Fatal(err)
		}
		return slice.Bytes()
	}
	const kept = 16
	var slices [kept][]byte
	at := func(i int) int { return i % kept * (l.Groups() / kept) }
	began := cpu(b)
	for i := range slices {
		slices[i] = cut(at(i))
	}
	source := (cpu(b) - began) / kept * float64(l.Groups())
	b.ReportAllocs()
	began = cpu(b)
	for i := 0; b.Loop(); i++ {
		off, n := l.Span(at(i))
		if _, ok := bao.VerifySlice(slices[i%kept], int(l.GroupLog), uint64(off), uint64(n), root); !ok {
			b.Fatal("refused")
		}
	}
	b.ReportMetric((cpu(b)-began)/float64(b.N)*float64(l.Groups()), "cpu-s/GiB")
	b.ReportMetric(source, "source-cpu-s/GiB")
	b.ReportMetric(float64(int64(len(slices[0]))-l.GroupBytes())*float64(l.Groups()), "proof-B/GiB")
	b.ReportMetric(float64(len(outboard)), "held-B")
}
