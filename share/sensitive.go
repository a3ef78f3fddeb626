package share

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"starling/share/words"
)

// sensitive says why a file should not go to strangers, judged by its name
// alone; empty when nothing speaks against it. Files it flags are left out of
// what is shared: an owner who means one of them gives it another name.
//
// The lists follow what people have shared by accident: keys, password stores,
// wallets, browser profiles, mail, tax and bank papers.
func sensitive(name string) string {
	name = plainName(name)
	for range copiesOfCopies {
		if why := sensitivePlain(name); why != "" {
			return why
		}
		original := withoutCopyMarks(name)
		if original == name {
			return ""
		}
		name = original
	}
	return ""
}

func sensitivePlain(name string) string {
	if why := sensitiveNames[name]; why != "" {
		return why
	}
	if why := sensitiveExts[strings.TrimPrefix(path.Ext(name), ".")]; why != "" {
		return why
	}
	for _, p := range sensitivePatterns {
		if p.match(name) {
			return p.why
		}
	}
	return sensitiveWords(name)
}

// plainName is a name as a reader sees it: without case, marks, letters of other
// widths, characters that cannot be seen, and the dots and spaces at its end that
// some systems drop.
func plainName(name string) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			name = plainUnicode(name)
			break
		}
	}
	return strings.TrimLeft(strings.TrimRight(strings.ToLower(name), " .\t\r\n"), " \t")
}

func plainUnicode(name string) string {
	name = norm.NFKD.String(cases.Fold().String(norm.NFKD.String(name)))
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r) || invisible(r):
			return -1
		case r == 'ı':
			return 'i'
		case unicode.IsSpace(r) || r == brailleBlank:
			return ' '
		}
		return r
	}, name)
}

// copiesOfCopies is how many marks of a copy are taken off a name.
const copiesOfCopies = 4

// withoutCopyMarks takes off what programs put to the name of a copy.
func withoutCopyMarks(name string) string {
	for _, end := range []string{"~", ".bak", ".old", ".orig", ".backup", ".save", ".copy", ".txt"} {
		if stem, cut := strings.CutSuffix(name, end); cut {
			return strings.TrimRight(stem, " .")
		}
	}
	name = strings.TrimPrefix(name, "copy of ")
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	for _, end := range []string{" - copy", " copy", "_copy", "-copy", " backup", "_backup", "-backup"} {
		stem = strings.TrimSuffix(stem, end)
	}
	if open := strings.LastIndexAny(stem, "(["); open > 0 && strings.Trim(stem[open:], "()[]0123456789") == "" {
		stem = strings.TrimRight(stem[:open], " ")
	}
	return stem + ext
}

// A sensitivePattern is two or three parts of a name, with anything between.
type sensitivePattern struct{ begin, middle, end, why string }

// patternOf reads a pattern with a * or two.
func patternOf(pattern, why string) sensitivePattern {
	begin, rest, _ := strings.Cut(pattern, "*")
	at := strings.LastIndexByte(rest, '*') + 1
	return sensitivePattern{begin, strings.TrimSuffix(rest[:at], "*"), rest[at:], why}
}

func (p sensitivePattern) match(name string) bool {
	return strings.HasPrefix(name, p.begin) && strings.HasSuffix(name, p.end) && len(name) >= len(p.begin)+len(p.end) &&
		strings.Contains(name[len(p.begin):len(name)-len(p.end)], p.middle)
}

// sensitiveWords looks for what papers are called. Only papers and scans are
// judged by it: a song may be called Password.
func sensitiveWords(name string) string {
	switch words.TypeOf(name) {
	case words.Any, words.Document, words.Image:
	default:
		return ""
	}
	all := words.Words(name)
	text := " " + strings.Join(all, " ") + " "
	for _, p := range sensitivePhrases {
		if strings.Contains(text, p.words) {
			return p.why
		}
	}
	return sensitivePaper(name, all)
}

// sensitivePaper looks for words that mean a paper of one's own on a paper alone.
// They may be written together with a year.
func sensitivePaper(name string, all []string) string {
	if paperExts[strings.TrimPrefix(path.Ext(name), ".")] == "" {
		return ""
	}
	for _, word := range all {
		for _, bare := range []string{word, strings.Trim(word, "0123456789")} {
			if why := paperWords[bare]; why != "" {
				return why
			}
		}
	}
	return ""
}

// unfinished says that a name belongs to a download that is still going on.
func unfinished(name string) bool {
	return slices.Contains([]string{".part", ".partial", ".crdownload", ".download", ".!qb", ".aria2"}, strings.ToLower(path.Ext(name)))
}
