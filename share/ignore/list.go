package ignore

import (
	"fmt"
	"strings"
)

// Limits of a list. They are far above what people write, and keep what a
// folder found somewhere can cost to a few milliseconds a file.
const (
	MaxTextBytes    = 64 << 10
	MaxPatterns     = 1000
	MaxPatternBytes = 1024
)

// List is the patterns of one source. A nil List has none.
type List struct {
	patterns []*Pattern
}

// Error says which line cannot be used, and why.
type Error struct {
	Line int // from 1; 0 is the text as a whole
	Text string
	Why  string
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Why
	case e.Text == "":
		return fmt.Sprintf("line %d: %s", e.Line, e.Why)
	}
	return fmt.Sprintf("line %d, %q: %s", e.Line, e.Text, e.Why)
}

// Parse reads a file of patterns, one a line. With fold, letters A to Z are as
// a to z, as suits a disk that takes them for the same. The error is an *Error.
func Parse(text string, fold bool) (*List, error) {
	if len(text) > MaxTextBytes {
		return nil, &Error{Why: fmt.Sprintf("it has more than %d bytes", MaxTextBytes)}
	}
	if strings.ContainsRune(text, 0) {
		return nil, &Error{Why: "it is no plain text; save it as UTF-8"}
	}
	l := new(List)
	text = strings.TrimPrefix(text, "\ufeff") // the mark some editors begin with
	line := 0
	for entry := range strings.Lines(text) {
		line++
		entry = strings.TrimSuffix(strings.TrimSuffix(entry, "\n"), "\r")
		if strings.HasPrefix(entry, "#") || trimSpaces(entry) == "" {
			continue
		}
		if err := l.add(entry, line, fold); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Compile reads patterns that somebody listed one by one. There are no comments,
// and an empty pattern is an error. The error is an *Error, lines being places
// in the list.
func Compile(patterns []string, fold bool) (*List, error) {
	l := new(List)
	for i, text := range patterns {
		if strings.ContainsAny(text, "\n\r\x00") {
			return nil, &Error{Line: i + 1, Text: text, Why: "a pattern is one line of text"}
		}
		if err := l.add(text, i+1, fold); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *List) add(text string, line int, fold bool) error {
	if len(l.patterns) == MaxPatterns {
		return &Error{Why: fmt.Sprintf("it has more than %d patterns", MaxPatterns)}
	}
	if len(text) > MaxPatternBytes {
		return &Error{Line: line, Why: fmt.Sprintf("the pattern has more than %d bytes", MaxPatternBytes)}
	}
	p := &Pattern{Text: trimSpaces(text), Line: line, fold: fold}
	if why := p.read(); why != "" {
		return &Error{Line: line, Text: p.Text, Why: why}
	}
	l.patterns = append(l.patterns, p)
	return nil
}

// trimSpaces cuts the spaces at the end, but for one behind a backslash.
func trimSpaces(s string) string {
	end := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			end = i + 1
		case s[i] != ' ':
			end = i + 1
		}
	}
	return s[:end]
}

// Len is how many patterns there are.
func (l *List) Len() int {
	if l == nil {
		return 0
	}
	return len(l.patterns)
}

// match gives the pattern that decides about a path, which is relative to the
// list's folder; nil when none has a word on it.
func (l *List) match(path, name string, isDir bool) *Pattern {
	for i := len(l.patterns) - 1; i >= 0; i-- {
		if p := l.patterns[i]; p.match(path, name, isDir) {
			return p
		}
	}
	return nil
}
