package transfer

import (
	"fmt"
	"testing"
)

// BenchmarkSmallFiles fetches files of 4 KiB each by a download of its own, to
// the disk that TMPDIR names: what a file costs beside its bytes.
func BenchmarkSmallFiles(b *testing.B) {
	n := newNetwork(b, true)
	o := n.options("a")
	o.Slots = 64
	a, z := n.start("a", o, nil), n.start("z", n.options("z"), nil)
	samples := make([]sample, b.N)
	for i := range samples {
		samples[i] = newSample(b, 4096+i%50_000, byte(i))
		a.share(samples[i])
	}
	b.ResetTimer()
	for i, s := range samples {
		if _, err := z.Get(Request{ID: s.id, Name: fmt.Sprint("f", i), Sources: []Source{"a"}}); err != nil {
			b.Fatal(err)
		}
	}
	for _, s := range samples {
		want(b, s, z.wait(s.id, func(st Status) bool { return st.State.Final() }))
	}
}
