package node

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"starling/share"
)

// Display makes text from strangers safe for a screen; see share.DisplayName. Line breaks are written out too.
func Display(text string) string { return share.DisplayName(text) }

// DisplayLines is Display for texts of our own that may quote strangers: their line breaks stay.
func DisplayLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = share.DisplayName(line)
	}
	return strings.Join(lines, "\n")
}

// MarshalLine encodes v as one line of JSON that is safe on any screen: what strangers named a file reaches the reader whole, but every
// character that could move a cursor, turn the writing direction or hide itself leaves as a \u escape. Bytes that are not UTF-8 become U+FFFD.
func MarshalLine(v any) ([]byte, error) {
	encoded, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return escapeUnseen(encoded), nil
}

// escapeUnseen rewrites the characters that screens obey or hide. JSON has them inside strings only, where \u escapes mean the same.
func escapeUnseen(encoded []byte) []byte {
	out := make([]byte, 0, len(encoded)+1)
	for len(encoded) > 0 {
		r, n := utf8.DecodeRune(encoded)
		if seen(encoded[:n]) {
			out = append(out, encoded[:n]...)
		} else {
			out = appendEscape(out, r)
		}
		encoded = encoded[n:]
	}
	return out
}

func seen(char []byte) bool {
	if char[0] < utf8.RuneSelf {
		return char[0] != 0x7f // json.Marshal has escaped the other control characters
	}
	return share.DisplayName(string(char)) == string(char)
}

func appendEscape(out []byte, r rune) []byte {
	if r >= 0x10000 {
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}
