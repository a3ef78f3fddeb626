package content

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"lukechampine.com/blake3"
	"lukechampine.com/blake3/bao"
	"pgregory.net/rapid"
)

// drawBytes makes random bytes of any length up to maxBytes, around a multiple
// of a drawn step as often as not.
func drawBytes(t *rapid.T, maxBytes int) []byte {
	n := rapid.IntRange(0, maxBytes).Draw(t, "size")
	if step := rapid.SampledFrom([]int{1, 64, 1 << 10, 16 << 10, 64 << 10}).Draw(t, "step"); n > step {
		n = n/step*step + rapid.IntRange(-1, 1).Draw(t, "off by")
	}
	data := make([]byte, n)
	seed := rapid.Uint64().Draw(t, "seed")
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(data)
	return data
}

// Groups far smaller than a file ever gets, so that small files grow tall and
// ragged trees: the tree code must not care.
func TestAnyGroupSizeGivesTheSameID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := drawBytes(t, 600<<10)
		groupLog := rapid.IntRange(4, 10).Draw(t, "group log")
		l := Layout{SizeBytes: int64(len(data)), GroupLog: uint8(groupLog)}
		id, m, err := new(Hasher).hash(bytes.NewReader(data), l)
		if err != nil {
			t.Fatal(err)
		}
		if id != ID(blake3.Sum256(data)) {
			t.Fatalf("%+v: not BLAKE3", l)
		}
		if _, root := bao.EncodeBuf(data, groupLog, true); id != ID(root) {
			t.Fatalf("%+v: not Bao's root", l)
		}
		for g := range m.CVs {
			off, n := l.Span(g)
			if err := m.VerifyGroup(g, data[off:off+n]); err != nil {
				t.Fatalf("%+v: %v", l, err)
			}
		}
	})
}

func TestVerifierTakesPiecesOfAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := drawBytes(t, 300<<10)
		l := Layout{SizeBytes: int64(len(data)), GroupLog: uint8(rapid.IntRange(4, 10).Draw(t, "group log"))}
		_, m, err := new(Hasher).hash(bytes.NewReader(data), l)
		if err != nil {
			t.Fatal(err)
		}
		g := rapid.IntRange(0, l.Groups()-1).Draw(t, "group")
		off, n := l.Span(g)
		part := bytes.Clone(data[off : off+n])
		altered := n > 0 && rapid.Bool().Draw(t, "altered")
		if altered {
			part[rapid.Int64Range(0, n-1).Draw(t, "at")] ^= 1
		}
		v := m.Verifier(g)
		for rest := part; len(rest) > 0; {
			k := min(len(rest), rapid.IntRange(0, 40<<10).Draw(t, "piece"))
			if _, err := v.Write(rest[:k]); err != nil {
				t.Fatal(err)
			}
			rest = rest[k:]
		}
		if err := v.Verify(); errors.Is(err, ErrBadGroup) != altered {
			t.Fatalf("%+v, group %d, altered %v: %v", l, g, altered, err)
		}
	})
}

func TestVerifierRefusesOtherLengths(t *testing.T) {
	data := make([]byte, 300<<10)
	_, m, err := Hash(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	v := m.Verifier(1)
	if err := v.Verify(); !errors.Is(err, ErrBadGroup) {
		t.Errorf("nothing written: %v", err)
	}
	if n, err := v.Write(data[:44<<10+1]); n != 0 || !errors.Is(err, ErrBadGroup) {
		t.Errorf("a byte too many: %d, %v", n, err)
	}
	if _, err := v.Write(data[:44<<10-1]); err != nil {
		t.Error(err)
	}
	if err := v.Verify(); !errors.Is(err, ErrBadGroup) {
		t.Errorf("a byte too few: %v", err)
	}
	if _, err := v.Write(data[:1]); err != nil || v.Verify() != nil {
		t.Errorf("the exact group: %v, %v", err, v.Verify())
	}
}
