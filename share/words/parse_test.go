package words

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var someID = strings.Repeat("0123456789abcdef", 4)

func TestParseCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"cafe resume":                      "cafe resume",
		"  Café\tRÉSUMÉ\n":                 "cafe resume",
		"straße":                           "strasse",
		"wu-tang D.M.X":                    "wu-tang d-m-x",
		"日本語テスト":                           "日本語-テスト",
		`"Abbey Road" live`:                `"abbey road" live`,
		`„Abbey Road“ live`:                `"abbey road" live`,
		`“a b”c`:                           `"a b" c`,
		`"one"`:                            `"one"`,
		`x -y -"y" -"a b" -c-d`:            `x -y -"a b" -"c d"`,
		"artist - title & more !!":         "artist title more",
		`"" x "..."`:                       "x",
		"a a A -b -b":                      "a -b",
		"+plus C++ what?":                  "plus c what",
		"ext:ISO":                          "ext:iso",
		"ext:.tar.gz EXT:c++":              "ext:tar.gz ext:c++",
		"x -ext:exe -type:Video":           "x -ext:exe -type:video",
		"type:Audio type:video x":          "x type:audio type:video",
		"tpye:audio 12:30":                 "tpye-audio 12-30",
		"size:>100M":                       "size:>100M",
		"size:>=100M":                      "size:>=100M",
		"size:<1.5k":                       "size:<=1499",
		"size:<=1.5KiB":                    "size:<=1536",
		"size:>100MiB":                     "size:>100Mi",
		"size:>=102400Kib":                 "size:>=100Mi",
		"size:<1024G":                      "size:<1024G",
		"size:=1000000000":                 "size:=1G",
		"size:=128000":                     "size:=128K", // 125Ki as well
		"size:100MB":                       "size:=100M",
		"size:=0":                          "size:=0",
		"size:>0":                          "size:>=1",
		"size:<1":                          "size:=0",
		"size:1M-5M":                       "size:1M-5M",
		"size:0-5G":                        "size:<=5G",
		"size:>1M size:<5M x":              "x size:1000001-4999999",
		"id:" + someID:                     "id:" + someID,
		"ID:" + strings.ToUpper(someID):    "id:" + someID,
		"x id:" + someID + " id:" + someID: "x id:" + someID,
		"１２３ ＡＢＣ":                          "123 abc",
	} {
		e, err := Parse(in)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
			continue
		}
		if got := e.String(); got != want {
			t.Errorf("Parse(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		in     string
		pos    int
		reason string
	}{
		{"", 0, "no words"},
		{" - ... \"\"", 0, "no words"},
		{"-x", 0, "only exclusions"},
		{`-x -"a b" -ext:exe -type:video`, 0, "only exclusions"},
		{`live "unclosed`, 5, "quote is not closed"},
		{`x -"`, 2, "quote is not closed"},
		{"x ext:", 2, "ext: wants"},
		{"x ext:..", 2, "ext: wants"},
		{"x ext:a,b", 2, "one for each ext:"},
		{"ext:" + strings.Repeat("a", 33), 0, "ext: wants"},
		{"x type:music", 2, "try audio"},
		{"x type:any", 2, "try audio"},
		{"size:", 0, "a size is"},
		{"size:>", 0, "a size is"},
		{"size:>>1M", 0, "a size is"},
		{"size:>1M-5M", 0, "a size is"},
		{"size:1M-", 0, "a size is"},
		{"size:-1", 0, "a size is"},
		{"size:>1X", 0, "a size is"},
		{"size:>1..2M", 0, "a size is"},
		{"size:>1i", 0, "a size is"},
		{"size:>1Bi", 0, "a size is"},
		{"size:>NaN", 0, "a size is"},
		{"size:>1e9", 0, "a size is"},
		{"size:>99999999T", 0, "that large"},
		{"size:>" + strings.Repeat("9", 200), 0, "that large"},
		{"size:5M-1M", 0, "no file can"},
		{"size:<0", 0, "no file can"},
		{"size:>5M size:<1M", 9, "no file can"},
		{"x -size:>1M", 2, "cannot be left out"},
		{"x -id:" + someID, 2, "leave out names"},
		{"日本 ext:..", 7, "at character 4: ext: wants"},
		{"日本 \xff", 7, "at character 4: not valid"},
		{"id:abc", 0, "64 hexadecimal"},
		{"id:" + someID + "00", 0, "64 hexadecimal"},
		{"id:" + someID + " id:" + strings.Repeat("0", 64), 68, "one id only"},
		{"abc\xff", 3, "UTF-8"},
		{strings.Repeat("a", 257), 256, "longer than 256"},
		{"a b c d e f g h i j k l m n o p q", 32, "more than 16"},
		{strings.Repeat("ﷺ", 40), 0, "once it is normalised"},
	} {
		_, err := Parse(c.in)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Parse(%q) = %v, want a SyntaxError", c.in, err)
			continue
		}
		if !strings.Contains(syntax.Reason, "; ") && !strings.Contains(syntax.Reason, "such as") {
			t.Errorf("Parse(%q) = %v, which does not say what to try", c.in, err)
		}
		if syntax.Pos != c.pos || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("Parse(%q) = %v; want %q at %d", c.in, err, c.reason, c.pos)
		}
	}
}

