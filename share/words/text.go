package words

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// maxInner is how many changes between letters and digits a word may have to be
// found from inside. More of them mean a hash or a serial number, whose tails
// nobody searches and which would swell every index.
const maxInner = 3

// Text is a path taken apart into words. It keeps its memory between calls of
// Set, so one Text per goroutine matches any number of paths without garbage.
type Text struct {
	buf   []byte
	spans []span
	name  int // index of the first word of the last path component
	tags  int // index of the first word of the tags
	ext   int // where the extension begins in buf, or -1
	end   int // where the path ends in buf
}

// span is one word: buf[lo:hi].
type span struct {
	lo, hi int
	inner  [maxInner]int // absolute inner starts of a word that is not CJK
	inners int           // how many changes were seen, may exceed maxInner
	cjk    bool
	last   class // class of the rune before hi, joiners aside
	script class // of the letters so far, separator while there are none
}

// Set takes the words of a slash-separated path, its last component being the
// name. At most 4,096 bytes of each part are looked at.
func (t *Text) Set(path string) { t.SetDoc(path, "") }

// SetDoc takes the words of a path, and behind them those of its tags. No term
// reaches from the one into the other.
func (t *Text) SetDoc(path, tags string) {
	t.buf, t.spans = t.buf[:0], t.spans[:0]
	slash := strings.LastIndexByte(path, '/') + 1
	t.add(path[:slash])
	t.name = len(t.spans)
	nameAt := len(t.buf)
	t.add(path[slash:])
	t.ext = -1
	if dot := bytes.LastIndexByte(t.buf[nameAt:], '.'); dot >= 0 {
		t.ext = nameAt + dot + 1
	}
	t.tags, t.end = len(t.spans), len(t.buf)
	if tags != "" {
		t.add(tags)
	}
}

// Ext is what stands behind the last dot of the normalised name; ok is false
// where there is no dot. It is valid until the next Set.
func (t *Text) Ext() (ext []byte, ok bool) {
	if t.ext < 0 {
		return nil, false
	}
	return t.buf[t.ext:t.end], true
}

// Len is the number of words.
func (t *Text) Len() int { return len(t.spans) }

// NameStart is the index of the first word that belongs to the name.
func (t *Text) NameStart() int { return t.name }

// TagsStart is the index of the first word that belongs to the tags, and so of
// the first behind the name.
func (t *Text) TagsStart() int { return t.tags }

// NameWords counts the words of the name, those of its extension aside.
func (t *Text) NameWords() int {
	n := t.tags - t.name
	for n > 0 && t.ext >= 0 && t.spans[t.name+n-1].lo >= t.ext {
		n--
	}
	return n
}

func (t *Text) word(i int) []byte { return t.buf[t.spans[i].lo:t.spans[i].hi] }

func (t *Text) add(s string) {
	i := len(t.buf)
	t.buf = appendNormalised(t.buf, s)
	open := false
	for i < len(t.buf) {
		var c class
		n := 1
		if b := t.buf[i]; b < utf8.RuneSelf {
			c = asciiClasses[b]
		} else {
			var r rune
			r, n = utf8.DecodeRune(t.buf[i:])
			c = classOf(r)
		}
		switch {
		case c == separator:
			open = false
		case open && t.spans[len(t.spans)-1].accepts(c):
			t.spans[len(t.spans)-1].extend(i, n, c)
		default:
			open = true
			t.spans = append(t.spans, newSpan(i, n, c))
		}
		i += n
	}
}

func newSpan(at, n int, c class) span {
	w := span{lo: at, hi: at + n, cjk: c.isCJK(), last: c}
	if c >= firstScript {
		w.script = c
	}
	return w
}

// accepts says whether a rune of class c goes on with this word.
func (w *span) accepts(c class) bool {
	switch {
	case c == joiner:
		return true
	case c == digit:
		return !w.cjk
	}
	return w.script == c || w.script == separator && !c.isCJK()
}

func (w *span) extend(at, n int, c class) {
	w.hi = at + n
	if c == joiner {
		return
	}
	if (c == digit) != (w.last == digit) && w.last != joiner {
		if w.inners < maxInner {
			w.inner[w.inners] = at
		}
		w.inners++
	}
	w.last = c
	if c >= firstScript {
		w.script = c
	}
}

// starts are the inner starts of a word that is not CJK.
func (w *span) starts() []int {
	if w.inners > maxInner {
		return nil
	}
	return w.inner[:w.inners]
}

// Words gives the normalised words of a text in order, repeats included.
func Words(text string) []string {
	var t Text
	t.Set(text)
	out := make([]string, t.Len())
	for i := range out {
		out[i] = string(t.word(i))
	}
	return out
}

// Tokens gives what an index stores for a text, in order of appearance, each
// once: every word, the rest of it from each inner start, and for CJK words
// each bigram and the last character.
func Tokens(text string) []string { return Doc{Path: text}.Tokens() }

// Tokens gives what an index stores for a file, each once.
func (d Doc) Tokens() []string {
	var t Text
	t.SetDoc(d.Path, d.Tags)
	var out []string
	seen := make(map[string]bool)
	t.EachToken(func(_ int, token []byte) {
		if !seen[string(token)] {
			seen[string(token)] = true
			out = append(out, string(token))
		}
	})
	return out
}

// EachToken calls yield for every token of each word, repeats included. The
// bytes are only valid during the call.
func (t *Text) EachToken(yield func(word int, token []byte)) {
	for i := range t.spans {
		w := &t.spans[i]
		yield(i, t.buf[w.lo:w.hi])
		if w.cjk {
			eachBigram(t.buf[w.lo:w.hi], func(pair []byte) { yield(i, pair) })
			continue
		}
		for _, at := range w.starts() {
			yield(i, t.buf[at:w.hi])
		}
	}
}

// Whole says that a token of a word, as EachToken gave it, is all of the word.
func (t *Text) Whole(word int, token []byte) bool {
	return len(token) == t.spans[word].hi-t.spans[word].lo
}

// eachBigram yields the pairs of neighbouring characters of a CJK word and its
// last character, so that each character begins some token.
func eachBigram(word []byte, yield func([]byte)) {
	for len(word) > 0 {
		_, n := utf8.DecodeRune(word)
		_, m := utf8.DecodeRune(word[n:])
		yield(word[:n+m])
		word = word[n:]
	}
}
