package scenario

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// steady are scenarios that stay as they are when the shipped ones are tuned.
var steady = map[string]string{
	"flood": `kind = "coverage"
nodes = 10_000
[topology]
degree = 8
[latency]
kind = "spread"
[search]
ttl = [1, 2, 3]
duplicates = ["drop-all", "larger-ttl"]
strategies = ["flood", "ring", "walk"]
sources = 20`,
	"million":   "kind = 'million'\nnodes = 1_000_000",
	"churn":     "kind = 'churn'",
	"partition": "kind = 'partition'\n[partition]\nat_s = 60\nheal_s = 180\nuntil_s = 300",
	"liars":     "kind = 'liars'",
	"swarm":     "kind = 'swarm'",
	"lan-50":    "kind = 'lan'\nnodes = 50",
}

// load gives the steady form of a shipped scenario, or a file.
func load(t *testing.T, name string) *Scenario {
	t.Helper()
	text, named := steady[name]
	s, err := parse([]byte(text), name, origin{by: name + ".toml", shipped: true})
	if !named {
		s, err = Load(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// roundTrips checks that the settings of s, set one by one on defaults, give the
// same settings.
func roundTrips(t *testing.T, s *Scenario) {
	t.Helper()
	again := defaults()
	for _, setting := range s.Settings() {
		if err := again.Set(setting.Key, setting.Value); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(again.Settings(), s.Settings()) {
		t.Errorf("settings\n%v\nbecame\n%v", s.Settings(), again.Settings())
	}
}

func TestSettingsRoundTrip(t *testing.T) {
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		roundTrips(t, s)
	}
}

// Each key takes a value of its type, and its own alone changes.
func TestSetOnEveryKey(t *testing.T) {
	values := map[reflect.Kind]string{reflect.String: "other words", reflect.Int: "17", reflect.Int64: "17", reflect.Uint64: "17", reflect.Float64: "0.17", reflect.Slice: "", reflect.Bool: "true"}
	lists := map[reflect.Kind][2]string{reflect.Int: {"3,5", "[3, 5]"}, reflect.Float64: {"0.25", "[0.25]"}, reflect.String: {"a,b", `["a", "b"]`}}
	for _, key := range Keys() {
		s := &Scenario{}
		f, _ := s.field(key)
		value := values[f.value.Kind()]
		want := value
		switch f.value.Kind() {
		case reflect.String:
			want = `"other words"`
		case reflect.Slice:
			list := lists[f.value.Type().Elem().Kind()]
			value, want = list[0], list[1]
		}
		if err := s.Set(key, value); err != nil {
			t.Error(err)
			continue
		}
		before := new(Scenario).spelled()
		for other, text := range s.spelled() {
			if other == key && text != want || other != key && text != before[other] {
				t.Errorf("set %s=%s: %s = %s", key, value, other, text)
			}
		}
	}
}

func TestSetReadsWordsAndTOML(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"topology.file", "123", `"123"`},
		{"topology.file", `"a b"`, `"a b"`},
		{"topology.file", `it's "so"`, `"it's \"so\""`},
		{"topology.file", "2026-01-01", `"2026-01-01"`},
		{"topology.file", "", `""`},
		{"topology.file", "x\nseed = 7", `"x\u000Aseed = 7"`},
		{"nodes", "1_000", "1000"},
		{"loss", "0", "0"},
		{"loss", "-0.0", "0"},
		{"search.ttl", "[1, 2]", "[1, 2]"},
		{"search.ttl", "7", "[7]"},
		{"search.ttl", "1, 2 ,3", "[1, 2, 3]"},
		{"search.ttl", "[]", "[]"},
		{"search.duplicates", "drop-all", `["drop-all"]`},
		{"search.duplicates", `["drop-all", "larger-ttl"]`, `["drop-all", "larger-ttl"]`},
	} {
		s := &Scenario{}
		if err := s.Set(c.key, c.value); err != nil {
			t.Error(err)
		}
		if f, _ := s.field(c.key); f.text() != c.want {
			t.Errorf("%s=%s gives %s, want %s", c.key, c.value, f.text(), c.want)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"topology.degre", "5", `--set topology.degre: unknown key "topology.degre"; did you mean "topology.degree"?`},
		{"degree", "5", `did you mean "topology.degree"`},
		{"topology", "5", `unknown key "topology"`},
		{"", "5", "unknown key"},
		{"nodes", "many", `--set nodes: nodes: "many" does not fit; a whole number is wanted`},
		{"nodes", "5\nseed = 7", "a whole number is wanted"},
		{"nodes", "99999999999999999999", "a whole number is wanted"},
		{"seed", "-1", "a whole number is wanted"},
		{"loss", "inf", "a number is wanted"},
		{"churn.repair", "yes", "true or false is wanted"},
		{"search.ttl", "1-8", "a list of whole numbers"},
		{"search.ttl", "", "a list of whole numbers"},
		{"content.names", "\xff", "a text in quotes is wanted"},
		{"search.ttl", "[" + strings.Repeat("1,", membersMax) + "1]", "a list of 1001 is too long"},
	} {
		var input *InputError
		err := new(Scenario).Set(c.key, c.value)
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v, want %s", c.key, c.value, err, c.want)
		}
	}
}

