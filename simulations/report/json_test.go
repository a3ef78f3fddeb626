package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"starling/simulations"
)

func samples() []*simulations.Result {
	return []*simulations.Result{coverageResult(), recallResult(), latencyResult(), meshResult(60, 4, 3), smallResult(), spoofedResult()}
}

func TestJSONIsTheSameTwice(t *testing.T) {
	for _, build := range []func() *simulations.Result{coverageResult, smallResult, spoofedResult} {
		if a, b := jsonOf(t, build()), jsonOf(t, build()); a != b {
			t.Errorf("twice the same result gives\n%s\n%s", a, b)
		}
	}
}

// The layout is for people: it adds and loses nothing.
func TestJSONSaysWhatIsInTheResult(t *testing.T) {
	for _, r := range samples() {
		got := jsonOf(t, r)
		if !strings.HasSuffix(got, "}\n") || strings.HasSuffix(got, "\n\n") {
			t.Errorf("%s: ends in %q", r.Scenario, got[max(0, len(got)-5):])
		}
		want, err := json.Marshal(plain(r))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := normal(t, []byte(got)), normal(t, want); !bytes.Equal(a, b) {
			t.Errorf("%s: arranged it says\n%s\nwant\n%s", r.Scenario, a, b)
		}
	}
}

// normal is JSON with sorted keys and one way to write texts.
func normal(t *testing.T, document []byte) []byte {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestJSONHasARowALine(t *testing.T) {
	got := jsonOf(t, smallResult())
	for _, line := range []string{
		`        {"messages":1234567,"name":"flood","recall":1.0,"rounds":1},` + "\n",
		`        {"messages":null,"name":"検索","recall":null,"rounds":-0.001}` + "\n",
		"\n  \"findings\": [\n    \"A flood finds all",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("no %q in\n%s", line, got)
		}
	}
}

// JSON has no word for these: they are not known.
func TestJSONWithoutNumbers(t *testing.T) {
	r := &simulations.Result{Scenario: "s", Charts: []simulations.Chart{{
		X: simulations.Axis{Min: math.NaN(), Max: 3}, Y: simulations.Axis{Max: math.Inf(1)},
		Series: []simulations.Series{{Points: [][2]float64{{math.NaN(), 1}, {1, math.Inf(-1)}, {7, 8}}}},
	}}}
	got := jsonOf(t, r)
	if !strings.Contains(got, "[7,8]") || strings.Contains(got, `"max"`) {
		t.Error(got)
	}
	if len(r.Charts[0].Series[0].Points) != 3 || r.Charts[0].X.Max != 3 {
		t.Error("the result was changed")
	}
}

func TestErrorsOfTheWriterAreTold(t *testing.T) {
	broken := errors.New("no space")
	if err := JSON(failing{broken}, smallResult()); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := Text(failing{broken}, smallResult(), 80); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func jsonOf(t *testing.T, r *simulations.Result) string {
	t.Helper()
	var b strings.Builder
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
