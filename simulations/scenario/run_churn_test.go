package scenario

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"starling/simulations"
)

// ran is what a shipped scenario finds, with some settings changed.
func ran(t *testing.T, name string, settings ...string) *simulations.Result {
	t.Helper()
	r, err := Run(t.Context(), changed(t, name, settings...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func changed(t *testing.T, name string, settings ...string) *Scenario {
	t.Helper()
	s, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		if err := s.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// rowsOf is the rows of one by its name.
func rowsOf(t *testing.T, r *simulations.Result, name string) []simulations.Row {
	t.Helper()
	for _, table := range r.Tables {
		if table.Name == name {
			for _, row := range table.Rows {
				for _, c := range table.Columns {
					if _, there := row[c.Key]; !there {
						t.Errorf("table %s has a row without %s", name, c.Key)
					}
				}
			}
			return table.Rows
		}
	}
	t.Fatalf("no table %s", name)
	return nil
}

func TestChurn(t *testing.T) {
	r := ran(t, "churn", "nodes=200", "search.count=60", "churn.minutes=3", "churn.vanish=[0, 0.3, 0.9]", "content.copies=[0.005, 0.05]")
	minutes := rowsOf(t, r, "churn")
	if len(minutes) != 4 {
		t.Fatalf("%d minutes", len(minutes))
	}
	questions := 0
	for i, m := range minutes {
		questions += m["questions"].(int)
		if m["alive"] != 200 || m["replaced"] != 100 || number(m["links"]) < 7 || number(m["links"]) > 12 {
			t.Errorf("%v", m)
		}
		if i > 0 && (number(m["reach_percent"]) < 90 || number(m["success_percent"]) < 90 || m["messages"] == nil) || i == 0 && m["reach_percent"] != nil {
			t.Errorf("%v", m)
		}
	}
	copies := rowsOf(t, r, "copies")
	if len(copies) != 2 || copies[0]["holders"] != 1 || copies[1]["holders"] != 10 || questions > 60 || copies[0]["questions"].(int)+copies[1]["questions"].(int) != questions {
		t.Errorf("%d questions, %v", questions, copies)
	}
	if number(copies[0]["first_hit_ms"]) <= number(copies[1]["first_hit_ms"])-1 || number(copies[0]["first_hit_p90_ms"]) < number(copies[0]["first_hit_ms"]) {
		t.Errorf("rare files come sooner, or the slow ones before the middle: %v", copies)
	}
	vanish := rowsOf(t, r, "vanish")
	if vanish[0]["left"] != 200 || vanish[1]["left"] != 140 || vanish[2]["left"] != 20 {
		t.Errorf("%v", vanish)
	}
	if number(vanish[0]["reach_min_percent"]) != 100 || number(vanish[1]["reach_percent"]) < 92 || number(vanish[2]["reach_percent"]) > 50 {
		t.Errorf("%v", vanish)
	}
	for i, want := range []float64{8, 8 * 0.7, 8 * 0.1} {
		if links := number(vanish[i]["links"]); math.Abs(links-want) > 0.5 {
			t.Errorf("%v links each, %v are due: %v", links, want, vanish[i])
		}
	}
}

// Whoever does not repair loses links to those that crash, and whoever stays for
// long keeps them.
func TestChurnOtherwise(t *testing.T) {
	base := []string{"nodes=200", "search.count=10", "churn.minutes=2", "churn.vanish=[]"}
	without := rowsOf(t, ran(t, "churn", append(base, "churn.repair=false")...), "churn")
	with := rowsOf(t, ran(t, "churn", base...), "churn")
	if lost, kept := number(without[2]["links"]), number(with[2]["links"]); lost > kept-0.5 {
		t.Errorf("%.1f living neighbours without repair, %.1f with it", lost, kept)
	}
	long := rowsOf(t, ran(t, "churn", append(base, "churn.replace_per_minute=0", "churn.session_minutes=100000")...), "churn")
	short := rowsOf(t, ran(t, "churn", append(base, "churn.replace_per_minute=0", "churn.session_minutes=2")...), "churn")
	if n := long[2]["replaced"].(int); n > 2 {
		t.Errorf("%d of those that stay for weeks have left within a minute", n)
	}
	left := 0
	for _, m := range short {
		left += m["replaced"].(int)
	}
	// Sessions of this shape with a median of 2 min have a mean of 8.3 min: of 200 nodes 24 leave a minute.
	if left < 40 || left > 110 || short[2]["alive"] != 200 {
		t.Errorf("%d left in three minutes, 72 are due", left)
	}
}

// Half of all sessions are as long as the median, and a node met at any time stays
// on average for E[L²] / 2 E[L], which for a Weibull are gamma functions.
func TestSessions(t *testing.T) {
	c := &churn{lab: &lab{s: load(t, "churn")}}
	const n = 200_000
	for _, shape := range []float64{0.5, 1, 2} {
		rng := rand.New(rand.NewPCG(1, uint64(10*shape)))
		c.s.Churn.WeibullShape, c.s.Churn.SessionMinutes = shape, 20
		s := c.stays()
		below, sum := 0, 0.0
		for range n {
			if s.draw(rng) < 20*time.Minute {
				below++
			}
			sum += s.residual(rng).Minutes()
		}
		if share := float64(below) / n; math.Abs(share-0.5) > 0.005 {
			t.Errorf("shape %v: %.3f of all sessions are shorter than the median", shape, share)
		}
		want := s.scale.Minutes() * math.Gamma(1+2/shape) / (2 * math.Gamma(1+1/shape))
		if got := sum / n; math.Abs(got-want) > 0.03*want {
			t.Errorf("shape %v: met at any time a node stays %.1f min, want %.1f", shape, got, want)
		}
	}
}

func TestCrowd(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	c := newCrowd(10, func(v int) bool { return v%2 == 0 })
	c.remove(4)
	c.add(11)
	c.add(13)
	c.remove(13)
	seen := map[int]int{}
	for range 1000 {
		some := c.pick(3, rng)
		for i, v := range some {
			if seen[v]++; slices.Contains(some[:i], v) {
				t.Fatalf("picked %v", some)
			}
		}
	}
	for _, v := range []int{0, 2, 6, 8, 11} {
		if seen[v] < 500 || seen[v] > 700 { // 600 on average, with a deviation of 16
			t.Errorf("node %d was picked %d times in 1,000", v, seen[v])
		}
	}
	if all := c.pick(99, rng); len(all) != 5 || len(seen) != 5 {
		t.Errorf("picked all: %v, ever: %v", all, seen)
	}
}

// Stopped in whatever stage, a run ends soon and keeps what it has found.
func TestStoppedRunsKeepWhatTheyKnow(t *testing.T) {
	for _, c := range []struct {
		name, stage string
		events      uint64
		tables      int
		settings    []string
	}{
		{"churn", "churn", 300_000, 2, []string{"nodes=1000"}},
		{"churn", "many nodes vanish", 0, 2, []string{"nodes=200", "churn.minutes=1", "search.count=20"}},
		{"partition", "the mesh is cut and heals", 500_000, 2, []string{"nodes=1000"}},
		{"liars", "questions among liars: spammers", 1_000_000, 3, []string{"nodes=1000"}},
	} {
		s := changed(t, c.name, c.settings...)
		ctx, stop := context.WithCancel(t.Context())
		var events, after uint64
		r, err := Run(ctx, s, func(p Progress) {
			if p.Stage == c.stage && p.Events >= c.events {
				if events == 0 {
					events = p.Events
				}
				stop()
			}
			after = p.Events
		})
		stop()
		if !errors.Is(err, context.Canceled) || r == nil || !r.Interrupted || len(r.Tables) < c.tables {
			t.Fatalf("%s: %+v, %v", c.stage, r, err)
		}
		if after > events+100_000 {
			t.Errorf("%s: stopped after %d events, and went on to %d", c.stage, events, after)
		}
		for _, table := range r.Tables {
			if len(table.Rows) == 0 {
				t.Errorf("%s: table %s is empty", c.stage, table.Name)
			}
		}
	}
}
