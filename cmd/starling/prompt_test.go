package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"starling/node"
)

func TestSplitWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":                        nil,
		"  get  1,3-5 ":           {"get", "1,3-5"},
		`share add "my music"`:    {"share", "add", "my music"},
		`share add 'it''s'`:       {"share", "add", "its"},
		`share add my\ music`:     {"share", "add", "my music"},
		`link "a\"b"`:             {"link", `a"b`},
		`link ""`:                 {"link", ""},
		`link 'C:\files\a b.txt'`: {"link", `C:\files\a b.txt`},
	} {
		got, err := splitWords(line)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v %s", line, err, diff)
		}
	}
	for _, line := range []string{`link "a`, `link 'a`, `link a\`} {
		if got, err := splitWords(line); err == nil {
			t.Errorf("%q: %q", line, got)
		}
	}
}

func TestPromptParse(t *testing.T) {
	sh := &shell{}
	for line, want := range map[string]typed{
		"":                        {},
		"# a comment":             {},
		"blue monday":             {args: []string{"search", "--", "blue monday"}, search: "blue monday"},
		`"blue monday" -live`:     {args: []string{"search", "--", `"blue monday" -live`}, search: `"blue monday" -live`},
		"-live concert":           {args: []string{"search", "--", "-live concert"}, search: "-live concert"},
		"search status":           {args: []string{"search", "--", "status"}, search: "status"},
		"search --want 3 a -b":    {args: []string{"search", "--want", "3", "--", "a -b"}, search: "a -b"},
		"search --ttl=2 -- --odd": {args: []string{"search", "--ttl=2", "--", "--odd"}, search: "--odd"},
		"get 1,3-5":               {args: []string{"get", "1,3-5"}},
		`share add "my music"`:    {args: []string{"share", "add", "my music"}},
		"starling get 1":          {args: []string{"get", "1"}},
		"starling songs":          {args: []string{"search", "--", "starling songs"}, search: "starling songs"},
		"getting better":          {args: []string{"search", "--", "getting better"}, search: "getting better"},
	} {
		got, err := sh.parse(line)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(typed{})); diff != "" || err != nil {
			t.Errorf("%q: %v %s", line, err, diff)
		}
	}
}

func TestShieldExclusions(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"search live -bootleg", "search live " + shield + "-bootleg"},
		{"--state X search live -bootleg -v --want 3", "--state X search live " + shield + "-bootleg -v --want 3"},
		{"search -vv -h --json -x", "search -vv -h --json " + shield + "-x"},
		{"search -- -x", "search -- -x"},
		{"share add -y", "share add -y"},
		{`search -"two words"`, "search " + shield + `-"two words"`},
	} {
		split := func(s string) []string { return strings.Split(s, " ") }
		if diff := cmp.Diff(split(c.want), shieldExclusions(split(c.in))); diff != "" {
			t.Errorf("%q: %s", c.in, diff)
		}
	}
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := openHistory(path)
	for _, line := range []string{"one", "two", "two", " secret", "", "three"} {
		if err := h.add(line); err != nil {
			t.Fatal(err)
		}
	}
	h = openHistory(path)
	got := []string{h.back("draft"), h.back("three"), h.back(""), h.back(""), h.forth(""), h.forth(""), h.forth(""), h.forth("typed on")}
	want := []string{"three", "two", "one", "one", "two", "three", "draft", "typed on"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("history file: %v, %v", info.Mode(), err)
	}
}

func TestHistoryBound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := openHistory(path)
	for i := range 2*historyMax + 1 {
		h.add(strings.Repeat("x", i%7+1))
	}
	if n := len(openHistory(path).lines); n > historyMax || n == 0 || len(h.lines) > 2*historyMax {
		t.Errorf("%d lines kept, %d in memory", n, len(h.lines))
	}
}

func TestComplete(t *testing.T) {
	dir := t.TempDir()
	os.MkdirAll(filepath.Join(dir, "music", "inner"), 0o700)
	os.WriteFile(filepath.Join(dir, "music", "song.mp3"), nil, 0o600)
	k := known{
		rows:       []node.Hit{{N: 1}, {N: 2}, {N: 10}, {N: 40}, {N: 41}},
		downloads:  []node.Download{{N: 1}},
		neighbours: []node.Neighbour{{ID: "12D3KooWabc"}},
		shares:     []node.Share{{Name: "music"}, {Name: "two words"}},
	}
	for line, want := range map[string][]string{
		"ge":                                {"get"},
		"nei":                               {"neighbours"},
		"get 1":                             nil, // a row by itself: no offer to make it 10
		"get 3":                             nil,
		"get 2,":                            {"get 2,1", "get 2,2", "get 2,10", "get 2,40", "get 2,41"},
		"get 4":                             {"get 40", "get 41"},
		"pause ":                            {"pause 1", "pause all"},
		"browse 12":                         {"browse 12D3KooWabc"},
		"share r":                           {"share rm", "share rescan"},
		"share s":                           {"share set"},
		"share v":                           {"share verify"},
		"share rm m":                        {"share rm music"},
		"share set ":                        {"share set music"},
		"share set music --h":               {"share set music --hidden"},
		"share verify m":                    {"share verify music"},
		"blue mon":                          nil,
		"share add " + dir + "/mu":          {"share add " + dir + "/music/"},
		"link " + dir + "/music/":           {"link " + dir + "/music/inner/", "link " + dir + "/music/song.mp3"},
		"share add " + dir + "/nowhere/at/": nil,
	} {
		if diff := cmp.Diff(want, k.complete(line)); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func TestHint(t *testing.T) {
	k := known{rows: []node.Hit{{N: 1, Name: "a\x1b[31m.mp3", SizeBytes: 2000}}}
	if got := k.hint("get 1", nil); got != `1  2.00 kB  a\x1b[31m.mp3` {
		t.Errorf("hint %q", got)
	}
	if got := k.hint("get 2", nil); got != "" {
		t.Errorf("hint for no row: %q", got)
	}
}

func FuzzPromptParse(f *testing.F) {
	for _, seed := range []string{"get 1", `share add "x`, "search --want", "search -- a", "--", "-", `\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, err := (&shell{}).parse(line)
		if err == nil && len(got.args) == 0 && strings.TrimSpace(line) != "" && strings.TrimSpace(line)[0] != '#' {
			t.Errorf("%q does nothing", line)
		}
	})
}
