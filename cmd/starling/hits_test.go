package main

import (
	"bytes"
	"strings"
	"testing"

	"starling/node"
)

// Tags stand behind the name where there is room: whole for a line tool, cut on a
// terminal, and not at all where the name needs the line or only a few letters
// would be left.
func TestTagsBehindTheName(t *testing.T) {
	t.Parallel()
	const tags = "Björk & Orkester · Jóga · Homogenic · 1997"
	for _, c := range []struct {
		columns    int
		name, want string
	}{
		{0, "01.mp3", "01.mp3  " + tags}, {140, "01.mp3", "01.mp3  " + tags}, {80, "01.mp3", "01.mp3  Björk & Orkester · Jóga ·…"}, {widthForID - 1, "01.mp3", "01.mp3"},
		{80, "Björk - Homogenic - 01.mp3", "Björk - Homogenic - 01.mp3"}, {100, "01.mp3  (you have it)", "01.mp3  (you have it)  Björk & Orkester · Jóga · Homo…"},
	} {
		name, _, have := strings.Cut(c.name, "  ")
		s := screenFor(&bytes.Buffer{}, c.columns, false)
		hit := node.Hit{N: 1, Name: name, Tags: tags, ID: strings.Repeat("ab", 32), Sources: 1, Hops: 1, Have: have}
		if got := hitLine(s, hit); !strings.HasSuffix(got, "  "+c.want) {
			t.Errorf("%d columns: %q, want %q at the end", c.columns, got, c.want)
		}
	}
	browsed := browseLine(screenFor(&bytes.Buffer{}, 0, false), node.BrowseEntry{Name: "01.mp3", Tags: tags, ID: strings.Repeat("ab", 32)})
	if !strings.HasSuffix(browsed, "  01.mp3  "+tags) {
		t.Errorf("browse: %q", browsed)
	}
	if got := hitLine(screenFor(&bytes.Buffer{}, 0, false), node.Hit{N: 1, Name: "01.mp3", ID: strings.Repeat("ab", 32)}); !strings.HasSuffix(got, "  01.mp3") {
		t.Errorf("without tags: %q", got)
	}
}
