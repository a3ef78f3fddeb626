package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A value is one field of a Config with the form it has in files, variables
// and flags.
type value interface {
	// set takes what TOML, a variable or a flag gave. Relative paths are of the
	// folder dir, "" being the current one.
	set(raw any, dir string) error
	// text is the value as people write it, without quotes.
	text() string
	// toml is the value as the file has it.
	toml() string
}

// word is free text.
type word struct{ field *string }

func (w word) set(raw any, _ string) error { return setText(w.field, raw) }
func (w word) text() string                { return *w.field }
func (w word) toml() string                { return Quote(*w.field) }

func setText(field *string, raw any) error {
	s, ok := raw.(string)
	if !ok {
		return fmt.Errorf("%v is not text; put it in quotes", raw)
	}
	*field = s
	return nil
}

// Quote writes a TOML string on one line: literal where that is more readable, as for the
// backslashes of Windows.
func Quote(s string) string {
	if strings.Contains(s, `\`) && !strings.ContainsFunc(s, func(r rune) bool { return r == '\'' || unicode.IsControl(r) }) {
		return "'" + s + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// oneOf is one of a few words.
type oneOf struct {
	word
	choices []string
}

func (o oneOf) set(raw any, dir string) error {
	var s string
	if err := setText(&s, raw); err != nil {
		return err
	}
	if !slices.Contains(o.choices, s) {
		return fmt.Errorf("%q is none of %s", s, strings.Join(o.choices, ", "))
	}
	*o.field = s
	return nil
}

// yesNo is a bool.
type yesNo struct{ field *bool }

func (y yesNo) set(raw any, _ string) error {
	b, err := strconv.ParseBool(fmt.Sprint(raw))
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", fmt.Sprint(raw))
	}
	*y.field = b
	return nil
}
func (y yesNo) text() string { return strconv.FormatBool(*y.field) }
func (y yesNo) toml() string { return y.text() }

// list is several texts; a variable has them separated by commas.
type list struct{ field *[]string }

func (l list) set(raw any, _ string) error {
	var items []string
	switch raw := raw.(type) {
	case string:
		items = splitList(raw)
	case []string:
		items = raw
	case []any:
		for _, item := range raw {
			s, ok := item.(string)
			if !ok {
				return fmt.Errorf("%v is not text; put it in quotes", item)
			}
			items = append(items, s)
		}
	default:
		return fmt.Errorf("%v is not a list; write [\"one\", \"two\"]", raw)
	}
	if slices.Contains(items, "") {
		return errors.New("an empty entry in the list")
	}
	*l.field = items
	return nil
}

func splitList(s string) []string {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	items := strings.Split(s, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}

func (l list) text() string { return strings.Join(*l.field, ", ") }

func (l list) toml() string {
	quoted := make([]string, len(*l.field))
	for i, item := range *l.field {
		quoted[i] = Quote(item)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// span is a duration.
type span struct {
	field *time.Duration
	min   time.Duration
}

func (s span) set(raw any, _ string) error {
	d, err := time.ParseDuration(fmt.Sprint(raw))
	if err != nil {
		return fmt.Errorf("%q is not a duration; write it as 500ms, 10s, 5m or 1h30m", fmt.Sprint(raw))
	}
	if d < s.min {
		return fmt.Errorf("%s is less than %s", shortDuration(d), shortDuration(s.min))
	}
	*s.field = d
	return nil
}
func (s span) text() string { return shortDuration(*s.field) }
func (s span) toml() string { return Quote(s.text()) }

// shortDuration is Duration.String without the zeros at its end: 10m, not 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
