package scenario

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"starling/simulations"
	"starling/simulations/topology"
)

func TestEveryKindHasARun(t *testing.T) {
	f, _ := new(Scenario).field("kind")
	for kind := range strings.SplitSeq(f.bounds, "|") {
		if runOf(kind) == nil || kindKeys[kind] == nil {
			t.Errorf("nothing runs a scenario of kind %s", kind)
		}
	}
	if runOf("other") != nil {
		t.Error("something runs a kind that there is not")
	}
}

func TestRunChecksFirst(t *testing.T) {
	s := load(t, "flood")
	s.Nodes = 1
	var input *InputError
	if result, err := Run(t.Context(), s, nil); result != nil || !errors.As(err, &input) {
		t.Errorf("%v, %v", result, err)
	}
}

func TestFinish(t *testing.T) {
	s := load(t, "flood")
	if err := s.Set("seed", "7"); err != nil {
		t.Fatal(err)
	}
	done, stop := context.WithCancel(t.Context())
	stop()
	broken := errors.New("a node forwarded twice")
	partial := func() *simulations.Result { return newResult(s, 3, 2) }

	if r, err := s.finish(t.Context(), partial(), nil); err != nil || r.Interrupted || r.Seed != 7 || r.Replay != "starling simulate run flood --seed 7" {
		t.Errorf("a whole run: %+v, %v", r, err)
	}
	if r, err := s.finish(done, partial(), nil); err != nil || r.Interrupted {
		t.Errorf("a run that ended before it was stopped: %+v, %v", r, err)
	}
	if r, err := s.finish(done, partial(), context.Canceled); !errors.Is(err, context.Canceled) || !r.Interrupted || strings.Contains(err.Error(), "seed") {
		t.Errorf("a stopped run: %+v, %v", r, err)
	}
	asked := errors.New("interrupt")
	caused, cause := context.WithCancelCause(t.Context())
	cause(asked)
	if r, err := s.finish(caused, partial(), asked); !errors.Is(err, context.Canceled) || !r.Interrupted {
		t.Errorf("a run stopped for a cause: %+v, %v", r, err)
	}
	stopped := partial()
	stopped.Interrupted = true
	if r, err := s.finish(done, stopped, nil); !errors.Is(err, context.Canceled) || r == nil {
		t.Errorf("a stopped run that says so itself: %+v, %v", r, err)
	}
	if _, err := s.finish(done, nil, context.Canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped at once: %v", err)
	}
	for _, ctx := range []context.Context{t.Context(), done} {
		_, err := s.finish(ctx, nil, broken)
		if !errors.Is(err, broken) || !strings.HasSuffix(err.Error(), "the seed is 7, and the same run again is: starling simulate run flood --seed 7") {
			t.Errorf("a broken run: %v", err)
		}
	}
	var input *InputError
	if _, err := s.finish(t.Context(), nil, inputErrorf("x")); !errors.As(err, &input) || err.Error() != "x" {
		t.Errorf("a mistake of the caller: %v", err)
	}
}

// The links that memory is estimated by are those that are drawn, within a tenth.
func TestEstimateOfLinks(t *testing.T) {
	for kind, sets := range map[string]string{"regular": "", "small-world": "", "power-law": "topology.degree=3", "ultrapeers": "topology.degree=7 topology.leaves_per=9"} {
		s := load(t, "churn")
		for _, set := range append(strings.Fields(sets), "topology.kind="+kind) {
			key, value, _ := strings.Cut(set, "=")
			if err := s.Set(key, value); err != nil {
				t.Fatal(err)
			}
		}
		g, leaves, err := buildGraph(s, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		if g.Nodes() != s.Nodes || (leaves != nil) != (kind == "ultrapeers") {
			t.Errorf("%s: %d nodes, leaves %v", kind, g.Nodes(), leaves != nil)
		}
		if got, want := float64(s.edges()), float64(g.Edges()); got < 0.9*want || got > 1.1*want {
			t.Errorf("%s: estimated %v links, drew %v", kind, got, want)
		}
		forwarding := 0
		for _, leaf := range leaves {
			if !leaf {
				forwarding++
			}
		}
		if leaves != nil && forwarding != s.Topology.ultrapeers(s.Nodes) {
			t.Errorf("%d ultrapeers, expected %d", forwarding, s.Topology.ultrapeers(s.Nodes))
		}
	}
}

func TestGraphFromAFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("good", "# from to\n10 20\n20 30\n")
	write("bad", "1 2\n3 x\n")
	write("big.toml", "kind = 'coverage'\nmemory = '1KiB'\n[topology]\nkind = 'file'\nfile = 'good'\n")
	s := load(t, "flood")
	for key, value := range map[string]string{"topology.kind": "file", "topology.file": filepath.Join(dir, "good")} {
		if err := s.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	g, _, err := buildGraph(s, nil)
	if err != nil || g.Nodes() != 3 || g.Edges() != 2 {
		t.Fatalf("%v, %v", g, err)
	}
	s.Topology.File = filepath.Join(dir, "bad")
	var input *InputError
	if _, _, err := buildGraph(s, nil); !errors.As(err, &input) || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "--set topology.file") {
		t.Errorf("a malformed edge list: %v", err)
	}
	big := load(t, filepath.Join(dir, "big.toml"))
	if err := big.Check(); err != nil {
		t.Error(err)
	}
	if _, _, err := buildGraph(big, nil); !errors.As(err, &input) || !errors.Is(err, topology.ErrTooBig) {
		t.Errorf("an edge list too big for memory: %v", err)
	}
	s.Topology.Kind = "ring"
	if _, _, err := buildGraph(s, nil); !errors.As(err, &input) {
		t.Errorf("an unknown kind: %v", err)
	}
}

func TestRule(t *testing.T) {
	f, _ := new(Scenario).field("search.duplicates")
	seen := map[any]bool{}
	for name := range strings.SplitSeq(f.bounds, "|") {
		r, err := rule(name)
		if err != nil || seen[r] {
			t.Errorf("%s: %v, %v", name, r, err)
		}
		seen[r] = true
	}
	if _, err := rule("none"); err == nil {
		t.Error("an unknown rule passes")
	}
}
