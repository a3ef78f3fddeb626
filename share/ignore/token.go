package ignore

import "strings"

type tokenKind uint8

const (
	literal tokenKind = iota // this byte
	one                      // any byte
	star                     // any number of bytes
	class                    // a byte of the set
)

// A token is what a pattern asks of the next bytes of a name.
type token struct {
	kind tokenKind
	char byte
	set  *set
}

func (t token) is(c byte) bool { return t.kind == literal && t.char == c }

func (t token) takes(c byte) bool {
	switch t.kind {
	case literal:
		return t.char == c
	case class:
		return t.set.has(c)
	}
	return true
}

// tokenise reads a pattern, and says why it could never match.
func tokenise(text string, fold bool) (tokens []token, why string) {
	for text != "" {
		c := text[0]
		text = text[1:]
		t := token{char: c}
		switch c {
		case '?':
			t.kind = one
		case '*':
			t.kind = star
		case '[':
			t.kind = class
			if t.set, text, why = readClass(text, fold); why != "" {
				return nil, why
			}
		case '\\':
			if text == "" {
				return nil, "it ends in a backslash that nothing follows"
			}
			t.char, text = text[0], text[1:]
		}
		if fold {
			t.char = lower(t.char)
		}
		tokens = append(tokens, t)
	}
	return tokens, ""
}

// matchTokens goes through the name once for each star at worst: where it fails
// the last star takes one byte more, and the stars before it are settled.
func matchTokens(tokens []token, name string, fold bool) bool {
	at, back, from := 0, -1, 0
	for i := 0; i < len(name); {
		c := name[i]
		if fold {
			c = lower(c)
		}
		switch {
		case at < len(tokens) && tokens[at].kind == star:
			at++
			back, from = at, i
		case at < len(tokens) && tokens[at].takes(c):
			at++
			i++
		case back >= 0:
			from++
			at, i = back, from
		default:
			return false
		}
	}
	for at < len(tokens) && tokens[at].kind == star {
		at++
	}
	return at == len(tokens)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// A set is some of the 256 bytes.
type set [4]uint64

func (s *set) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *set) has(c byte) bool { return s[c>>6]>>(c&63)&1 == 1 }

func (s *set) addRange(from, to byte) {
	for c := int(from); c <= int(to); c++ {
		s.add(byte(c))
	}
}

// foldLetters makes the set take a letter when it takes its other case.
func (s *set) foldLetters() {
	for c := byte('a'); c <= 'z'; c++ {
		if upper := c - 'a' + 'A'; s.has(c) || s.has(upper) {
			s.add(c)
			s.add(upper)
		}
	}
}

// readClass reads what follows a [, up to its ].
func readClass(text string, fold bool) (s *set, rest string, why string) {
	const open = "it has a [ that no ] ends"
	s = new(set)
	negated := text != "" && (text[0] == '!' || text[0] == '^')
	if negated {
		text = text[1:]
	}
	from := 0 // where a range would begin; 0 is nowhere
	for first := true; ; first = false {
		if text == "" {
			return nil, "", open
		}
		c := text[0]
		if c == ']' && !first {
			break
		}
		text = text[1:]
		switch {
		case c == '-' && from != 0 && text != "" && text[0] != ']':
			to, after, ok := classChar(text)
			if !ok {
				return nil, "", open
			}
			s.addRange(byte(from), to)
			from, text = 0, after
		case c == '[' && strings.HasPrefix(text, ":"):
			name, after, ok := strings.Cut(text[1:], "]")
			if !ok {
				return nil, "", open
			}
			if name, ok = strings.CutSuffix(name, ":"); !ok {
				s.add('[')
				from = '['
				continue
			}
			if !s.addNamed(name) {
				return nil, "", "it has a class of letters that does not exist"
			}
			from, text = 0, after
		default:
			if c == '\\' {
				if text == "" {
					return nil, "", open
				}
				c, text = text[0], text[1:]
			}
			s.add(c)
			from = int(c)
		}
	}
	if fold {
		s.foldLetters()
	}
	if negated {
		for i := range s {
			s[i] = ^s[i]
		}
	}
	return s, text[1:], ""
}

// classChar is the end of a range, which may stand behind a backslash.
func classChar(text string) (c byte, rest string, ok bool) {
	if text[0] == '\\' {
		if text = text[1:]; text == "" {
			return 0, "", false
		}
	}
	return text[0], text[1:], true
}

// addNamed adds the bytes of a POSIX class, ASCII only, as git does.
func (s *set) addNamed(name string) bool {
	ranges, ok := namedClasses[name]
	for i := 0; i < len(ranges); i += 2 {
		s.addRange(ranges[i], ranges[i+1])
	}
	return ok
}

// namedClasses holds pairs of first and last byte.
var namedClasses = map[string]string{
	"alnum": "09AZaz", "alpha": "AZaz", "blank": "  \t\t", "cntrl": "\x00\x1f\x7f\x7f", "digit": "09", "graph": "!~", "lower": "az",
	"print": " ~", "punct": "!/:@[`{~", "space": "  \t\n\r\r", "upper": "AZ", "xdigit": "09AFaf",
}