// The replay of a changed scenario is the shipped one and each change, and gives
// the same settings when a shell and the flags have read it.
func TestReplay(t *testing.T) {
	s := load(t, "flood")
	if got := s.Replay(); got != "starling simulate run flood" {
		t.Errorf("unchanged: %s", got)
	}
	for _, c := range []struct{ key, value, want string }{
		{"nodes", "500", "--nodes 500"},
		{"seed", "7", "--seed 7 --nodes 500"},
		{"nodes", "10000", "--seed 7"},
		{"search.ttl", "2,3", "--seed 7 --set search.ttl=2,3"},
		{"search.strategies", "[]", "--seed 7 --set search.ttl=2,3 --set 'search.strategies=[]'"},
		{"search.strategies", `["flood", "ring", "walk"]`, "--seed 7 --set search.ttl=2,3"},
		{"content.names", "my names'.txt", `--seed 7 --set 'content.names=my names'\''.txt' --set search.ttl=2,3`},
		{"content.names", `"\"quoted\""`, `--seed 7 --set 'content.names="\"quoted\""' --set search.ttl=2,3`},
		{"content.names", "", "--seed 7 --set search.ttl=2,3"},
		{"topology.kind", "file", "--seed 7 --set topology.kind=file --set search.ttl=2,3"},
		{"topology.file", "edges.txt", "--seed 7 --topology edges.txt --set search.ttl=2,3"},
		{"topology.degree", "9", "--seed 7 --topology edges.txt --set search.ttl=2,3"}, // has no effect
	} {
		if err := s.Set(c.key, c.value); err != nil {
			t.Fatal(err)
		}
		if got := s.Replay(); got != "starling simulate run flood "+c.want {
			t.Errorf("after %s=%s: %s", c.key, c.value, got)
		}
	}
}

func TestNotesOnWhatHasNoEffect(t *testing.T) {
	s := load(t, "flood")
	set := func(by, key, value string) {
		if err := s.SetBy(by, key, value); err != nil {
			t.Fatal(err)
		}
	}
	set("--topology", "topology.kind", "file")
	set("--topology", "topology.file", "e.txt")
	if notes := s.Notes(); notes != nil {
		t.Errorf("the shipped file's own values: %q", notes)
	}
	set("--nodes", "nodes", "7")
	set("--set topology.degree", "topology.degree", "9")
	want := []string{
		"--nodes: nodes = 7 has no effect: the links are read from e.txt, and the nodes with them",
		"--set topology.degree: topology.degree = 9 has no effect: topology.kind is file",
	}
	if notes := s.Notes(); !slices.Equal(notes, want) {
		t.Errorf("notes %q", notes)
	}
	for _, setting := range s.Settings() {
		if setting.Key == "nodes" || setting.Key == "topology.degree" || setting.Key == "churn.minutes" {
			t.Errorf("%s is among the settings of the run", setting.Key)
		}
	}
}
