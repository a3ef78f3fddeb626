package content_test

import (
	"bytes"
	"testing"

	"lukechampine.com/blake3"
	"lukechampine.com/blake3/bao"

	"starling/share/content"
)

// One group of 256 KiB, checked three ways: ours, the plain hash of the same
// bytes, and the proof check of Bao with an outboard in memory.

func BenchmarkVerifyGroup(b *testing.B) {
	data := randomBytes(16 * group)
	_, m := mustHash(b, data)
	b.SetBytes(group)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		g := i % 16
		if err := m.VerifyGroup(g, data[g*group:(g+1)*group]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSum256OfAGroup(b *testing.B) {
	data := randomBytes(group)
	b.SetBytes(group)
	b.ReportAllocs()
	for b.Loop() {
		blake3.Sum256(data)
	}
}

func BenchmarkBaoVerifyChunkOfAGroup(b *testing.B) {
	data := randomBytes(16 * group)
	outboard, root := bao.EncodeBuf(data, content.MinGroupLog, true)
	b.SetBytes(group)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		g := i % 16
		if !bao.VerifyChunk(data[g*group:(g+1)*group], outboard, content.MinGroupLog, uint64(g*group), root) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkHash(b *testing.B) {
	for name, n := range map[string]int{"20KiB": 20 * kib, "16MiB": 64 * group} {
		b.Run(name, func(b *testing.B) {
			data := randomBytes(n)
			r := bytes.NewReader(data)
			var h content.Hasher
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				r.Reset(data)
				if _, _, err := h.Hash(r, int64(n)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The largest manifest there is.
func BenchmarkProve(b *testing.B) {
	m := &content.Manifest{Layout: content.LayoutOf(content.MaxGroups * group), CVs: make([]content.CV, content.MaxGroups)}
	id := m.Root()
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Prove(id); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNextMissingIn(b *testing.B) {
	have, mine := content.NewBitset(content.MaxGroups), content.NewBitset(content.MaxGroups)
	have.SetAll()
	mine.SetAll()
	mine.Clear(content.MaxGroups - 1)
	b.ReportAllocs()
	for b.Loop() {
		if mine.NextMissingIn(have, 0) != content.MaxGroups-1 {
			b.Fatal("missed it")
		}
	}
}
