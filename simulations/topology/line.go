package topology

import (
	"errors"
	"fmt"
	"math"
)

// format says in every error what a line looks like.
const format = `a line is two node numbers from 0 to 9223372036854775807 with blanks, a tab or a comma between, such as "17 42"; # starts a comment`

// Why a line is none. quoted adds the line and the format.
var (
	errOneNumber = errors.New("has one number only")
	errMore      = errors.New("has more than two numbers")
	errNegative  = errors.New("has a negative number")
	errOverflow  = errors.New("has a number above 9223372036854775807")
	errComma     = errors.New("has a comma where none belongs")
	errNUL       = errors.New("has a zero byte, so this is no text")
	errNoNumber  = errors.New("has something that is no number")
)

// parseLine reads "from to", perhaps with a comment after it. empty says that
// the line has neither a link nor a mistake.
func parseLine(line []byte) (from, to int64, empty bool, err error) {
	rest, _ := skip(line, false)
	if atEnd(rest) {
		return 0, 0, true, nil
	}
	from, rest, err = parseNumber(rest)
	if err != nil {
		return 0, 0, false, quoted(err, line)
	}
	if rest, _ = skip(rest, true); atEnd(rest) {
		return 0, 0, false, quoted(errOneNumber, line)
	}
	to, rest, err = parseNumber(rest)
	if err != nil {
		return 0, 0, false, quoted(err, line)
	}
	if rest, _ = skip(rest, false); !atEnd(rest) {
		return 0, 0, false, quoted(cause(rest, errMore), line)
	}
	return from, to, false, nil
}

// parseNumber reads the digits that b begins with, up to what may follow them.
func parseNumber(b []byte) (n int64, rest []byte, err error) {
	i := 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		digit := int64(b[i] - '0')
		if n > (math.MaxInt64-digit)/10 {
			return 0, nil, errOverflow
		}
		n = 10*n + digit
	}
	if i == 0 || (i < len(b) && !isBlank(b[i]) && b[i] != ',' && !atEnd(b[i:])) {
		return 0, nil, cause(b[i:], errNoNumber)
	}
	return n, b[i:], nil
}

// cause says why b begins with nothing that may stand there; otherwise is for
// what has no name of its own.
func cause(b []byte, otherwise error) error {
	switch {
	case len(b) > 0 && b[0] == 0:
		return errNUL
	case len(b) > 0 && b[0] == ',':
		return errComma
	case len(b) > 1 && b[0] == '-' && isDigit(b[1]):
		return errNegative
	case len(b) > 0 && isDigit(b[0]):
		return otherwise
	}
	return errNoNumber
}

// skip passes blanks and, if it may, one comma among them.
func skip(b []byte, comma bool) (rest []byte, passed bool) {
	for len(b) > 0 {
		switch {
		case isBlank(b[0]):
		case comma && !passed && b[0] == ',':
			passed = true
		default:
			return b, passed
		}
		b = b[1:]
	}
	return b, passed
}

func atEnd(b []byte) bool { return len(b) == 0 || b[0] == '#' || b[0] == '%' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// quoted shows a line that is none, of a long one the beginning.
func quoted(why error, line []byte) error {
	const shown = 60
	for len(line) > 0 && isBlank(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	if len(line) > shown {
		return fmt.Errorf("%q… %w; %s", line[:shown], why, format)
	}
	return fmt.Errorf("%q %w; %s", line, why, format)
}
