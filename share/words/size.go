package words

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// units are powers of 1,000, as all sizes and rates are shown, and with an i
// powers of 1,024.
var units = map[string]int64{
	"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40,
}

var errSize = errors.New("a size is a number with K, M, G or T behind it, or Ki, Mi, Gi, Ti; try size:>100M or size:1M-5M")

// parseSizes reads what follows "size:".
func parseSizes(s string) (sizes, error) {
	op := s[:len(s)-len(strings.TrimLeft(s, "<>="))]
	lo, hi, isRange := strings.Cut(s[len(op):], "-")
	if isRange {
		return parseRange(op, lo, hi)
	}
	n, err := parseSize(lo)
	if err != nil {
		return sizes{}, err
	}
	return compare(op, n)
}

func parseRange(op, lo, hi string) (sizes, error) {
	if op != "" {
		return sizes{}, errSize
	}
	from, err := parseSize(lo)
	if err != nil {
		return sizes{}, err
	}
	to, err := parseSize(hi)
	if err != nil {
		return sizes{}, err
	}
	return sizes{true, from, to}, nil
}

func compare(op string, n int64) (sizes, error) {
	switch op {
	case "", "=":
		return sizes{true, n, n}, nil
	case ">":
		return sizes{true, n + 1, maxSize}, nil
	case ">=":
		return sizes{true, n, maxSize}, nil
	case "<":
		return sizes{true, 0, n - 1}, nil
	case "<=":
		return sizes{true, 0, n}, nil
	}
	return sizes{}, errSize
}

// parseSize reads 700, 1.5G, 100MB, 100Mi or 100MiB.
func parseSize(s string) (int64, error) {
	number := strings.TrimRight(s, "bBiIkKmMgGtT")
	unit := strings.ToLower(s[len(number):])
	unit = strings.TrimSuffix(unit, "b")
	scale, ok := units[unit]
	if !ok || number == "" || strings.Trim(number, "0123456789.") != "" {
		return 0, errSize
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && n <= maxParsed/scale {
		return n * scale, nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, errSize
	}
	if f *= float64(scale); f > maxParsed {
		return 0, errors.New("no file is that large; try a smaller number, such as size:>10G")
	}
	return int64(math.Floor(f)), nil
}

// maxParsed leaves room for the +1 of ">" and is exact as a float64.
const maxParsed = 1 << 62

// and narrows s by another range.
func (s sizes) and(other sizes) sizes {
	if !s.set {
		return other
	}
	return sizes{true, max(s.min, other.min), min(s.max, other.max)}
}

func (s sizes) contains(n int64) bool { return !s.set || s.min <= n && n <= s.max }

// String writes the range so that parseSizes reads it back.
func (s sizes) String() string {
	switch {
	case s.min == s.max:
		return "=" + writeSize(s.min)
	case s.max == maxSize && len(writeSize(s.min)) > len(writeSize(s.min-1)):
		return ">" + writeSize(s.min-1)
	case s.max == maxSize:
		return ">=" + writeSize(s.min)
	case s.min > 0:
		return writeSize(s.min) + "-" + writeSize(s.max)
	case len(writeSize(s.max)) > len(writeSize(s.max+1)):
		return "<" + writeSize(s.max+1)
	}
	return "<=" + writeSize(s.max)
}

// writeSize takes the unit that makes the text short, of equals the decimal one.
func writeSize(n int64) string {
	decimal, binary := scaled(n, 1000, ""), scaled(n, 1024, "i")
	if len(binary) < len(decimal) {
		return binary
	}
	return decimal
}

func scaled(n, step int64, behind string) string {
	const letters = "KMGT"
	unit := 0
	for unit < len(letters) && n != 0 && n%step == 0 {
		n /= step
		unit++
	}
	if unit == 0 {
		return strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10) + letters[unit-1:unit] + behind
}
