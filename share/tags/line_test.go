package tags

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestJoin(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat("a ", 40), " ")
	for want, fields := range map[string][]string{
		"Artist · Title":               {"Artist", "", "Title", " \t "},
		"Homogenic":                    {"Homogenic", "homogenic", "HOMOGENIC"},
		"one two":                      {" one\r\n\x1b two\x00"},
		"abc [31m red":                 {"a\u202eb\u200bc \x1b[31m red"}, // no direction, no colour
		"a b":                          {"a\xffb"},
		"":                             nil,
		strings.TrimSpace(many[:2*30]): {many},
		"first · second":               {"first", strings.Repeat("x", 0), "second"},
		strings.Repeat("é", 40):        {strings.Repeat("é", 300)},
	} {
		if got := join(fields); got != want {
			t.Errorf("%q: %q, want %q", fields, got, want)
		}
	}
}

// sound says what every line is, whatever is in a file.
func sound(t interface{ Errorf(string, ...any) }, line string) {
	if len(line) > LineBytesMax || !utf8.ValidString(line) || len(strings.Fields(strings.ReplaceAll(line, separator, " "))) > lineWordsMax {
		t.Errorf("%d bytes: %q", len(line), line)
	}
	for _, r := range line {
		if !unicode.IsPrint(r) {
			t.Errorf("%q holds %U", line, r)
		}
	}
	if strings.TrimSpace(line) != line {
		t.Errorf("%q has space around it", line)
	}
}

func TestEveryLineIsSound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var fields []string
		for _, b := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 400), 0, 8).Draw(t, "bytes") {
			fields = append(fields, string(b))
		}
		fields = append(fields, rapid.SliceOfN(rapid.String(), 0, 8).Draw(t, "texts")...)
		sound(t, join(fields))
	})
}

func TestYearAndDay(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"1997": "1997", " 2003-05": "2003", "0001": "", "1": "", "97": "", "19x7": "", "31999": "", "": ""} {
		if got := year(in); got != want {
			t.Errorf("year of %q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"2019:07:14 18:20:03": "2019-07-14", "0000:00:00 00:00:00": "", "2019": ""} {
		if got := day(in); got != want {
			t.Errorf("day of %q: %q, want %q", in, got, want)
		}
	}
	for want, in := range map[string][2]string{"Canon EOS 5D": {"Canon", "Canon EOS 5D"}, "NIKON D90": {"NIKON CORPORATION", "NIKON D90"}, "Apple iPhone 6": {"Apple", "iPhone 6"}, "Leica": {"Leica", ""}} {
		if got := camera(in[0], in[1]); got != want {
			t.Errorf("camera of %q: %q, want %q", in, got, want)
		}
	}
}
