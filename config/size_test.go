package config_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"starling/config"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1500": 1500, "1500B": 1500, "800k": 800_000, "5M": 5_000_000, "5 MB": 5_000_000, "1.5G": 1_500_000_000,
		"2t": 2e12, "64Ki": 65_536, "64KiB": 65_536, "1mi": 1 << 20, "0.5GiB": 1 << 29, "1Ti": 1 << 40,
		" 7k ": 7000, "9223372036854775807": math.MaxInt64,
	} {
		if got, err := config.ParseSize(text); err != nil || got != want {
			t.Errorf("%q = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "M", "-1", "+1", "1e9", "5X", "5MM", "1.2.3", ".", "inf", "NaN", "0x10", "1_000", "5M/s", "9223372036854775808", "9999999T", "1,5M", "５M"} {
		if got, err := config.ParseSize(text); err == nil {
			t.Errorf("%q passed as %d", text, got)
		}
	}
}

func TestFormatSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1k", 1024: "1Ki", 1500: "1500", 65_536: "64Ki", 5_000_000: "5M", 2e9: "2G", 1 << 30: "1Gi", 1 << 40: "1Ti",
	} {
		if got := config.FormatSize(n); got != want {
			t.Errorf("%d = %s, want %s", n, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, math.MaxInt64).Draw(t, "n") >> rapid.IntRange(0, 62).Draw(t, "shift")
		n *= rapid.SampledFrom([]int64{1, 1000, 1024}).Filter(func(f int64) bool { return n <= math.MaxInt64/f }).Draw(t, "unit")
		if got, err := config.ParseSize(config.FormatSize(n)); err != nil || got != n {
			t.Fatalf("%d is written %s and read %d, %v", n, config.FormatSize(n), got, err)
		}
	})
}

func FuzzParseSize(f *testing.F) {
	f.Add("1.5GiB")
	f.Add("9223372036854775807.9k")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := config.ParseSize(s)
		if err != nil {
			return
		}
		if again, err := config.ParseSize(config.FormatSize(n)); err != nil || again != n || n < 0 {
			t.Errorf("%q = %d, written back %d, %v", s, n, again, err)
		}
	})
}
