package share

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DisplayName makes a stranger's text safe for a terminal or a log: one line of
// valid UTF-8 without escape sequences, control, bidi or invisible characters.
// Those are written out, `\x1b` or `\u202e`, so that a spoofed name shows what
// it tried. Ordinary names come back as they are, without allocation.
func DisplayName(wire string) string {
	if displayable(wire) {
		return wire
	}
	var b strings.Builder
	for i := 0; i < len(wire); {
		r, n := utf8.DecodeRuneInString(wire[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			fmt.Fprintf(&b, `\x%02x`, wire[i])
		case displayableRune(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += n
	}
	return b.String()
}

func displayable(s string) bool {
	for _, r := range s {
		if !displayableRune(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// displayableRune allows what has a glyph of its own, and spaces.
func displayableRune(r rune) bool {
	if r < 0x7f {
		return r >= 0x20
	}
	return !invisible(r) && (unicode.IsPrint(r) || unicode.Is(unicode.Zs, r))
}
