package ignore

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// These can match nothing, and git says so too, by silence.
var useless = []string{"/", "!", "!/", "//", "a//b", "/a//", "./a", "a/.", "../a", "a/../b", `a\`, `\`, `a/\`, "[", "[a", "a[", "[!", "[^]", "[]", "[a-", `[a\`,
	"[[:digit:", "[[:nosuch:]]", "[[::]]", `a[\]`, "x/[", "!["}

func TestUselessPatternsAreErrors(t *testing.T) {
	for _, pattern := range useless {
		var e *Error
		if _, err := Parse("ok\n"+pattern+"\n", false); !errors.As(err, &e) || e.Line != 2 || e.Text != pattern || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", pattern, err)
		}
		if _, err := Compile([]string{pattern}, false); !errors.As(err, &e) || e.Line != 1 {
			t.Errorf("%q alone: %v", pattern, err)
		}
	}
	g := newGit(t)
	tr := tree{paths: []string{"a", "b/a", "b/b/b", "[", "[a", "[]", "]", "-", `a\`, "b/[", "d1", "x/d"}}
	g.make(tr.paths)
	for _, pattern := range useless {
		tr.lists = map[string]string{"": strings.TrimPrefix(pattern, "!") + "\n"}
		for path, v := range g.judge(tr) {
			if v != "" {
				t.Errorf("%q means something to git: %q is %q", pattern, path, v)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("a", MaxPatternBytes)
	for _, c := range []struct {
		text, want string
	}{
		{strings.Repeat("#", MaxTextBytes), ""},
		{strings.Repeat("#", MaxTextBytes+1), "more than 65536 bytes"},
		{strings.Repeat("a\n", MaxPatterns), ""},
		{strings.Repeat("a\n", MaxPatterns+1), "more than 1000 patterns"},
		{long, ""},
		{"b\n" + long + "a", "line 2: the pattern has more than 1024 bytes"},
		{"a\x00b", "no plain text"},
		{"\xff\xfea\x00", "no plain text"},
		{"", ""},
		{"\n \n\r\n# x\n", ""},
	} {
		_, err := Parse(c.text, false)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.20q: %v", c.text, err)
		}
	}
	for _, pattern := range []string{"", " ", "a\nb", "a\rb", "a\x00", long + "a"} {
		if _, err := Compile([]string{"ok", pattern}, false); err == nil {
			t.Errorf("%.20q is a pattern", pattern)
		}
	}
	if l, err := Compile([]string{"#a", "*"}, false); err != nil || l.Len() != 2 {
		t.Errorf("%v", err)
	}
}

// The owner's list overrules those of folders, and these the common one.
func TestRanks(t *testing.T) {
	list := func(patterns ...string) *List {
		l, err := Compile(patterns, false)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	common := NewRules("owner", list("a", "!b"), "common", list("c", "d", "b"))
	top := common.In(".", "top", list("!c", "b", "e", "!a"))
	sub := top.In("sub", "sub", list("c", "!e", "/f"))
	for _, c := range []struct {
		rules   Rules
		path    string
		source  string
		ignored bool
	}{
		{common, "a", "owner", true}, {common, "c", "common", true}, {common, "b", "owner", false}, {common, "x", "", false},
		{top, "a", "owner", true}, {top, "b", "owner", false}, {top, "c", "top", false}, {top, "d", "common", true}, {top, "e", "top", true},
		{sub, "sub/a", "owner", true}, {sub, "sub/c", "sub", true}, {sub, "sub/e", "sub", false}, {sub, "sub/d", "common", true},
		{sub, "sub/f", "sub", true}, {sub, "sub/x/f", "", false},
		{Rules{}, "a", "", false}, {Rules{}.In("sub", "sub", list("a")), "sub/a", "sub", true},
	} {
		if m, ignored := c.rules.Match(c.path, false); ignored != c.ignored || m.Source != c.source || (m.Pattern == nil) != (c.source == "") {
			t.Errorf("%s: %v by %q, want %v by %q", c.path, ignored, m.Source, c.ignored, c.source)
		}
	}
	if got := top.In("x", "none", nil); len(got.lists) != len(top.lists) {
		t.Error("a folder without a list has rules of its own")
	}
}

func TestFold(t *testing.T) {
	l, err := Parse("*.TMP\nThumbs.DB\n[a-c]X\n[![:upper:]]1\n", true)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"a.tmp": true, "A.Tmp": true, "thumbs.db": true, "THUMBS.DB": true, "Bx": true, "bX": true, "dx": false, "q1": false, "Q1": false, "é.TMP": true} {
		if _, ignored := (Rules{}).In("", "", l).Match(path, false); ignored != want {
			t.Errorf("%s: %v", path, ignored)
		}
	}
}

// What is hardest for a matcher that tries everything ends at once.
func TestMatchingIsQuick(t *testing.T) {
	stars := strings.Repeat("a*", 500) + "b"
	deep := strings.Repeat("**/a/", 200) + "b"
	for _, c := range []struct{ pattern, path string }{
		{stars, strings.Repeat("a", 255)},
		{"x/" + stars, "x/" + strings.Repeat("a", 4000)},
		{"*" + strings.Repeat("a", 250) + "b", strings.Repeat("a", 255)},
		{strings.Repeat("?*", 500) + "b", strings.Repeat("a", 255)},
		{strings.Repeat("[a-z]*", 160) + "b", strings.Repeat("a", 255)},
		{deep, strings.Repeat("a/", 2000) + "a"},
		{strings.Repeat("**/*a*/", 140) + "b", strings.Repeat("aaaa/", 800) + "a"},
		{strings.Repeat("**/", 300) + "b", strings.Repeat("a/", 2000) + "a"},
	} {
		l, err := Parse(c.pattern, false)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, ignored := (Rules{}).In("", "", l).Match(c.path, false); ignored {
			t.Errorf("%.20q matches", c.pattern)
		}
		if took := time.Since(began); took > 10*time.Second { // a matcher of the other kind takes ages of the earth
			t.Errorf("%.20q took %v", c.pattern, took)
		}
	}
}

// pathsToAsk is every path of three levels from a few names.
func pathsToAsk() (paths []string) {
	names := []string{"a", "b", "ab", "a.t", ".b", "b a", "A", "[a]", "é"}
	for _, x := range names {
		paths = append(paths, "f"+x, x+"/")
		for _, y := range names[:5] {
			paths = append(paths, x+"/f"+y, x+"/"+y+"/", x+"/"+y+"/a", x+"/"+y+"/b/")
		}
	}
	return paths
}

// patternTexts are lines as people and machines write them. Stars beside other
// letters come alone: git's code reads foo**/bar otherwise than its manual does.
func patternTexts() *rapid.Generator[string] {
	atoms := rapid.SampledFrom([]string{"a", "b", "f", "ab", ".", "t", " ", `\a`, `\ `, `\[`, "?", "[ab]", "[!a]", "[^b]", "[a-f]", "[[:alpha:]]", "[]a]", "[.-a]", "é", "[é]", "A", "#", "!"})
	name := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(atoms, 1, 3).Draw(t, "atoms")
		if rapid.Bool().Draw(t, "star") {
			parts = slices.Insert(parts, rapid.IntRange(0, len(parts)).Draw(t, "at"), "*")
		}
		return strings.Join(parts, "")
	})
	part := rapid.OneOf(name, name, rapid.SampledFrom([]string{"*", "**", "***", "a", "b"}))
	return rapid.Custom(func(t *rapid.T) string {
		text := strings.Join(rapid.SliceOfN(part, 1, 3).Draw(t, "parts"), "/")
		return rapid.SampledFrom([]string{"", "", "!", "/", "!/", "#", `\!`, `\#`, " "}).Draw(t, "front") + text +
			rapid.SampledFrom([]string{"", "", "/", " ", "  ", "/ ", "\r"}).Draw(t, "end")
	})
}

