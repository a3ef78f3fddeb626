package tags

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of the line, which every hit and every index entry of the file carries.
const (
	LineBytesMax  = 200
	lineWordsMax  = 30
	fieldBytesMax = 80 // so that a long title leaves room for its artist
	separator     = " · "
)

// join makes one line of fields, leaving out what is empty or said already.
func join(fields []string) string {
	var line strings.Builder
	left := lineWordsMax
	said := make(map[string]bool, len(fields))
	for _, field := range fields {
		text := clean(field, &left)
		key := strings.ToLower(text)
		if text == "" || said[key] || line.Len()+len(separator)+len(text) > LineBytesMax {
			continue
		}
		said[key] = true
		if line.Len() > 0 {
			line.WriteString(separator)
		}
		line.WriteString(text)
	}
	return line.String()
}

// clean gives the first words of a field, with nothing in them that could steer a
// screen, and takes them from left.
func clean(field string, left *int) string {
	if len(field) > 4*fieldBytesMax {
		field = field[:4*fieldBytesMax]
	}
	text := ""
	for _, word := range strings.Fields(strings.Map(printable, strings.ToValidUTF8(field, " "))) {
		longer := strings.TrimSpace(text + " " + word)
		if text == "" {
			longer = cut(word, fieldBytesMax)
		}
		if *left == 0 || len(longer) > fieldBytesMax {
			break
		}
		text = longer
		*left--
	}
	return text
}

// printable drops what has no width, direction marks among it, and puts a space
// where there was any other thing that does not print.
func printable(r rune) rune {
	switch {
	case unicode.Is(unicode.Cf, r):
		return -1
	case unicode.IsPrint(r):
		return r
	}
	return ' '
}

// cut shortens text to whole characters of at most n bytes.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// year gives the year a date begins with, empty where it begins with none.
func year(date string) string {
	date = strings.TrimSpace(date)
	if len(date) < 4 || date[0] != '1' && date[0] != '2' {
		return ""
	}
	for _, c := range []byte(date[:4]) {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return date[:4]
}
