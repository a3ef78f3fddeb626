package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"starling/simulations"
	"starling/simulations/report"
	"starling/simulations/scenario"
)

// A simulationTest is a command line whose runs are told by the test.
type simulationTest struct {
	*simulation
	out, talk bytes.Buffer
	ran       []string
}

func newSimulationTest(t *testing.T, dir string, args ...string) *simulationTest {
	t.Helper()
	s := &simulationTest{}
	flags := &simulateFlags{}
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.add(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	if dir != "" {
		flags.out = dir
	}
	a := &app{out: screen{Writer: &s.out, width: noWidth}, talk: screen{Writer: &s.talk, width: noWidth}}
	s.simulation = a.newSimulation(flags)
	s.run = func(_ context.Context, of *scenario.Scenario, _ func(scenario.Progress)) (*simulations.Result, error) {
		s.ran = append(s.ran, of.Name)
		return resultOf(of), nil
	}
	return s
}

// resultOf has a chart for churn alone: drawing takes its time.
func resultOf(s *scenario.Scenario) *simulations.Result {
	r := &simulations.Result{Scenario: s.Name, Title: "what " + s.Name + " shows", Seed: s.Seed, Replay: s.Replay(), Settings: s.Settings(),
		Tables: []simulations.Table{{Name: "t", Title: "T", Columns: []simulations.Column{{Key: "x", Title: "x"}}, Rows: []simulations.Row{{"x": 42}}}}}
	if s.Name == "churn" {
		r.Charts = []simulations.Chart{{Name: "c", Series: []simulations.Series{{Name: "s", Points: [][2]float64{{1, 2}}}}}}
	}
	return r
}

func TestSimulatePrintsAndSaves(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	s := newSimulationTest(t, dir, "--seed", "7777", "--set", "topology.degree=14")
	if err := s.perform(t.Context(), "churn"); err != nil {
		t.Fatal(err)
	}
	if text := s.out.String(); !strings.Contains(text, "42") || !strings.Contains(text, "starling simulate run churn --seed 7777 --set topology.degree=14") {
		t.Errorf("printed %s", text)
	}
	for _, name := range []string{"churn.json", "churn-c.png", "churn-c.svg"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil || !strings.Contains(s.talk.String(), name) {
			t.Errorf("%s: %v, said %s", name, err, &s.talk)
		}
	}

	s = newSimulationTest(t, "", "--seed", "7777")
	s.app.json = true
	if err := s.perform(t.Context(), "churn"); err != nil {
		t.Fatal(err)
	}
	var got simulations.Result
	if err := json.Unmarshal(s.out.Bytes(), &got); err != nil || got.Seed != 7777 {
		t.Errorf("%v: %s", err, &s.out)
	}
}

// An interrupt prints what is known, saves nothing and ends with 130.
func TestSimulateInterrupted(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	s := newSimulationTest(t, dir)
	s.run = func(_ context.Context, of *scenario.Scenario, _ func(scenario.Progress)) (*simulations.Result, error) {
		stop()
		r := resultOf(of)
		r.Interrupted = true
		return r, ctx.Err()
	}
	err := s.perform(ctx, "churn")
	if codeOf(err) != exitInterrupted || !strings.Contains(s.out.String(), "42") || !strings.Contains(s.out.String(), "INTERRUPTED") {
		t.Errorf("code %d, printed %s", codeOf(err), &s.out)
	}
	if _, err := os.Stat(filepath.Join(dir, "churn.json")); err == nil || !strings.Contains(s.talk.String(), "nothing is saved") {
		t.Errorf("saved a partial result; said %s", &s.talk)
	}
	s.run = func(context.Context, *scenario.Scenario, func(scenario.Progress)) (*simulations.Result, error) {
		return nil, ctx.Err()
	}
	if err := s.perform(ctx, "churn"); codeOf(err) != exitInterrupted || !strings.Contains(s.talk.String(), "before there was anything") {
		t.Errorf("code %d, said %s", codeOf(err), &s.talk)
	}
	liars, err := scenario.Load("liars")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := report.Save(dir, resultOf(liars)); err != nil {
		t.Fatal(err)
	}
	s.out.Reset()
	if err := s.report(ctx, []string{"liars", "churn"}); codeOf(err) != exitInterrupted || s.out.Len() > 0 {
		t.Errorf("report: code %d, printed %s", codeOf(err), &s.out)
	}
}

func TestSimulateCodes(t *testing.T) {
	broken := errors.New("a node forwarded twice; the seed is 1")
	for _, c := range []struct {
		args []string
		err  error
		code int
	}{
		{nil, nil, exitDone},
		{nil, broken, exitFailed},
		{nil, &scenario.InputError{Err: broken}, exitUsage},
		{[]string{"--nodes", "1"}, nil, exitUsage},
		{[]string{"--set", "nodes"}, nil, exitUsage},
		{[]string{"--set", "nods=3"}, nil, exitUsage},
		{[]string{"--ttl", "3"}, nil, exitUsage}, // of churn
		{[]string{"--csv"}, nil, exitUsage},
		{[]string{"--set", "kind=coverage", "--duplicates", "drop-all"}, nil, exitUsage},
		{[]string{"--topology", "/no/such/file"}, nil, exitUsage},
	} {
		s := newSimulationTest(t, "", c.args...)
		s.run = func(_ context.Context, of *scenario.Scenario, _ func(scenario.Progress)) (*simulations.Result, error) {
			return resultOf(of), c.err
		}
		if err := s.perform(t.Context(), "churn"); codeOf(err) != c.code || (s.out.Len() > 0) != (c.code == exitDone) {
			t.Errorf("%v, %v: code %d, printed %s", c.args, c.err, codeOf(err), &s.out)
		}
	}
}

// A report runs what is missing, once, and shows the rest though one fails.
func TestSimulateReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	s := newSimulationTest(t, dir)
	failing := s.run
	s.run = func(ctx context.Context, of *scenario.Scenario, p func(scenario.Progress)) (*simulations.Result, error) {
		r, err := failing(ctx, of, p)
		if of.Name == "million" {
			return nil, errors.New("it broke")
		}
		return r, err
	}
	err := s.report(t.Context(), nil)
	if codeOf(err) != exitFailed || !strings.Contains(err.Error(), "million: it broke") {
		t.Errorf("%v", err)
	}
	if strings.Join(s.ran, " ") != strings.Join(scenario.Names(), " ") || !strings.Contains(s.talk.String(), "running them first") {
		t.Errorf("ran %v, said %s", s.ran, &s.talk)
	}
	saved, err := report.Load(dir)
	if err != nil || len(saved) != len(scenario.Names())-1 {
		t.Fatalf("%d saved, %v", len(saved), err)
	}
	for _, r := range saved {
		if !strings.Contains(s.out.String(), r.Title) {
			t.Errorf("%s is not shown", r.Scenario)
		}
	}
	if !strings.Contains(s.talk.String(), "churn-c.svg") {
		t.Errorf("churn is not drawn: said %s", &s.talk)
	}

	s = newSimulationTest(t, dir)
	if err := s.report(t.Context(), nil); err != nil || s.ran != nil || strings.Contains(s.out.String(), "what million shows") {
		t.Errorf("%v; ran %v again", err, s.ran)
	}
	s = newSimulationTest(t, dir)
	if err := s.report(t.Context(), []string{"million", "churn", "churn"}); err != nil || len(s.ran) != 1 || s.ran[0] != "million" {
		t.Errorf("%v; ran %v", err, s.ran)
	}
	if text := s.out.String(); strings.Contains(text, "what flood shows") || strings.Count(text, "what churn shows") != 1 || strings.Index(text, "what million") > strings.Index(text, "what churn") {
		t.Errorf("printed %s", text)
	}
	s = newSimulationTest(t, dir)
	if err := s.report(t.Context(), []string{"churn", "chrn"}); err == nil || s.ran != nil || s.out.Len() > 0 {
		t.Errorf("an unknown name: %v, printed %s", err, &s.out)
	}
}

func TestFloodFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string // of an error, "" for none
	}{
		{[]string{"--duplicates", "drop-all,larger-ttl"}, "one rule at a time"},
		{[]string{"--duplicates", "drop_all"}, `did you mean "drop-all"`},
		{[]string{"--ttl", "eight"}, "write TTLs"},
		{[]string{"--ttl", "0"}, "--ttl: search.ttl = [0]"},
		{[]string{"--sources", "no/such/file"}, "--sources: search.sources_file"},
		{[]string{"--sources", "12", "--ttl", "2,1"}, ""},
	} {
		s := newSimulationTest(t, "", c.args...)
		s.flood = func(_ context.Context, of *scenario.Scenario, _ func(scenario.Progress)) (*scenario.Flooding, error) {
			if of.Search.Sources != 12 || of.Search.SourcesFile != "" || len(of.Search.TTL) != 2 {
				t.Errorf("%+v", of.Search)
			}
			return &scenario.Flooding{Result: resultOf(of)}, nil
		}
		err := s.perform(t.Context(), "flood")
		if c.want == "" && err != nil || c.want != "" && (codeOf(err) != exitUsage || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

func TestParseTTLs(t *testing.T) {
	for text, want := range map[string]string{
		"1-8": "1,2,3,4,5,6,7,8", "3": "3", "1,3,5": "1,3,5", "5,1-3, 2": "1,2,3,5", "31": "31",
		"": "", "a": "", "1-": "", "-3": "", "8-1": "", "1-8-9": "", "1,,2": "", "1-99999999999": "", "1-65000": "", "+1": "",
	} {
		got, err := parseTTLs(text)
		if got != want || (err != nil) != (want == "") || err != nil && codeOf(err) != exitUsage {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestSimulationProgress(t *testing.T) {
	var screenText bytes.Buffer
	clock := time.Unix(0, 0)
	begin := func(terminal, quiet bool) *simulationProgress {
		screenText.Reset()
		p := &simulationProgress{screen: screen{Writer: &screenText, terminal: terminal, width: func() int { return 60 }}, name: "churn", quiet: quiet,
			now: func() time.Time { return clock }, memory: func() int64 { return 5_000_000 }}
		p.start()
		return p
	}
	at := scenario.Progress{Stage: "minutes", Done: 3, Total: 10, Events: 1_200_000, Virtual: 3 * time.Minute}
	step := func(p *simulationProgress, d time.Duration) { clock = clock.Add(d); p.take(at) }

	p := begin(false, false)
	step(p, 4*time.Second)
	if screenText.Len() > 0 {
		t.Errorf("a short run says %q", &screenText)
	}
	step(p, time.Second)
	step(p, 4*time.Second)
	p.close()
	want := "churn: minutes  3 of 10, 1,200,000 events, 240,000/s, virtual 3 min 0 s, 5.00 MB, 5.0 s\n"
	if screenText.String() != want {
		t.Errorf("said %q, want %q", &screenText, want)
	}

	p = begin(true, false)
	step(p, 100*time.Millisecond)
	step(p, 100*time.Millisecond)
	p.close()
	lines := strings.Split(screenText.String(), "\r\x1b[K")
	if len(lines) != 4 || !strings.Contains(lines[1], "starting") || lines[3] != "" || strings.Contains(screenText.String(), "\n") {
		t.Errorf("drew %q", lines)
	}
	for _, line := range lines {
		if len([]rune(line)) > 59 {
			t.Errorf("%q is wider than the terminal", line)
		}
	}

	for _, terminal := range []bool{true, false} {
		p = begin(terminal, true)
		step(p, time.Minute)
		p.close()
		if screenText.Len() > 0 {
			t.Errorf("quiet says %q", &screenText)
		}
	}
	if memoryInUse() < 1<<20 {
		t.Errorf("%d bytes in use", memoryInUse())
	}
}

// On a terminal a run, of a report too, begins with what the scenario is about.
func TestSimulateSaysWhatItIsAbout(t *testing.T) {
	churn, err := scenario.Load("churn")
	if err != nil {
		t.Fatal(err)
	}
	about, _, _ := strings.Cut(churn.About, "\n")
	for _, c := range []struct {
		flags    simulateFlags
		terminal bool
	}{{simulateFlags{}, true}, {simulateFlags{quiet: true}, true}, {simulateFlags{}, false}} {
		var talk bytes.Buffer
		a := &app{talk: screen{Writer: &talk, terminal: c.terminal, width: func() int { return 80 }}}
		a.newSimulation(&c.flags).begin(churn).close()
		if got := strings.Contains(talk.String(), about+"\n"); got != (c.terminal && !c.flags.quiet) {
			t.Errorf("%+v: %q", c, &talk)
		}
	}
}
