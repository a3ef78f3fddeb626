package main

import "testing"

// TestTextGuard: what a terminal would obey is no text, wherever a piece of it begins.
func TestTextGuard(t *testing.T) {
	for _, c := range []struct {
		text string
		fits bool
	}{
		{"plain\ttext\r\n\fwith lines, ünïcödé, 日本語 and Â£", true},
		{"", true},
		{"nul\x00", false},
		{"clipboard\x1b]52;c;aGk=\x07", false},
		{"bell\a", false},
		{"back\b", false},
		{"delete\x7f", false},
		{"CSI as one character \u009b2J", false},
		{"no-break\u00a0space", true},
	} {
		for cut := range len(c.text) + 1 {
			var g textGuard
			if got := g.passes([]byte(c.text[:cut])) && g.passes([]byte(c.text[cut:])); got != c.fits {
				t.Errorf("%q cut at %d passes: %v", c.text, cut, got)
			}
		}
	}
}
