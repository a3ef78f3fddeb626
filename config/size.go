package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// sizeUnits are decimal as on disks and network cards, and binary with an i.
// Longer names come first: "ki" ends in no other unit.
var sizeUnits = []struct {
	name  string
	bytes int64
}{
	{"Ti", 1 << 40}, {"Gi", 1 << 30}, {"Mi", 1 << 20}, {"Ki", 1 << 10},
	{"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3},
}

var errSize = errors.New("not a size in bytes; write it as 800k, 5M, 1.5G or 64Ki")

// ParseSize reads a number of bytes: 4096, 800k, 5M, 1.5GB, 64KiB. Units of any
// case: k, M, G and T are decimal, Ki, Mi, Gi and Ti binary.
func ParseSize(s string) (int64, error) {
	number := strings.ToLower(strings.TrimSpace(s))
	number = strings.TrimSuffix(number, "b")
	scale := int64(1)
	for _, unit := range sizeUnits {
		if rest, found := strings.CutSuffix(number, strings.ToLower(unit.name)); found {
			number, scale = rest, unit.bytes
			break
		}
	}
	return scaled(strings.TrimSpace(number), scale)
}

func scaled(number string, scale int64) (int64, error) {
	if strings.Trim(number, "0123456789.") != "" {
		return 0, errSize // no signs, exponents or infinities
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && n <= math.MaxInt64/scale {
		return n * scale, nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, errSize
	}
	if f *= float64(scale); f >= math.MaxInt64 {
		return 0, errors.New("too large a size")
	}
	return int64(f), nil
}

// FormatSize writes n so that ParseSize reads it back exactly, in the shortest
// way: 5M, 64Ki, 1500.
func FormatSize(n int64) string {
	shortest := strconv.FormatInt(n, 10)
	for _, unit := range sizeUnits {
		if n == 0 || n%unit.bytes != 0 {
			continue
		}
		if s := strconv.FormatInt(n/unit.bytes, 10) + unit.name; len(s) < len(shortest) {
			shortest = s
		}
	}
	return shortest
}
