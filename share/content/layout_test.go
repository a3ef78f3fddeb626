package content_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"starling/share/content"
)

func TestLayoutOf(t *testing.T) {
	const gib = int64(1) << 30
	for _, c := range []struct {
		size   int64
		log    uint8
		groups int
	}{
		{0, 8, 1},
		{1, 8, 1},
		{group, 8, 1},
		{group + 1, 8, 2},
		{4 * gib, 8, content.MaxGroups},
		{4*gib + 1, 9, content.MaxGroups/2 + 1},
		{8 * gib, 9, content.MaxGroups},
		{8*gib + 1, 10, content.MaxGroups/2 + 1},
		{content.MaxSizeBytes, 26, content.MaxGroups},
	} {
		l := content.LayoutOf(c.size)
		if l.GroupLog != c.log || l.Groups() != c.groups {
			t.Errorf("%d bytes: 2^%d KiB, %d groups; want 2^%d, %d", c.size, l.GroupLog, l.Groups(), c.log, c.groups)
		}
		if err := l.Check(); err != nil {
			t.Errorf("%d bytes: %v", c.size, err)
		}
	}
}

func anySize(t *rapid.T) int64 {
	// Shifting spreads the sizes over the orders of magnitude.
	shift := rapid.IntRange(0, 50).Draw(t, "shift")
	return rapid.Int64Range(0, content.MaxSizeBytes).Draw(t, "size") >> shift
}

func TestGroupsTileTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := content.LayoutOf(anySize(t))
		n := l.Groups()
		if n < 1 || n > content.MaxGroups {
			t.Fatalf("%+v has %d groups", l, n)
		}
		if l.GroupLog > content.MinGroupLog && l.SizeBytes <= content.MaxGroups*l.GroupBytes()/2 {
			t.Fatalf("%+v would fit groups of half the size", l)
		}
		g := rapid.IntRange(0, n-1).Draw(t, "group")
		off, length := l.Span(g)
		if off != int64(g)*l.GroupBytes() {
			t.Fatalf("%+v: group %d begins at %d", l, g, off)
		}
		end := min(off+l.GroupBytes(), l.SizeBytes)
		if off+length != end || (length == 0 && l.SizeBytes > 0) {
			t.Fatalf("%+v: group %d of %d has %d bytes", l, g, n, length)
		}
		if g == n-1 && end != l.SizeBytes {
			t.Fatalf("%+v: the last group ends at %d", l, end)
		}
	})
}

func TestLayoutCheckRefuses(t *testing.T) {
	for _, l := range []content.Layout{
		{SizeBytes: -1, GroupLog: 8},
		{SizeBytes: content.MaxSizeBytes + 1, GroupLog: 26},
		{SizeBytes: 1 << 62, GroupLog: 38},
		{SizeBytes: 100, GroupLog: 0},
		{SizeBytes: 100, GroupLog: 7},
		{SizeBytes: 100, GroupLog: 9},
		{SizeBytes: 1 << 40, GroupLog: 255},
	} {
		if err := l.Check(); !errors.Is(err, content.ErrBadLayout) {
			t.Errorf("%+v: %v", l, err)
		}
	}
}
