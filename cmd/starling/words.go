package main

import (
	"errors"
	"strings"
)

// splitWords takes a line apart as a shell would: words at spaces, quotes hold words together, a backslash takes the next character as it is.
// Nothing is expanded.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	open, quote, escaped := false, rune(0), false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			open, escaped = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			open, quote = true, r
		case r == ' ' || r == '\t':
			if open {
				words = append(words, word.String())
				word.Reset()
			}
			open = false
		default:
			open = true
			word.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("a quote or backslash at the end of the line is open")
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

// splitSearch takes the flags in front of a search off and leaves the rest as typed, since its quotes make phrases.
func splitSearch(rest string) (flags []string, expression string) {
	rest = strings.TrimSpace(rest)
	for strings.HasPrefix(rest, "--") {
		flag, after, _ := strings.Cut(rest, " ")
		after = strings.TrimSpace(after)
		if flag == "--" {
			return flags, after
		}
		flags = append(flags, flag)
		if !strings.Contains(flag, "=") && flag != "--json" && flag != "--help" {
			var value string
			value, after, _ = strings.Cut(after, " ")
			flags = append(flags, value)
		}
		rest = strings.TrimSpace(after)
	}
	return flags, rest
}
