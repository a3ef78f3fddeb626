package topology

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// What a running world costs. The graph alone is a few bytes of it; most is each
// node's router with its tables.
const (
	nodeBytes      = 1400
	directionBytes = 100 // a link has two directions
)

// ErrTooBig says that a world would not fit into memory.
var ErrTooBig = errors.New("too big for the memory of this machine")

// Limit bounds what a world may take.
type Limit struct {
	Bytes int64 // memory of the whole world; 0 or less is no limit
}

// BytesFor estimates the memory that a world of that size takes while it runs,
// in bytes.
func BytesFor(nodes, edges int) int64 {
	need := float64(nodes)*nodeBytes + 2*float64(edges)*directionBytes
	if need >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(need)
}

// Check says whether a world of that size fits. The error is ErrTooBig and names
// what it would take, what there is, and the largest world of the same mean
// degree that fits.
func (l Limit) Check(nodes, edges int) error {
	need := BytesFor(nodes, edges)
	if l.Bytes <= 0 || need <= l.Bytes {
		return nil
	}
	degree := 2 * float64(edges) / float64(max(nodes, 1))
	fit := int(float64(l.Bytes) / (nodeBytes + degree*directionBytes))
	return fmt.Errorf("%s nodes with %s links need about %s, and %s are free: %w; with %.3g links for each node, up to %s nodes fit",
		thousands(nodes), thousands(edges), size(need), size(l.Bytes), ErrTooBig, degree, thousands(roundDown(fit)))
}

// roundDown keeps three digits: the estimate is no better than that.
func roundDown(n int) int {
	unit := 1
	for n/unit >= 1000 {
		unit *= 10
	}
	return n / unit * unit
}

// size writes bytes for people.
func size(bytes int64) string {
	switch b := float64(bytes); {
	case b >= 1<<30:
		return fmt.Sprintf("%.3g GiB", b/(1<<30))
	case b >= 1<<20:
		return fmt.Sprintf("%.3g MiB", b/(1<<20))
	}
	return thousands(int(bytes)) + " bytes"
}

// thousands writes a whole number with a comma after every three digits.
func thousands(n int) string {
	s := strconv.Itoa(n)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
