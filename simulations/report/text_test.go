package report

import (
	"math"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"starling/simulations"
)

// smallResult is one with a cell of every kind.
func smallResult() *simulations.Result {
	return &simulations.Result{
		Scenario: "recall", Title: "What a hit costs", Seed: 42, Nodes: 100_000, Links: 1,
		Tables: []simulations.Table{{
			Name: "cost", Title: "Cost of each strategy",
			Columns: []simulations.Column{
				{Key: "name", Title: "Strategy"},
				{Key: "messages", Title: "Messages"},
				{Key: "recall", Title: "Recall, share of the holders", Digits: 2},
				{Key: "rounds", Title: "Rounds", Digits: 2},
			},
			Rows: []simulations.Row{
				{"name": "flood", "messages": 1_234_567, "recall": 1.0, "rounds": 1},
				{"name": "16 walkers", "messages": 999, "recall": 0.125, "rounds": 1234.5},
				{"name": "検索", "messages": nil, "recall": math.NaN(), "rounds": -0.001},
			},
		}},
		Findings: []string{"A flood finds all, and costs 1,234,567 messages for it."},
		Replay:   "starling simulate recall --seed 42 --nodes 100000",
	}
}

const wide = `What a hit costs
recall: seed 42, 100,000 nodes, 1 link

Cost of each strategy
Strategy     Messages  Recall, share of the holders    Rounds
──────────  ─────────  ────────────────────────────  ────────
flood       1,234,567                          1.00         1
16 walkers        999                          0.12  1,234.50
検索                –                             –      0.00

- A flood finds all, and costs 1,234,567 messages for it.

To run it again: starling simulate recall --seed 42 --nodes 100000
`

const narrow = `What a hit costs
recall: seed 42, 100,000
nodes, 1 link

Cost of each strategy
                       Recall,
                         share
                        of the
Strategy     Messages  holders    Rounds
──────────  ─────────  ───────  ────────
flood       1,234,567     1.00         1
16 walkers        999     0.12  1,234.50
検索                –        –      0.00

- A flood finds all, and
  costs 1,234,567 messages
  for it.

To run it again: starling simulate recall --seed 42 --nodes 100000
`

func TestText(t *testing.T) {
	for width, want := range map[int]string{0: wide, 80: wide, 26: narrow} {
		if diff := cmp.Diff(want, textOf(t, smallResult(), width)); diff != "" {
			t.Errorf("at width %d (-want +got):\n%s", width, diff)
		}
	}
}

// No width, however small or odd, loses a word or a number.
func TestTextLosesNothing(t *testing.T) {
	for _, width := range []int{-1, 1, 2, 3, 7, 40, math.MaxInt} {
		got := strings.Join(strings.Fields(textOf(t, smallResult(), width)), " ")
		for _, part := range []string{"1,234,567", "1,234.50", "16 walkers", "costs 1,234,567 messages", "starling simulate recall --seed 42 --nodes 100000"} {
			if !strings.Contains(got, part) {
				t.Errorf("at width %d %q is missing in %q", width, part, got)
			}
		}
	}
}

func TestTextOfWhatIsMissing(t *testing.T) {
	r := &simulations.Result{Scenario: "s", Title: "T", Interrupted: true, Tables: []simulations.Table{{Title: "Nothing yet", Columns: []simulations.Column{{Key: "a"}}}}}
	want := `T
s: seed 0
INTERRUPTED: the run was stopped early, and the figures below are what was known by then.

Nothing yet
(no rows)
`
	if diff := cmp.Diff(want, textOf(t, r, 100)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.Interrupted = false
	if strings.Contains(textOf(t, r, 100), "INTERRUPTED") {
		t.Error("a whole run is said to be interrupted")
	}
}

// spoofed is text that moves cursors, turns the writing direction and hides.
const spoofed = "a\x1b[2Jb\u202egnp.\u200bc\nd\te\x00f</text><script>&\"'"

// spoofedResult has it in every text there is.
func spoofedResult() *simulations.Result {
	return &simulations.Result{
		Scenario: "s", Title: spoofed, Replay: spoofed, Findings: []string{spoofed},
		Settings: []simulations.KeyVal{{Key: spoofed, Value: spoofed}},
		Tables: []simulations.Table{{
			Name: spoofed, Title: spoofed, Columns: []simulations.Column{{Key: spoofed, Title: spoofed}},
			Rows: []simulations.Row{{spoofed: spoofed}},
		}},
		Charts: []simulations.Chart{{
			Name: "c", Title: spoofed, X: simulations.Axis{Label: spoofed}, Y: simulations.Axis{Label: spoofed},
			Series: []simulations.Series{{Name: spoofed, Points: [][2]float64{{1, 2}, {3, 4}}}},
		}},
		Mesh: &simulations.Mesh{Name: "m", Title: spoofed, Nodes: make([]simulations.MeshNode, 2)},
	}
}

func TestScreensGetNoControlCharacters(t *testing.T) {
	r := spoofedResult()
	named := *r
	named.Scenario = spoofed
	for _, text := range []string{textOf(t, r, 0), textOf(t, r, 10), textOf(t, &named, 80), jsonOf(t, r), jsonOf(t, &named)} {
		for _, c := range text {
			if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
				t.Errorf("%U in %q", c, text)
			}
		}
		if !strings.Contains(text, `202e`) {
			t.Errorf("what is hidden is not shown in %q", text)
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		f      float64
		digits int
		want   string
	}{
		{1234, 0, "1,234"}, {1234, 2, "1,234.00"}, {-1234567.891, 1, "-1,234,567.9"}, {-123456, 0, "-123,456"},
		{0.5, -3, "0"}, {1, 1 << 40, "1.000000000000"}, {math.Inf(-1), 2, "–"}, {1e300, 2, "1e+300"},
		{math.Copysign(0, -1), 1, "0.0"}, {999, 0, "999"}, {-999, 0, "-999"},
	} {
		if got := decimal(c.f, c.digits); got != c.want {
			t.Errorf("%v with %d digits is %q, want %q", c.f, c.digits, got, c.want)
		}
	}
	if got := whole(math.MinInt64); got != "-9,223,372,036,854,775,808" {
		t.Error(got)
	}
}

func textOf(t *testing.T, r *simulations.Result, width int) string {
	t.Helper()
	var b strings.Builder
	if err := Text(&b, r, width); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
