package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestShippedScenarios(t *testing.T) {
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for i, s := range all {
		if s.Name != Names()[i] {
			t.Errorf("%s.toml has the name %q", Names()[i], s.Name)
		}
		if err := s.Check(); err != nil && !strings.Contains(err.Error(), "too big for the memory") {
			t.Errorf("%s: %v", s.Name, err)
		}
		if s.About == "" || s.Title == s.Name || strings.Contains(s.Title, "\n") {
			t.Errorf("%s does not say what it shows", s.Name)
		}
		if notes := s.Notes(); notes != nil {
			t.Errorf("%s: %q", s.Name, notes)
		}
		kinds[s.Kind] = true
		for _, setting := range s.Settings() {
			if _, stated := s.origins[setting.Key]; !stated && strings.HasPrefix(setting.Key, strings.ToLower(s.Kind)+".") {
				t.Errorf("%s.toml leaves %s out, which is its own", s.Name, setting.Key)
			}
		}
	}
	files, err := fs.Glob(shipped, "files/*.toml")
	if err != nil || len(files) != len(all) {
		t.Errorf("%d files for %d names: %v", len(files), len(all), err)
	}
}

// Every key of a shipped file has a comment above it.
func TestShippedFilesExplainTheirKeys(t *testing.T) {
	for _, name := range Names() {
		text, err := shipped.ReadFile("files/" + name + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		found := 0
		for key, line := range linesOf(text) {
			if _, known := new(Scenario).field(key); !known {
				continue
			}
			found++
			if above := lines[line-2]; !strings.HasPrefix(above, "# ") || !strings.HasSuffix(above, ".") {
				t.Errorf("%s.toml line %d: %s has no comment above", name, line, key)
			}
		}
		if found < 9 {
			t.Errorf("%s.toml: found only %d keys", name, found)
		}
	}
}

// What a file can get wrong, and what is said about it.
var wrongFiles = []struct{ text, want string }{
	{"kind = 'coverage'\nnods = 5", `x.toml line 2: unknown key "nods"; did you mean "nodes"?`},
	{"\n[topology]\ndegre = 5", `x.toml line 3: unknown key "topology.degre"; did you mean "topology.degree"?`},
	{"degree = 5", `x.toml line 1: unknown key "degree"; did you mean "topology.degree"?`},
	{"[topologie]\ndegree = 5", `x.toml line 2: unknown key "topologie.degree"; did you mean "topology.degree"?`},
	{"Nodes = 5", `x.toml line 1: unknown key "Nodes"; did you mean "nodes"?`},
	{"[Latency]", `x.toml line 1: unknown key "Latency"`},
	{"[search]\nsomething_else = 1", `line 2: unknown key "search.something_else"; known are search.count, search.ttl`},
	{"[completely]\ndifferent = 1", `line 2: unknown key "completely.different"; the sections are topology, latency`},
	{"'topology.degree' = 5", `x.toml line 1: unknown key`},
	{"topology = {degree = 5,\tdegreee = 6}", `x.toml line 1: unknown key "topology.degreee"`},
	{"[[topology]]\ndegree = 5", `x.toml line 1: unknown key "topology"`},
	{"topology.degree.x = 5", `x.toml line 1: unknown key "topology.degree.x"`},
	{"a = 1\nb = 2", "line 2: unknown key \"b\""},
	{"nodes = 'many'", `x.toml line 1: nodes: "many" does not fit; a whole number is wanted`},
	{"nodes = 1.5", `x.toml line 1: nodes: 1.5 does not fit; a whole number is wanted`},
	{"seed = -1", `x.toml line 1: seed: -1 does not fit; a whole number is wanted`},
	{"loss = 'much'", `loss: "much" does not fit; a number is wanted`},
	{"loss = nan", `loss: NaN does not fit; a number is wanted`},
	{"kind = 3", `kind: 3 does not fit; a text in quotes is wanted`},
	{"[nodes]\nx = 1", `unknown key "nodes.x"`},
	{"[nodes]", `x.toml line 1: nodes: a section does not fit; a whole number is wanted`},
	{"[churn]\nrepair = 1", `x.toml line 2: churn.repair: 1 does not fit; true or false is wanted`},
	{"[search]\nttl = 7", `x.toml line 2: search.ttl: 7 is no list; a list of whole numbers, such as [1, 2, 3] is wanted`},
	{"[search]\nttl = [1,\n 'two']", `x.toml line 2: search.ttl: "two" does not fit; a list of whole numbers`},
	{"[content]\ncopies = ['a']", `x.toml line 2: content.copies: "a" does not fit; a list of numbers, such as [0.01, 0.1] is wanted`},
	{"kind = 'x'\nnodes = [", `x.toml line 2`},
	{"seed = 1\nnodes = 1\nkind = 'x'\n\nnodes = 2\nloss = 0\n[topology]\n", `x.toml line 5: `},
	{"about = '''\na\n'''\nloss = 0\n[topology]\n[search]\nttl = [\n1]\ncount = 1\ncount = 1\n", `x.toml line 10: `},
	{"name = \"\xff\"", `x.toml line 1`},
	{strings.Repeat("a", 9000) + " = 1", `x.toml line 1: unknown key "` + strings.Repeat("a", showMax-1) + `…; known are`},
	{strings.Repeat("[a]\n", 2), `x.toml line 2`},
}

func TestWrongFiles(t *testing.T) {
	for _, c := range wrongFiles {
		_, err := parse([]byte(c.text), "x.toml", origin{by: "x.toml"})
		var input *InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestEveryMistakeOfAFileIsNamed(t *testing.T) {
	_, err := parse([]byte("nods = 1\nloss = true\n[search]\ntll = 3\n"), "x.toml", origin{by: "x.toml"})
	for _, want := range []string{"line 1", "line 2", "line 4"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestTheComplaintsOfAFileAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "k%d = 1\n", i)
	}
	_, err := parse([]byte(text.String()), "x.toml", origin{by: "x.toml"})
	if lines := strings.Count(err.Error(), "\n") + 1; lines != complaintsMax+1 {
		t.Errorf("%d complaints", lines)
	}
}

func TestLoadOfNamesAndPaths(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine.toml")
	text := "kind = 'coverage'\n[topology]\nkind = 'file'\nfile = 'edges.txt'\n"
	for path, text := range map[string]string{mine: text, filepath.Join(dir, "edges.txt"): "1 2\n", filepath.Join(dir, "long.toml"): strings.Repeat("# long\n", fileBytesMax/7+1)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Load(mine)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "mine" || s.Title != "mine" || s.Seed != 1 {
		t.Errorf("name %q, title %q, seed %d", s.Name, s.Title, s.Seed)
	}
	if err := s.Check(); err != nil {
		t.Error("a file beside the scenario's is not found:", err)
	}
	if want := "starling simulate run " + mine; s.Replay() != want {
		t.Errorf("replay %q, want %q", s.Replay(), want)
	}
	for name, want := range map[string]string{
		"flod":                          `there is no scenario "flod"; did you mean "flood"? the shipped ones are flood, `,
		"somethingelse":                 `the shipped ones are flood, `,
		"flood/../churn":                "read the scenario",
		filepath.Join(dir, "no.toml"):   "no.toml",
		filepath.Join(dir, "long.toml"): "more than 32768 bytes",
		"../doc.go":                     "../doc.go line 1, column 1",
		dir + "/":                       "read the scenario",
	} {
		var input *InputError
		if _, err := Load(name); !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestKeysAreUnique(t *testing.T) {
	keys := Keys()
	if sorted := slices.Compact(slices.Sorted(slices.Values(keys))); len(sorted) != len(keys) || len(keys) < 40 {
		t.Errorf("%d keys, %d different ones", len(keys), len(sorted))
	}
}

// Whatever is in a file, it is refused with its name or gives a scenario whose
// settings can be set again.
func FuzzLoad(f *testing.F) {
	for _, name := range Names() {
		text, err := shipped.ReadFile("files/" + name + ".toml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, c := range wrongFiles {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > fileBytesMax {
			return
		}
		s, err := parse(text, "x.toml", origin{by: "x.toml"})
		if err != nil {
			var input *InputError
			if !errors.As(err, &input) || !strings.HasPrefix(err.Error(), "x.toml") {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		s.Topology.File, s.Latency.File, s.Content.Names, s.Search.SourcesFile = "", "", "", "" // files of this machine
		if s.Check() == nil {
			roundTrips(t, s)
		}
	})
}
