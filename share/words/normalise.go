package words

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxTextBytes is how much of a text is looked at: the longest path the common
// systems allow. What lies beyond is not found.
const maxTextBytes = 4096

// stroked are the Latin letters whose stroke or ligature is no combining mark,
// so that NFKD leaves them. A keyboard without them types the plain form.
var stroked = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe",
}

// normalise gives the form in which texts are compared. It is idempotent.
func normalise(s string) string {
	return string(appendNormalised(nil, s))
}

func appendNormalised(dst []byte, s string) []byte {
	if len(s) > maxTextBytes {
		s = s[:cut(s, maxTextBytes)]
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return append(dst, normaliseUnicode(s)...)
		}
	}
	return appendLower(dst, s)
}

// cut is the last place at or before n that does not fall into a character.
func cut(s string, n int) int {
	for back := range utf8.UTFMax {
		if utf8.RuneStart(s[n-back]) {
			return n - back
		}
	}
	return n // not UTF-8
}

func appendLower(dst []byte, s string) []byte {
	dst = append(dst, s...)
	for i, c := range dst[len(dst)-len(s):] {
		if 'A' <= c && c <= 'Z' {
			dst[len(dst)-len(s)+i] = c + 'a' - 'A'
		}
	}
	return dst
}

// normaliseUnicode folds twice, because compatibility forms such as ℡ hide
// capitals until NFKD has taken them apart.
func normaliseUnicode(s string) string {
	fold := cases.Fold()
	s = norm.NFKD.String(fold.String(norm.NFC.String(s)))
	s = norm.NFKD.String(fold.String(stripMarks(s)))
	return norm.NFC.String(stripMarks(s))
}

func stripMarks(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if plain, ok := stroked[r]; ok {
			out = append(out, plain...)
		} else if !ignored(r) {
			out = utf8.AppendRune(out, r)
		}
	}
	return string(out)
}

// ignored are the marks that may sit on any letter, the pointing of the Semitic
// scripts, and characters that join or hint without being seen.
func ignored(r rune) bool {
	switch {
	case r < 0xAD, r == '\u3099', r == '\u309A': // ASCII; the voicing marks make another letter
		return false
	case r == '\u00AD', r == '\u200C', r == '\u200D', r == '\u2060', r == '\uFEFF':
		return true
	}
	return unicode.Is(unicode.Mn, r) &&
		unicode.In(r, unicode.Inherited, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic, unicode.Syriac)
}
