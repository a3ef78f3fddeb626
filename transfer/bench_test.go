package transfer

import (
	"os"
	"testing"

	"starling/share/content"
)

// BenchmarkFetch moves 256 MiB between two Exchanges over loopback TCP, from a
// cold receiver to a finished, verified file. Set TMPDIR to a tmpfs to leave the
// disk out of it.
func BenchmarkFetch(b *testing.B) {
	s := newSample(b, 256<<20, 1)
	n := newNetwork(b, true)
	from := n.start("from", n.options("from"), nil)
	from.share(s)
	data := s.data
	s.data = nil
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		to := n.start("to", n.options("to"), nil)
		got := to.get(Request{ID: s.id, Sources: []Source{"from"}})
		if got.State != Done {
			b.Fatal(got.State, got.Reason)
		}
		to.stop()
		b.StopTimer()
		check, err := os.Open(got.Path)
		if err != nil {
			b.Fatal(err)
		}
		if id, _, err := content.Hash(check, int64(len(data))); err != nil || id != s.id {
			b.Fatal("the file is wrong: ", err)
		}
		check.Close()
		os.Remove(got.Path)
		b.StartTimer()
	}
}
