package words

import (
	"strings"
	"unicode/utf8"
)

// Doc is what an expression is matched against.
type Doc struct {
	Path      string // virtual path, slash-separated, the name last
	SizeBytes int64
	Type      Type
	ID        [32]byte
	Tags      string // what the file says of itself; its words count like those of folders
}

// Match is the reference: obvious, and what every index must agree with.
func (e Expr) Match(d Doc) bool {
	var t Text
	t.SetDoc(d.Path, d.Tags)
	return e.MatchText(&t, d)
}

// MatchText is Match for a caller who has already taken d apart into t by
// SetDoc.
func (e Expr) MatchText(t *Text, d Doc) bool {
	return !e.IsZero() && e.MatchFilters(d) && e.matchTerms(t)
}

func (e Expr) matchTerms(t *Text) bool {
	for _, term := range e.terms {
		if !term.in(t) {
			return false
		}
	}
	for _, term := range e.excluded {
		if term.in(t) {
			return false
		}
	}
	return true
}

// HasFilters says that MatchFilters may refuse something.
func (e Expr) HasFilters() bool {
	return e.size.set || e.id != nil || !e.types.empty() || !e.exts.empty()
}

// MatchFilters judges everything but words: ext:, type:, size: and id:.
func (e Expr) MatchFilters(d Doc) bool {
	if !e.size.contains(d.SizeBytes) || e.id != nil && *e.id != d.ID {
		return false
	}
	if !e.types.allows(func(t Type) bool { return d.Type == t }) {
		return false
	}
	if e.exts.empty() {
		return true
	}
	name := normalise(d.Path[strings.LastIndexByte(d.Path, '/')+1:])
	return e.exts.allows(func(ext string) bool { return strings.HasSuffix(name, "."+ext) })
}

func (f filter[T]) allows(is func(T) bool) bool {
	for _, v := range f.refuse {
		if is(v) {
			return false
		}
	}
	for _, v := range f.want {
		if is(v) {
			return true
		}
	}
	return len(f.want) == 0
}

// in says whether the term's words stand next to each other anywhere in the
// path, or anywhere in the tags.
func (term Term) in(t *Text) bool {
	return term.within(t, 0, t.tags) || term.within(t, t.tags, len(t.spans))
}

// within looks among the words of t from lo to before hi.
func (term Term) within(t *Text, lo, hi int) bool {
	for i := lo; i+len(term.Words) <= hi; i++ {
		if term.at(t, i) {
			return true
		}
	}
	return false
}

// at says whether the term's words are the words of t from number i on.
func (term Term) at(t *Text, i int) bool {
	last := len(term.Words) - 1
	for k := last; k > 0; k-- {
		w := &t.spans[i+k]
		if !fits(t.buf[w.lo:w.hi], term.Words[k], k == last && (w.cjk || !term.Exact)) {
			return false
		}
	}
	return term.firstAt(t, &t.spans[i])
}

// firstAt tries the places where the first word of the term may begin.
func (term Term) firstAt(t *Text, w *span) bool {
	prefix := len(term.Words) == 1 && (w.cjk || !term.Exact)
	word := t.buf[w.lo:w.hi]
	if fits(word, term.Words[0], prefix) {
		return true
	}
	if w.cjk {
		return insideCJK(word, term.Words[0], prefix)
	}
	if term.Exact {
		return false
	}
	for _, at := range w.starts() {
		if fits(t.buf[at:w.hi], term.Words[0], prefix) {
			return true
		}
	}
	return false
}

// insideCJK tries every character after the first as the beginning.
func insideCJK(word []byte, want string, prefix bool) bool {
	for len(word) > len(want) {
		_, n := utf8.DecodeRune(word)
		word = word[n:]
		if fits(word, want, prefix) {
			return true
		}
	}
	return false
}

func fits(word []byte, want string, prefix bool) bool {
	if prefix {
		return len(word) >= len(want) && string(word[:len(want)]) == want
	}
	return string(word) == want
}
