package words

import "unicode/utf8"

// Lookup is a condition an index can test: some token of the file equals Text
// or, when Prefix, begins with it.
type Lookup struct {
	Text   string
	Prefix bool
}

// Lookups gives conditions that every match of the terms fulfils. They are
// necessary, not sufficient: MatchText decides, unless Sufficient says that
// they are all there is to the terms.
func (e Expr) Lookups() []Lookup {
	var out []Lookup
	for _, t := range e.terms {
		out = t.AppendLookups(out)
	}
	return out
}

// AppendLookups appends the conditions of one term.
func (t Term) AppendLookups(out []Lookup) []Lookup {
	for k, w := range t.Words {
		out = appendLookups(out, w, k == len(t.Words)-1 && !t.Exact)
	}
	return out
}

// Single says that the term is one word with one lookup. A file that fulfils the
// lookup matches, of an exact term by a token that is a whole word; words of
// scripts without spaces are whole anywhere.
func (t Term) Single() bool {
	return len(t.Words) == 1 && !(isCJK(t.Words[0]) && utf8.RuneCountInString(t.Words[0]) > 2)
}

// Sufficient says that a file which fulfils Lookups and MatchFilters is a match.
func (e Expr) Sufficient() bool {
	for _, t := range e.terms {
		if t.Exact || !t.Single() {
			return false
		}
	}
	return len(e.excluded) == 0
}

// PrefixTerms gives the texts that some token of every match must begin with.
func (e Expr) PrefixTerms() []string {
	var out []string
	for _, l := range e.Lookups() {
		out = append(out, l.Text)
	}
	return out
}

// appendLookups asks for the bigrams of a CJK word that has more than one, as
// it may begin anywhere in a run.
func appendLookups(out []Lookup, word string, prefix bool) []Lookup {
	if !isCJK(word) {
		return append(out, Lookup{word, prefix})
	}
	if utf8.RuneCountInString(word) <= 2 {
		return append(out, Lookup{word, true})
	}
	eachBigram([]byte(word), func(pair []byte) {
		if utf8.RuneCount(pair) == 2 {
			out = append(out, Lookup{string(pair), false})
		}
	})
	return out
}

// Unspaced says that a word is of a script that puts no spaces between words, so
// that it is found anywhere in a run.
func Unspaced(word string) bool { return isCJK(word) }

func isCJK(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return classOf(r).isCJK()
}