// Random lists in three folders mean to us what they mean to git.
func TestRandomListsAreGits(t *testing.T) {
	g := newGit(t)
	paths := pathsToAsk()
	g.make(paths)
	lists := rapid.SliceOfN(patternTexts(), 0, 4)
	ignored, asked := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		tr := tree{lists: map[string]string{}, paths: paths}
		for _, folder := range []string{"", "a", "a/b"} {
			tr.lists[folder] = strings.Join(lists.Draw(t, "list of "+folder), "\n")
		}
		for _, text := range tr.lists {
			if _, err := Parse(text, false); err != nil {
				t.Skip(err) // told as an error where git is silent
			}
		}
		for path, theirs := range g.judge(tr) {
			ours, err := tr.judge(path, false)
			if err != nil || ours != theirs {
				t.Errorf("%q: we say %q (%v), git says %q; lists %q", path, ours, err, theirs, tr.lists)
			}
			if asked++; ours.ignored() {
				ignored++
			}
		}
	})
	if ignored*100 < asked || ignored*100 > asked*99 {
		t.Errorf("%d of %d paths were ignored: the lists are too dull to tell anything", ignored, asked)
	}
}

// FuzzParse reads anything without panic, and what it reads judges any path.
func FuzzParse(f *testing.F) {
	for _, l := range table {
		f.Add(strings.Join(l.patterns, "\n"), "x/a.txt")
	}
	for _, pattern := range useless {
		f.Add(pattern, "a/b/c")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		l, err := Parse(text, len(path)%2 == 0)
		if err != nil {
			return
		}
		path = strings.Trim(filepath.ToSlash(filepath.Clean("/"+path)), "/")
		m, ignored := (Rules{}).In("", "", l).Match(path, len(text)%2 == 0)
		if ignored && m.Pattern == nil {
			t.Error("ignored by nothing")
		}
	})
}

func ExampleRules() {
	common, _ := Compile([]string{"*.tmp"}, false)
	folder, _ := Parse("drafts/\n!keep.tmp\n", false)
	rules := NewRules("", nil, "the configuration", common).In("songs", "songs/.starlingignore", folder)
	for _, path := range []string{"songs/a.tmp", "songs/keep.tmp", "songs/b.mp3"} {
		m, ignored := rules.Match(path, false)
		fmt.Printf("%s %v %q\n", path, ignored, m.Source)
	}
	m, _ := rules.Match("songs/drafts", true)
	fmt.Println(m.Text, "is line", m.Line)
	// Output:
	// songs/a.tmp true "the configuration"
	// songs/keep.tmp false "songs/.starlingignore"
	// songs/b.mp3 false ""
	// drafts/ is line 1
}
