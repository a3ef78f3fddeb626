package main

import (
	"testing"
	"time"

	"starling/node"
)

func TestHumanSize(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.00 kB", 1234: "1.23 kB", 12345: "12.3 kB", 999_499: "999 kB", 999_500: "1.00 MB", 9_996_000: "10.0 MB",
		31_200_000: "31.2 MB", 99_960_000: "100 MB", 1 << 50: "1.13 PB", 5_000_000_000_000_000_000: "5000 PB",
	} {
		if got := humanSize(bytes); got != want {
			t.Errorf("humanSize(%d) = %q, want %q", bytes, got, want)
		}
	}
}

func TestHumanDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "<1 ms", 12 * time.Millisecond: "12 ms", 3400 * time.Millisecond: "3.4 s", 125 * time.Second: "2 min 5 s",
		200 * time.Minute: "3 h 20 min", 50 * time.Hour: "2 d 2 h",
	} {
		if got := humanDuration(d); got != want {
			t.Errorf("humanDuration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for _, c := range []struct {
		n          int
		noun, want string
	}{{0, "file", "0 files"}, {1, "file", "1 file"}, {1204, "file", "1,204 files"}, {-1234, "file", "-1,234 files"}, {2, "copy", "2 copies"}, {1, "entry", "1 entry"}} {
		if got := plural(c.n, c.noun); got != c.want {
			t.Errorf("plural(%d, %s) = %q, want %q", c.n, c.noun, got, c.want)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "800k": 800_000, "5M": 5_000_000, "1.5M": 1_500_000, "5MB/s": 5_000_000, "64Ki": 65536} {
		if got, err := parseRate(text); err != nil || got != want {
			t.Errorf("parseRate(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "fast", "5X", "NaN", "1e30"} {
		if got, err := parseRate(text); err == nil || codeOf(err) != exitUsage {
			t.Errorf("parseRate(%q) = %d, %v", text, got, err)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole int64
		want        string
	}{{0, 0, ""}, {0, 10, "0%"}, {999, 1000, "99%"}, {10, 10, "100%"}} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("percent(%d, %d) = %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

// TestExitCodes: every reason the node can give has the exit code of the contract.
func TestExitCodes(t *testing.T) {
	for code, want := range map[node.Code]int{
		node.CodeFailed: 1, node.CodeUsage: 2, node.CodeNotRunning: 3, node.CodeNotFound: 4, node.CodeTimeout: 5, node.CodeVerification: 6,
		node.CodeNoSpace: 7, node.CodeRefused: 8, node.CodeNoNeighbours: 9, "something new": 1,
	} {
		if got := codeOf(&node.Problem{Code: code}); got != want {
			t.Errorf("%s ends with %d, want %d", code, got, want)
		}
	}
}
