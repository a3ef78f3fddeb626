package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTableIsMarkdown(t *testing.T) {
	var b strings.Builder
	found := &table{Name: "single", Title: "one file"}
	found.add("a", elapsed, 2)
	found.add("a", elapsed, 1)
	found.add("a", elapsed, 4)
	found.add("b ÷ c", recvRSS, 30.2)
	found.addKnown("b ÷ c", cpuGiB, 0) // not known: no column
	found.note("why")
	found.leaveOut("d: not installed")
	found.print(&b)
	want := `
### single: one file

|       | time s           | receiver MiB |
| ----- | ---------------- | ------------ |
| a     | 2.00 (1.00–4.00) | –            |
| b ÷ c | –                | 30           |

- why
- left out: d: not installed
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestReportHoldsEveryValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.json")
	r := newReport()
	found := &table{Name: "s"}
	found.add("a", elapsed, 3)
	found.add("a", elapsed, 5)
	r.Tables = append(r.Tables, found)
	if err := r.write(path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if c := back.Tables[0].Cells[0]; !slices.Equal(c.Values, []float64{3, 5}) || c.Median != 4 || c.Low != 3 || c.High != 5 || c.Unit != "s" {
		t.Errorf("%+v", c)
	}
}

func TestFluidBound(t *testing.T) {
	for _, c := range []struct {
		w    world
		want time.Duration
	}{
		{world{size: 256 * mib, receivers: 8, up: 4 * mib}, 64 * time.Second}, // the seed's uplink
		{world{size: 1 * mib, receivers: 1, up: 512 << 10}, 2 * time.Second},
	} {
		if got := c.w.bound(); (got - c.want).Abs() > time.Millisecond {
			t.Errorf("%+v: %v, want %v", c.w, got, c.want)
		}
	}
}

func TestPayloadRate(t *testing.T) {
	// 125,000,000 bytes a second are 82,562.7 frames of 1,514 bytes.
	if got := payloadRate(1_000_000_000); got < 119_550_000 || got > 119_551_000 {
		t.Errorf("%.0f bytes/s", got)
	}
}

func TestPercentile(t *testing.T) {
	var all times
	for i := 100; i > 0; i-- {
		all = append(all, float64(i))
	}
	if all.percentile(50) != 50 || all.p95() != 95 || (times{7}).p95() != 7 {
		t.Error(all.percentile(50), all.p95(), (times{7}).p95())
	}
}

type fakeProgram string

func (f fakeProgram) name() string { return string(f) }
func (f fakeProgram) missing() string {
	if f == "absent" {
		return "it is not installed"
	}
	return ""
}

func TestProgramsTakeTurns(t *testing.T) {
	found := &table{}
	programs := present[fakeProgram](found, "a", "absent", "bad", "slow", "b")
	var ran []string
	err := inTurn(context.Background(), found, 2, programs, func(p fakeProgram, _ int) error {
		ran = append(ran, p.name())
		return map[fakeProgram]error{"bad": errors.New("broken"), "slow": errOnce}[p]
	})
	if got := strings.Join(ran, " "); got != "a bad slow b a b" {
		t.Error(got)
	}
	var told *toldError
	if !errors.As(err, &told) {
		t.Errorf("%v", err)
	}
	if got := strings.Join(found.LeftOut, "|"); got != "absent: it is not installed|bad failed in round 1: broken" {
		t.Error(got)
	}
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{{"-only", "singel"}, {"-only", "single,,"}, {"-size", "1X"}, {"-size", "0"}, {"-rounds", "-1"}, {"file"}, {"-what"}} {
		s, err := parseFlags(args)
		if err == nil {
			_, err = choose(s.only)
		}
		var bad *usageError
		if !errors.As(err, &bad) {
			t.Errorf("%v: %v", args, err)
		}
	}
	chosen, err := choose("swarm,single")
	if err != nil || len(chosen) != 2 || chosen[0].name != "single" {
		t.Error(chosen, err)
	}
	if n, err := parseSize("256M"); n != 256*mib || err != nil {
		t.Error(n, err)
	}
}

func TestTreesAreCompared(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	write := func(dir, name, text string) {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write(a, "x/y", "1")
	write(b, "x/y", "1")
	if err := sameTree(a, b); err != nil {
		t.Error(err)
	}
	write(b, "x/y", "2")
	if sameTree(a, b) == nil {
		t.Error("other bytes pass")
	}
	write(b, "x/y", "1")
	write(b, "x/z", "")
	if sameTree(a, b) == nil {
		t.Error("one file more passes")
	}
}

func TestStageUndoesBackwards(t *testing.T) {
	b := &bench{}
	s, err := b.newStage(t.TempDir(), "s")
	if err != nil {
		t.Fatal(err)
	}
	var order []int
	s.later(func() { order = append(order, 1) })
	s.later(func() {
		order = append(order, 2)
		if _, err := os.Stat(s.dir); err != nil {
			t.Error("the folder went first")
		}
	})
	s.clear()
	s.clear()
	if !slices.Equal(order, []int{2, 1}) {
		t.Error(order)
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the folder is there")
	}
}
