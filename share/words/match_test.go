package words

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func mustParse(t testing.TB, s string) Expr {
	t.Helper()
	e, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func doc(path string) Doc { return Doc{Path: path, SizeBytes: 5e6, Type: TypeOf(path)} }

func TestMatchWords(t *testing.T) {
	for _, c := range []struct{ query, finds, misses string }{
		{"cafe resume", "docs/Café Résumé.pdf", "docs/Café.pdf"},
		{"café", "docs/cafe.txt", "docs/decafe.txt"},
		{"strasse", "Hauptstr/Lange Straße 7.jpg", "Strase.jpg"},
		{"straße", "STRASSE.JPG", "stra.jpg"},
		{"JÓGA", "Jóga - Björk.flac", "yoga.flac"},
		{"joga", "JÓGA.mp3", "jog.mp3"},
		{"テスト", "日本語テスト.txt", "日本語.txt"},
		{"本語", "日本語テスト.txt", "日本人語.txt"},
		{"日本語テスト", "新日本語テスト集.txt", "日本語 集テスト.txt"},
		{"本", "日本語.txt", "日語.txt"},
		{"wu-tang", "Wu-Tang Clan.mp3", "tang wu.mp3"},
		{"wu-tang", "wu_tangled.mp3", "wu x tang.mp3"},
		{"D.M.X", "D.M.X. - Party Up.mp3", "dmx.mp3"},
		{"d.m.x", "d-m-x.mp3", "d m y x.mp3"},
		{"resu", "Résumé.pdf", "presume.pdf"},
		{"music abb", "Music/Beatles/Abbey Road.flac", "Books/Abbey Road.txt"},
		{"1080p", "film1080p.mkv", "film21080p.mkv"},
		{"1061", "img1061.png", "img10x61.png"},
		{"img1061", "IMG1061.png", "img 1061.png"},
		{"img-1061", "img_1061.png", "img1061.png"},
		{"e02", "show.s01e02.mkv", "show.se0x2.mkv"},
		{"733", "xf733.png", "89f733c3.png"}, // not inside a hash
		{"64", "x86_64.iso", "x86_32.iso"},
		{"24.04", "ubuntu24.04.iso", "ubuntu24x04.iso"},
		{`"abbey road"`, "Abbey Road.mp3", "Abbey Roads.mp3"},
		{`"road"`, "x/Road.mp3", "x/railroad road1.mp3"},
		{`"日本"`, "日本語.txt", "日 本語.txt"},
		{`"24 04"`, "ubuntu-24.04.iso", "ubuntu24.04.iso"},
		{"ubuntu -desktop", "ubuntu-24.04-server.iso", "ubuntu-24.04-desktop.iso"},
		{"ubuntu -desk", "ubuntu-desktop.iso", "ubuntu-desk.iso"},
		{"live -a", "live and more.mp3", "a live.mp3"},
		{`x -"wu tang"`, "x wu x tang.mp3", "x wu tang.mp3"},
		{"x -wu-tang", "x tang wu", "x wu-tang"},
		{"x -mp", "x.mp3", "x mp.mp3"},
		{"語 -日本", "英語", "日本語"},
		{"м", "Москва.txt", "moskva.txt"},
		{"Ёлка", "елка.txt", "палка.txt"},
		{"ﾃﾞｽﾄ", "デスト.txt", "テスト.txt"},
	} {
		e := mustParse(t, c.query)
		if !e.Match(doc(c.finds)) {
			t.Errorf("%s does not find %s", c.query, c.finds)
		}
		if e.Match(doc(c.misses)) {
			t.Errorf("%s finds %s", c.query, c.misses)
		}
	}
}

func TestMatchFilters(t *testing.T) {
	d := Doc{Path: "a.b/Disk.Tar.GZ", SizeBytes: 5e6, Type: Archive, ID: [32]byte{31: 1}}
	for query, want := range map[string]bool{
		"ext:gz":                              true,
		"ext:tar.gz":                          true,
		"ext:disk.tar.gz":                     false, // the name needs something before the dot
		"ext:tar":                             false,
		"ext:z":                               false,
		"ext:iso ext:gz":                      true,
		"disk -ext:gz":                        false,
		"disk -ext:iso":                       true,
		"type:archive":                        true,
		"type:video":                          false,
		"type:video type:archive":             true,
		"disk -type:archive":                  false,
		"size:5M":                             true,
		"size:5MiB":                           false,
		"size:>5M":                            false,
		"size:>=5M":                           true,
		"size:<5M":                            false,
		"size:<5Mi":                           true,
		"size:<=5M":                           true,
		"size:1M-6M":                          true,
		"size:1M-4M":                          false,
		"size:>4.9M":                          true,
		"id:" + strings.Repeat("0", 63) + "1": true,
		"id:" + strings.Repeat("0", 64):       false,
		"disk id:" + strings.Repeat("0", 63) + "1": true,
		"disc id:" + strings.Repeat("0", 63) + "1": false,
	} {
		if got := mustParse(t, query).Match(d); got != want {
			t.Errorf("%s on %s: %v", query, d.Path, got)
		}
	}
	if (Expr{}).Match(d) {
		t.Error("the zero Expr matches")
	}
}

func TestAllowsJudgesAllButTheWords(t *testing.T) {
	d := doc("ubuntu-24.04-desktop.iso")
	for query, want := range map[string]bool{
		"debian": true, "debian -desktop": false, "debian ext:iso": true, "debian ext:img": false, "debian size:<1M": false,
	} {
		if got := mustParse(t, query).Allows(d); got != want {
			t.Errorf("%s allows %s: %v", query, d.Path, got)
		}
	}
}

// checkLookups holds the matcher, which looks at words, against the tokens,
// which an index looks at: every match fulfils the lookups, and where the
// expression calls them sufficient, whatever fulfils them is a match.
func checkLookups(t fatalfer, e Expr, d Doc) {
	tokens := d.Tokens()
	fulfilled := true
	for _, l := range e.Lookups() {
		fulfilled = fulfilled && slices.ContainsFunc(tokens, func(token string) bool {
			return token == l.Text || l.Prefix && strings.HasPrefix(token, l.Text)
		})
	}
	match := e.Match(d)
	if match && !fulfilled {
		t.Fatalf("%v finds %q, but not its lookups %v among %q", e, d.Path, e.Lookups(), tokens)
	}
	if e.Sufficient() && fulfilled && e.MatchFilters(d) && !match {
		t.Fatalf("%v misses %q, whose tokens %q fulfil %v", e, d.Path, tokens, e.Lookups())
	}
}

func TestLookupsAgreeWithMatch(t *testing.T) {
	for query, path := range map[string]string{
		"日本語": "日本x本語", "本語": "日本語", "a-b": "b a", `"ab"`: "abc", "a -b": "a b", "1a": "1 a",
	} {
		checkLookups(t, mustParse(t, query), doc(path))
	}
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.Map(rapid.SliceOfN(tricky(), 1, 3), func(s []string) string { return strings.Join(s, "/") }).Draw(t, "path")
		d := doc(path)
		d.Tags = strings.Join(rapid.SliceOfN(tricky(), 0, 3).Draw(t, "tags"), " · ")
		e, err := Parse(queryFor(t, path+" "+d.Tags))
		if err == nil {
			checkLookups(t, e, d)
		}
	})
}

