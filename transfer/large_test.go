package transfer

import (
	"testing"
	"testing/synctest"
)

// TestLargeGroups sends groups through the disk before they are verified, as those
// of files beyond 64 GiB go.
func TestLargeGroups(t *testing.T) {
	n := newNetwork(t, true)
	s := newSample(t, 60*groupBytes+100, 15)
	o := n.options("z")
	o.wholeMax = 100 << 10
	n.serve("bad", (&fake{sample: s, pieceMax: 60_000, group: func(g int, b []byte) []byte {
		if g%2 == 0 && g < 60 {
			return flip(g, b)
		}
		return b
	}}).serve)
	n.serve("good", (&fake{sample: s, pieceMax: 100_000}).serve)
	got := n.start("z", o, nil).get(Request{ID: s.id, Sources: []Source{"bad", "good"}})
	want(t, s, got)
}

// TestLargeGroupHasOneWriter: such a group is never asked of two sources, however
// slow the one is; a second writer would be turned away and lose its stream.
func TestLargeGroupHasOneWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 20*groupBytes, 17)
		slow, o := n.options("slow"), n.options("z")
		slow.UpBytesPerSec, o.wholeMax = 50<<10, 100<<10
		n.start("slow", slow, nil).share(s)
		fast := n.start("fast", n.options("fast"), nil)
		fast.share(s)
		got := n.start("z", o, nil).get(Request{ID: s.id, Sources: []Source{"slow", "fast"}})
		want(t, s, got)
		if p := source(t, got, "fast"); fast.uploads.number != 1 || p.Reason != "" {
			t.Errorf("%d streams: %s", fast.uploads.number, p.Reason)
		}
	})
}