func TestExprAccess(t *testing.T) {
	e, err := Parse(`wu-tang "a b" -c ext:mp3 type:audio id:` + someID)
	if err != nil {
		t.Fatal(err)
	}
	want := []Term{{Words: []string{"wu", "tang"}}, {Words: []string{"a", "b"}, Exact: true}}
	if !reflect.DeepEqual(e.Terms(), want) {
		t.Errorf("Terms = %v", e.Terms())
	}
	if got := e.Excluded(); len(got) != 1 || got[0].Words[0] != "c" || !got[0].Exact {
		t.Errorf("Excluded = %v", got)
	}
	if id, ok := e.ID(); !ok || id[0] != 0x01 || id[31] != 0xef {
		t.Errorf("ID = %x, %v", id, ok)
	}
	if got := strings.Join(e.PrefixTerms(), " "); got != "wu tang a b" {
		t.Errorf("PrefixTerms = %s", got)
	}
	if e.Exts()[0] != "mp3" || e.Types()[0] != Audio || e.IsZero() || !(Expr{}).IsZero() {
		t.Errorf("filters of %v", e)
	}
	if _, ok := (Expr{}).ID(); ok {
		t.Error("the zero Expr names an id")
	}
}

// exprs draws expressions, right and wrong, from the parts of the grammar.
func exprs() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{"wu-tang", "-live", `"a b"`, `-"c d"`, `"`, "-", "ext:iso", "-ext:exe", "type:audio", "size:>1M",
			"size:1k-2k", "size:>=3Ki", "size:<=7", "size:=5", "id:" + someID, "size:<1.7G", "size:<1.7GiB", "ext:tar.gz", "“x y”", "日本語", `-"日本"`}),
		tricky(),
		rapid.Map(tricky(), func(s string) string { return `"` + s + `"` }),
		rapid.Map(rapid.Int64Min(0), func(n int64) string { return "size:>" + writeSize(n) }),
	)
	return rapid.Map(rapid.SliceOfN(part, 0, 6), func(parts []string) string { return strings.Join(parts, " ") })
}

func TestParseReadsItsOwnString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkRoundTrip(t, exprs().Draw(t, "expression")) })
}

type fatalfer interface{ Fatalf(string, ...any) }

func checkRoundTrip(t fatalfer, in string) {
	e, err := Parse(in)
	if err != nil {
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Pos < 0 || syntax.Pos > len(in) || syntax.Reason == "" || !e.IsZero() {
			t.Fatalf("Parse(%q) = %v, %v", in, e, err)
		}
		return
	}
	again, err := Parse(e.String())
	if err != nil {
		t.Fatalf("Parse(%q) prints %q, which is refused: %v", in, e, err)
	}
	if !reflect.DeepEqual(e, again) || !e.Equal(again) || e.String() != again.String() {
		t.Fatalf("Parse(%q) prints %q, which reads as %q", in, e, again)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"cafe resume", `wu-tang "a b" -c -"d e"`, "ext:iso type:audio size:>100M", "size:1M-5M x", "id:" + someID,
		"日本語テスト -\"本\"", "ﷺﷺ", "\"", "size:<=18446744073709551615", "-", ":::"} {
		f.Add(seed, "Music/Some File.mp3")
	}
	f.Fuzz(func(t *testing.T, in, path string) {
		checkRoundTrip(t, in)
		if e, err := Parse(in); err == nil {
			checkLookups(t, e, Doc{Path: path, SizeBytes: int64(len(path)), Type: TypeOf(path)})
		}
	})
}
