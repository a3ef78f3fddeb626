package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"starling/config"
)

var sizeUnits = []string{"B", "kB", "MB", "GB", "TB", "PB"}

// humanSize writes bytes with three digits and a decimal unit, as file managers do: 0 B, 999 B, 1.20 kB, 31.2 MB.
func humanSize(bytes int64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	value, unit := float64(bytes), 0
	for value >= 999.5 && unit < len(sizeUnits)-1 {
		value /= 1000
		unit++
	}
	switch {
	case value < 9.995:
		return fmt.Sprintf("%.2f %s", value, sizeUnits[unit])
	case value < 99.95:
		return fmt.Sprintf("%.1f %s", value, sizeUnits[unit])
	}
	return fmt.Sprintf("%.0f %s", value, sizeUnits[unit])
}

func humanRate(bytesPerSec int64) string { return humanSize(bytesPerSec) + "/s" }

func humanLimit(bytesPerSec int64) string {
	if bytesPerSec == 0 {
		return "unlimited"
	}
	return humanRate(bytesPerSec)
}

// humanDuration writes a time in its two largest units: 12 ms, 3.4 s, 2 min 5 s, 3 h 20 min, 4 d 2 h.
func humanDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// plural writes a count with its noun: 1 file, 1,204 files.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, y := strings.CutSuffix(noun, "y"); y {
		return grouped(n) + " " + stem + "ies" // entry, copy; we count no days
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// parseRate reads a rate such as 5M, 1.5MB/s, 800k or 0 as bytes per second.
func parseRate(text string) (int64, error) {
	rate, err := config.ParseSize(strings.TrimSuffix(strings.TrimSpace(text), "/s"))
	if err != nil {
		return 0, usageError("rate: %w; write bytes per second as 800k, 5M or 1.5M, and 0 for unlimited", err)
	}
	return rate, nil
}
