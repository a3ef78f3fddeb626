package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Each number is refused beyond the bounds of its tag, and each word that is none
// of its tag's; whatever the kind that uses it.
func TestBoundsOfEveryKey(t *testing.T) {
	bounded := 0
	for _, f := range new(Scenario).fields() {
		if f.bounds == "" {
			continue
		}
		bounded++
		bad := []string{"no-such-word"}
		element := f.value.Type()
		if element.Kind() == reflect.Slice {
			element = element.Elem()
		}
		if element.Kind() != reflect.String {
			lo, hi := numberBounds(f.bounds)
			bad = []string{spellFloat(lo - 1), spellFloat(hi + 1)}
			if element.Kind() == reflect.Uint64 {
				continue // neither -1 nor 2^63 can be written in TOML
			}
		}
		for _, value := range bad {
			s := scenarioUsing(t, f.key)
			if err := s.Set(f.key, value); err != nil {
				t.Errorf("%s=%s is refused by its type: %v", f.key, value, err)
				continue
			}
			var input *InputError
			err := s.Check()
			if !errors.As(err, &input) || !strings.Contains(err.Error(), "--set "+f.key+": "+f.key+" = ") {
				t.Errorf("%s=%s: %v", f.key, value, err)
			}
		}
	}
	if bounded < 35 {
		t.Errorf("only %d keys have bounds", bounded)
	}
}

// scenarioUsing is a scenario on which a key has an effect.
func scenarioUsing(t *testing.T, key string) *Scenario {
	t.Helper()
	for _, name := range Names() {
		for _, shape := range []string{"regular", "power-law", "small-world", "ultrapeers"} {
			s := load(t, name)
			if s.Kind != "lan" {
				s.Topology.Kind = shape
			}
			if why, _ := s.unused(key); why == "" {
				return s
			}
		}
	}
	t.Fatalf("no scenario uses %s", key)
	return nil
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("1 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, set, want string }{
		{"flood", "nodes=1", "--set nodes: nodes = 1: 1 is too small; it can be 2 to 2147483647"},
		{"flood", "search.ttl=0,1", "search.ttl = [0, 1]: 0 is too small; it can be 1 to 30"},
		{"flood", "search.ttl=3,31", "31 is too large"},
		{"flood", "search.ttl=3,2", "ascending"},
		{"flood", "search.ttl=3,3", "3 is there twice"},
		{"flood", "search.ttl=[]", "search.ttl is empty"},
		{"flood", "search.duplicates=drop_all", `there is no "drop_all", only drop-all, larger-ttl; did you mean "drop-all"?`},
		{"flood", "search.duplicates=[]", "search.duplicates is empty"},
		{"flood", "search.sources=10001", "there are only 10000 nodes"},
		{"flood", "kind=strategies search.strategies=[]", "search.strategies is empty"},
		{"flood", "kind=flood", `kind = "flood": there is no "flood", only coverage, strategies`},
		{"flood", "kind=", "kind is missing; say one of coverage"},
		{"flood", "name=../x", "name = \"../x\": a name is lower-case letters"},
		{"flood", "name=", "a name is lower-case"},
		{"flood", "topology.kind=file", "--set topology.kind: topology.kind = \"file\" needs a file: set topology.file"},
		{"flood", "topology.kind=file topology.file=" + dir, "is a folder"},
		{"flood", "topology.kind=file topology.file=" + file + "no", "--set topology.file: topology.file: "},
		{"flood", "latency.kind=matrix", "latency.kind = \"matrix\" needs a file: set latency.file"},
		{"flood", "content.names=" + file + "no", "content.names: "},
		{"flood", "search.sources_file=" + file + "no", "search.sources_file: "},
		{"flood", "topology.degree=8 nodes=8", "topology.degree = 8: a node can be linked with each of the others once, so it must be less than nodes = 8"},
		{"flood", "topology.degree=3 nodes=101 search.sources=1", "with an odd number of nodes (101) it must be even"},
		{"flood", "topology.degrees=[4,9] nodes=101 search.sources=1", "topology.degrees has 9: with 101 nodes"},
		{"flood", "topology.degrees=[4,200] nodes=100 search.sources=1", "topology.degrees has 200: with 100 nodes"},
		{"flood", "topology.kind=small-world topology.degree=5", "in a small world it is even"},
		{"flood", "topology.kind=power-law topology.degree=5 topology.degree_max=4", "less than topology.degree = 5, the smallest"},
		{"flood", "topology.kind=power-law nodes=50 topology.degree_max=50 search.sources=1", "must be less than nodes = 50"},
		{"flood", "topology.kind=ultrapeers nodes=50 search.sources=1", "there are 5 ultrapeers, too few"},
		{"flood", "topology.kind=ultrapeers nodes=50 search.sources=1 topology.degree=4 topology.leaf_links=6", "there are only 5 ultrapeers"},
		{"flood", "churn.minutes=3", "--set churn.minutes: churn.minutes = 3: a scenario of kind coverage does not use it"},
		{"lan-50", "topology.degree=3", "a scenario of kind lan does not use it"},
		{"lan-50", "nodes=1001", "at most 1000"},
		{"swarm", "nodes=9", "as many nodes as swarm.receivers"},
		{"swarm", "swarm.order=newest", "swarm.order"},
		{"partition", "partition.heal_s=60", "at_s 60 < heal_s 60 < until_s 300 does not hold"},
		{"partition", "partition.until_s=100", "at_s 60 < heal_s 180 < until_s 100 does not hold"},
		{"liars", "liars.forgers=0.8 liars.droppers=0.2", "leave a tenth honest"},
		{"flood", "memory=much", `--set memory: memory = "much": not a size`},
		{"flood", "memory=0", "no memory"},
		{"flood", "memory=1MiB", "--set memory"},
		{"flood", "memory=1MiB", "10,000 nodes with 40,000 links need about"},
		{"million", "nodes=2000000000 memory=64GiB", "too big for the memory"},
		{"flood", "nodes=2000000000 topology.kind=ultrapeers memory=64GiB", "too big for the memory"},
		{"flood", "nodes=2000000000 topology.kind=power-law topology.degree=3 memory=64GiB", "too big for the memory"},
	} {
		s := load(t, c.name)
		for _, set := range strings.Fields(c.set) {
			key, value, _ := strings.Cut(set, "=")
			if err := s.Set(key, value); err != nil {
				t.Fatal(err)
			}
		}
		var input *InputError
		if err := s.Check(); !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s:\n got %v\nwant %s", c.name, c.set, err, c.want)
		}
	}
}

func TestCheckNamesTheLine(t *testing.T) {
	s, err := parse([]byte("kind = 'churn'\n[topology]\ndegree = 0\n\n[churn]\ncrash = 2.0\n[lan]\nsearches = 3\n"), "x.toml", origin{by: "x.toml"})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Check()
	for _, want := range []string{
		"x.toml line 3: topology.degree = 0: 0 is too small; it can be 1 to 1000",
		"x.toml line 6: churn.crash = 2: 2 is too large; it can be 0 to 1",
		"x.toml line 8: lan.searches = 3: a scenario of kind churn does not use it",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %s", err, want)
		}
	}
}

// What a shipped file says about its own kind is no mistake of a caller who chose
// another kind.
func TestAnotherKindOfAShippedScenario(t *testing.T) {
	s := load(t, "partition")
	if err := s.Set("kind", "churn"); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	if err := s.Set("partition.at_s", "70"); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err == nil {
		t.Error("a setting without effect passes")
	}
}

func TestZeroScenarioPassesNoCheck(t *testing.T) {
	if new(Scenario).Check() == nil {
		t.Error("it passes")
	}
}