// queryFor draws an expression that has a good chance to match the path.
func queryFor(t *rapid.T, path string) string {
	tokens := append(Tokens(path), "nothing")
	part := rapid.Custom(func(t *rapid.T) string {
		token := []rune(rapid.SampledFrom(tokens).Draw(t, "token"))
		text := string(token[:rapid.IntRange(1, len(token)).Draw(t, "prefix")])
		switch rapid.IntRange(0, 4).Draw(t, "form") {
		case 0:
			return `"` + text + `"`
		case 1:
			return "-" + text
		case 2:
			return text + "-" + rapid.SampledFrom(tokens).Draw(t, "next")
		}
		return text
	})
	return strings.Join(rapid.SliceOfN(part, 1, 3).Draw(t, "parts"), " ")
}

func TestMatchTextMakesNoGarbage(t *testing.T) {
	e := mustParse(t, `ubuntu "24 04" serv -desktop size:>1M`)
	d := doc("iso/ubuntu-24.04-server.iso")
	var text Text
	text.Set(d.Path)
	if n := testing.AllocsPerRun(100, func() {
		text.Set(d.Path)
		if !e.MatchText(&text, d) {
			t.Fatal("no match")
		}
	}); n > 0 {
		t.Errorf("%v allocations for one match", n)
	}
}

func ExampleParse() {
	e, err := Parse(`Café "Abbey Road" -live size:>1M`)
	if err != nil {
		panic(err)
	}
	fmt.Println(e)
	fmt.Println(e.Match(Doc{Path: "Music/Cafe/Abbey Road.flac", SizeBytes: 30 << 20}))
	fmt.Println(e.Match(Doc{Path: "Music/Cafe/Live at Abbey Road.flac", SizeBytes: 30 << 20}))
	// Output:
	// cafe "abbey road" -live size:>1M
	// true
	// false
}

func TestTextExt(t *testing.T) {
	var text Text
	for path, want := range map[string]string{"a.b/c.MP3": "mp3", "a.b/c": "-", "x.": "", "a.tar.GZ": "gz", "ｘ．ｍｐ３": "mp3"} {
		text.Set(path)
		ext, ok := text.Ext()
		if got := string(ext); ok && got != want || !ok && want != "-" {
			t.Errorf("Ext of %s = %q, %v", path, got, ok)
		}
	}
}
