package words

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on an expression. They bound what a stranger's query costs to parse,
// to carry and to match.
const (
	MaxExprBytes = 256 // also of the canonical form
	MaxTerms     = 16  // words, phrases, exclusions and filters together
	maxExtBytes  = 32
)

// SyntaxError says where an expression is wrong, why, and what to try.
type SyntaxError struct {
	Pos    int    // byte offset into the expression
	Column int    // the same counted in characters, the first being 1
	Reason string // why, and what to try
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("query expression, at character %d: %s", e.Column, e.Reason)
}

// Parse reads a query expression; the package documentation has the grammar.
// Parts without a letter or digit, such as the dash in "artist - title", ask for
// nothing and are passed over. Every error is a *SyntaxError.
func Parse(s string) (Expr, error) {
	p := parser{in: s}
	switch {
	case len(s) > MaxExprBytes:
		p.fail(cut(s, MaxExprBytes), fmt.Sprintf("longer than %d bytes; use fewer words", MaxExprBytes))
	case !utf8.ValidString(s):
		p.fail(invalidAt(s), "not valid UTF-8 text; type the word anew, or leave it out")
	default:
		for p.next() {
		}
	}
	return p.finish()
}

func invalidAt(s string) int {
	for i, r := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && n == 1 {
			return i
		}
	}
	return len(s)
}

type parser struct {
	in   string
	pos  int
	expr Expr
	err  *SyntaxError
}

// next reads one part; false at the end or on an error.
func (p *parser) next() bool {
	p.pos += len(p.in[p.pos:]) - len(strings.TrimLeftFunc(p.in[p.pos:], unicode.IsSpace))
	if p.pos == len(p.in) || p.err != nil {
		return false
	}
	start := p.pos
	not := p.in[p.pos] == '-'
	if not {
		p.pos++
	}
	if n := quoteLen(p.in[p.pos:]); n > 0 {
		p.phrase(start, n, not)
	} else {
		p.bare(start, not)
	}
	if p.err == nil && p.expr.count() > MaxTerms {
		p.fail(start, fmt.Sprintf("more than %d parts; use fewer words", MaxTerms))
	}
	return p.err == nil
}

// quoteLen is the length of a straight or typographic double quote at the
// beginning of s, else 0.
func quoteLen(s string) int {
	for _, q := range [...]string{`"`, "“", "”", "„"} {
		if strings.HasPrefix(s, q) {
			return len(q)
		}
	}
	return 0
}

func (p *parser) fail(pos int, reason string) {
	p.err = &SyntaxError{Pos: pos, Column: utf8.RuneCountInString(p.in[:pos]) + 1, Reason: reason}
}

func (p *parser) phrase(start, quote int, not bool) {
	p.pos += quote
	end := strings.IndexAny(p.in[p.pos:], `"“”„`)
	if end < 0 {
		p.fail(start, `the quote is not closed; add a " behind the phrase`)
		return
	}
	text := p.in[p.pos : p.pos+end]
	p.pos += end + quoteLen(p.in[p.pos+end:])
	p.addTerm(Words(text), true, not)
}

// bare reads up to the next space or quote: a filter or plain words.
func (p *parser) bare(start int, not bool) {
	end := strings.IndexFunc(p.in[p.pos:], func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`"“”„`, r)
	})
	if end < 0 {
		end = len(p.in) - p.pos
	}
	text := p.in[p.pos : p.pos+end]
	p.pos += end
	if key, value, ok := strings.Cut(text, ":"); ok && p.filter(start, strings.ToLower(key), value, not) {
		return
	}
	p.addTerm(Words(text), false, not)
}

func (p *parser) addTerm(words []string, exact, not bool) {
	list := &p.expr.terms
	if not {
		list = &p.expr.excluded
	}
	t := Term{Words: words, Exact: exact || not}
	if len(words) == 0 || slices.ContainsFunc(*list, t.equal) {
		return
	}
	*list = append(*list, t)
}

// filter handles key:value; false when key is no filter, so that the text is
// taken as words.
func (p *parser) filter(start int, key, value string, not bool) bool {
	switch key {
	case "ext":
		p.addExt(start, value, not)
	case "type":
		p.addType(start, value, not)
	case "size", "id":
		switch {
		case not && key == "size":
			p.fail(start, "size: cannot be left out with a minus; turn the comparison round, such as size:<1M for -size:>=1M")
		case not:
			p.fail(start, "id: cannot be left out with a minus; use -word to leave out names")
		case key == "size":
			p.addSize(start, value)
		default:
			p.addID(start, value)
		}
	default:
		return false
	}
	return true
}

func (p *parser) addExt(start int, value string, not bool) {
	ext := normalise(strings.TrimPrefix(value, "."))
	for _, r := range ext {
		if classOf(r) == separator && !strings.ContainsRune("._+-", r) {
			p.fail(start, "an extension is letters and digits, one for each ext:, such as ext:iso ext:img")
			return
		}
	}
	if ext == "" || ext[0] == '.' || len(ext) > maxExtBytes {
		p.fail(start, fmt.Sprintf("ext: wants 1 to %d bytes, such as ext:iso or ext:tar.gz", maxExtBytes))
		return
	}
	p.expr.exts.add(ext, not)
}

func (p *parser) addType(start int, value string, not bool) {
	t, err := ParseType(value)
	if err != nil {
		p.fail(start, err.Error())
		return
	}
	p.expr.types.add(t, not)
}

func (f *filter[T]) add(v T, not bool) {
	list := &f.want
	if not {
		list = &f.refuse
	}
	if !slices.Contains(*list, v) {
		*list = append(*list, v)
	}
}

func (p *parser) addSize(start int, value string) {
	s, err := parseSizes(value)
	if err != nil {
		p.fail(start, err.Error())
		return
	}
	p.expr.size = p.expr.size.and(s)
	if p.expr.size.min > p.expr.size.max {
		p.fail(start, "no file can have such a size; check the size: filters against each other")
	}
}

func (p *parser) addID(start int, value string) {
	raw, err := hex.DecodeString(value)
	if err != nil || len(raw) != 32 {
		p.fail(start, "id: wants 64 hexadecimal digits; try what b3sum prints for the file")
		return
	}
	id := [32]byte(raw)
	if p.expr.id != nil && *p.expr.id != id {
		p.fail(start, "a file has one id only; search for the other one by itself")
		return
	}
	p.expr.id = &id
}

// count is the number of parts the canonical form has.
func (e Expr) count() int {
	n := len(e.terms) + len(e.excluded) + len(e.exts.want) + len(e.exts.refuse) + len(e.types.want) + len(e.types.refuse)
	if e.size.set {
		n++
	}
	if e.id != nil {
		n++
	}
	return n
}

func (p *parser) finish() (Expr, error) {
	switch {
	case p.err != nil:
	case p.expr.count() == 0:
		p.fail(0, "no words to search for; give at least one word with a letter or digit")
	case p.expr.IsZero():
		p.fail(0, "only exclusions; say also what to look for, such as a word or type:video")
	case len(p.expr.String()) > MaxExprBytes:
		p.fail(0, fmt.Sprintf("longer than %d bytes once it is normalised; use fewer words", MaxExprBytes))
	}
	if p.err != nil {
		return Expr{}, p.err
	}
	return p.expr, nil
}
