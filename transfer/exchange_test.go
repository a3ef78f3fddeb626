package transfer

import (
	"testing"
)

func TestOneSource(t *testing.T) {
	for _, size := range []int{0, 1, groupBytes, groupBytes + 1, 40*groupBytes + 12345} {
		n := newNetwork(t, true)
		a, b := n.start("a", n.options("a"), nil), n.start("b", n.options("b"), nil)
		s := newSample(t, size, 1)
		a.share(s)
		got := b.get(Request{ID: s.id, Sources: []Source{"a"}})
		want(t, s, got)
		if got.FetchedBytes != int64(size) || got.HaveBytes != int64(size) || got.WastedBytes != 0 {
			t.Errorf("size %d: fetched %d, have %d, wasted %d", size, got.FetchedBytes, got.HaveBytes, got.WastedBytes)
		}
		if from := source(t, got, "a"); from.Bytes != int64(size) {
			t.Errorf("size %d: %d bytes from a", size, from.Bytes)
		}
	}
}
