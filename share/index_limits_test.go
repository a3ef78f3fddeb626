package share

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"starling/share/words"
)

// A search that wants few gives up on an expression that nearly fits very many
// files, instead of reading them all.
func TestSearchEffortIsBounded(t *testing.T) {
	limits := tuning{lightMin: 64, narrowMax: 16, effortMax: 40_000}
	ix := newTunedIndex(limits)
	var add []*record
	for i := range 6000 {
		add = append(add, nameRecord(fmt.Sprintf("the end of %06d the", i), int64(i)))
	}
	ix.apply(add, nil)
	for query, want := range map[string]int{
		`"of end"`: 0, `"end the"`: 0, "the of size:>1G": 0, "the -end": 0, "ext:mp3 the": 0, "size:>1G": 0,
		"the of -nothing": 10, `"the end of"`: 10, "th en o": 10, "size:<10": 10, "the 00123": 10,
	} {
		s := &scratch{tuning: limits}
		s.begin(mustParse(t, query), 10)
		v := &ix.current.Load().views[0]
		s.collect(v)
		if spent := limits.effortMax - s.effort; spent > limits.effortMax+2*costOfReading {
			t.Errorf("%s spends %d of %d", query, spent, limits.effortMax)
		}
		if got := len(ix.search(mustParse(t, query), 10)); got != want {
			t.Errorf("%s finds %d, not %d", query, got, want)
		}
	}
}

// Where only the text tells, or only whole words count, a search goes on until it
// has enough.
func TestSearchGoesOnWhereManyAreRefused(t *testing.T) {
	ix := newTunedIndex(tuning{lightMin: 64, narrowMax: 16, effortMax: 600_000})
	var add []*record
	for i := range 600 {
		add = append(add, nameRecord(fmt.Sprintf("a 7word %d b", i), 1), nameRecord(fmt.Sprintf("a b c a %d word", i), 1))
	}
	ix.apply(add, nil)
	for _, query := range []string{`"word"`, `"word" a`, `"c a"`, `word -"a 7word"`, `a -"7word"`, "c-a"} {
		if got := ix.search(mustParse(t, query), 30); len(got) != 30 {
			t.Errorf("%s finds %d", query, len(got))
		}
	}
}

// Words that stand in a name twice have no place by which a phrase is refused; the
// texts that are read for it are bounded by the effort.
func TestSearchReadsOnAndGivesUp(t *testing.T) {
	var add []*record
	for i := range 300 {
		add = append(add, nameRecord(fmt.Sprintf("p q x q p %d", i), 1))
	}
	for i := range 50 {
		add = append(add, nameRecord(fmt.Sprintf("p x and some other words %d", i), 1))
	}
	for effort, want := range map[int]int{600_000: 30, 60_000: 0} {
		ix := newTunedIndex(tuning{lightMin: 64, narrowMax: 16, effortMax: effort})
		ix.apply(slices.Clone(add), nil)
		if got := len(ix.search(mustParse(t, `"p x"`), 30)); got != want {
			t.Errorf("with effort %d %d are found, not %d", effort, got, want)
		}
		ix.apply(nil, add)
	}
}

// The places of words keep phrases from being looked for in texts.
func TestWordsApartAreNotRead(t *testing.T) {
	ix := newIndex()
	var add []*record
	for i := range 3000 {
		add = append(add, nameRecord(fmt.Sprintf("one/two middle %d three.txt", i), 1))
	}
	ix.apply(add, nil)
	v := &ix.current.Load().views[0]
	for query, reads := range map[string]bool{`"two three"`: false, `"one middle"`: false, "two-three": false, `"two middle"`: true, `"one two"`: true} {
		s := &scratch{tuning: defaultTuning}
		s.begin(mustParse(t, query), 10)
		s.collect(v)
		if read := len(s.found) > 0; read != reads || len(s.matches) > 0 != reads {
			t.Errorf("%s: %d candidates, %d matches", query, len(s.found), len(s.matches))
		}
	}
}

// Nothing is allocated for a search but what it gives, and the text of an ending.
func TestSearchMakesNoGarbage(t *testing.T) {
	limits := tuning{lightMin: 64, narrowMax: 256, effortMax: 600_000}
	ix, s := newTunedIndex(limits), &scratch{tuning: limits}
	var add []*record
	for i := range 4000 {
		add = append(add, nameRecord(fmt.Sprintf("folder%d/some file %d of many.txt", i%9, i), 1))
	}
	ix.apply(add, nil)
	views := ix.current.Load().views
	for _, query := range []string{"some", "17", "som fil", `"file 17"`, "file -many", "some ext:txt type:document", "size:>0", "fo 12 man", "nothing"} {
		e := mustParse(t, query)
		s.search(views, e, 20)
		if n := testing.AllocsPerRun(20, func() { s.search(views, e, 20) }); n > float64(1+len(e.Exts())) {
			t.Errorf("%s: %v allocations", query, n)
		}
	}
}

// Real libraries come in parts: the parts rank together.
func TestSegmentsRankTogether(t *testing.T) {
	m := newIndexModel()
	for _, path := range []string{"b/abbey road.mp3", "a/abbey road.mp3", "abbey road and more.mp3", "abbey road", "abbey road 2.mp3"} {
		m.apply([]*record{nameRecord(path, 1)}, nil)
		var many []*record
		for i := range 40 {
			many = append(many, nameRecord(fmt.Sprintf("%s/abbey %d road.txt", path, i), 1))
		}
		m.apply(many, nil)
	}
	if len(m.ix.current.Load().views) < 2 {
		t.Fatal("one segment")
	}
	m.check(t, mustParse(t, "abbey road"))
	var got []string
	for _, r := range m.ix.search(mustParse(t, "abbey road"), 5) {
		got = append(got, r.path)
	}
	want := []string{"a/abbey road.mp3", "b/abbey road.mp3", "abbey road", "abbey road 2.mp3", "abbey road and more.mp3"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestSizeCodesGrow(t *testing.T) {
	last := sizeCode(0)
	for _, n := range []int64{0, 1, 1023, 1024, 1025, 2047, 2048, 2050, 4095, 4096, 1e6, 1e6 + 1000, 1e9, 1e12, 1 << 62, 1<<63 - 1} {
		if code := sizeCodeOf(n); code < last || code == last && n > 0 && n < 1024 {
			t.Errorf("%d has code %d after %d", n, code, last)
		} else {
			last = code
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Min(0).Draw(t, "a"), rapid.Int64Min(0).Draw(t, "b")
		if a < b && sizeCodeOf(a) > sizeCodeOf(b) {
			t.Fatalf("%d has code %d, %d has %d", a, sizeCodeOf(a), b, sizeCodeOf(b))
		}
	})
}

func TestSizedWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.Int64Range(0, 2000), rapid.Int64Min(0))
		var records []*record
		for i := range rapid.IntRange(1, 130).Draw(t, "records") {
			records = append(records, nameRecord(fmt.Sprint(i), size.Draw(t, "size")))
		}
		s := newSegment(records, defaultTuning)
		least, most := sizeCodeOf(size.Draw(t, "least")), sizeCodeOf(size.Draw(t, "most"))
		for doc, r := range s.records {
			code := sizeCodeOf(r.stat.size)
			got := s.sizedWithin(doc/64, least, most)&(1<<(doc%64)) != 0
			if got != (least <= code && code <= most) || s.size(uint32(doc)) != code {
				t.Fatalf("%d, code %d, within %d to %d: %v", r.stat.size, code, least, most, got)
			}
		}
	})
}

func TestDictionaryFinds(t *testing.T) {
	letters := rapid.SampledFrom([]string{"a", "b", "ab", "abcdefgh", "日", "\x00", "z"})
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.Map(rapid.SliceOfN(letters, 1, 4), func(s []string) string { return strings.Join(s, "") })
		sorted := rapid.SliceOfN(word, 0, 400).Draw(t, "terms")
		slices.Sort(sorted)
		sorted = slices.Compact(sorted)
		d := newDictionary(sorted)
		text, prefix := word.Draw(t, "text"), rapid.Bool().Draw(t, "prefix")
		var want []string
		for _, term := range sorted {
			if term == text || prefix && strings.HasPrefix(term, text) {
				want = append(want, term)
			}
		}
		lo, hi := d.find(text, prefix)
		if !slices.Equal(sorted[lo:hi], want) {
			t.Fatalf("%q among %q: %q", text, sorted, sorted[lo:hi])
		}
	})
}

// Very many terms may begin alike.
func TestDictionaryFindsAmongLikeTerms(t *testing.T) {
	var sorted []string
	for i := range 500 {
		sorted = append(sorted, fmt.Sprintf("beginning%03d", i))
	}
	d := newDictionary(sorted)
	for i, term := range sorted {
		if lo, hi := d.find(term, false); lo != i || hi != i+1 {
			t.Errorf("%s is at %d to %d", term, lo, hi)
		}
	}
	if lo, hi := d.find("beginn", true); lo != 0 || hi != 500 {
		t.Errorf("they are from %d to %d", lo, hi)
	}
}

func TestDocSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20_000).Draw(t, "n")
		var d docSet
		for range 2 {
			d.begin(n)
			want := rapid.SliceOfN(rapid.Uint32Range(0, uint32(n-1)), 0, 50).Draw(t, "docs")
			if rapid.Bool().Draw(t, "flood") {
				d.flood()
			}
			for _, doc := range want {
				d.add(doc)
			}
			slices.Sort(want)
			want = slices.Compact(want)
			got := d.number(nil)
			if !slices.EqualFunc(got, want, func(c candidate, doc uint32) bool { return c.doc == doc }) {
				t.Fatalf("%v, not %v", got, want)
			}
			for i, doc := range want {
				if !d.has(doc) || d.rank(doc) != i {
					t.Fatalf("%d has rank %d, not %d", doc, d.rank(doc), i)
				}
			}
			got = slices.DeleteFunc(got, func(c candidate) bool { return c.doc%2 == 0 })
			d.renumber(got)
			for i, c := range got {
				if d.rank(c.doc) != i {
					t.Fatalf("%d has rank %d, not %d", c.doc, d.rank(c.doc), i)
				}
			}
			if d.clear(); slices.Max(d.words) > 0 || slices.Max(d.summary) > 0 {
				t.Fatal("something is left")
			}
		}
	})
}

// What marks say is ordered as what they say of.
func TestMarksKeepTheirOrder(t *testing.T) {
	marks := []mark{
		noMark, markOf(words.ElsewhereBegin, 0), markOf(words.ElsewhereWhole, 0), markOf(words.NameBegin, 30), markOf(words.NameBegin, 0),
		markOf(words.NameBegin, placeUnknown), markOf(words.NameWhole, 3), markOf(words.NameWhole, 2), markOf(words.NameWhole, placeUnknown),
	}
	if !slices.IsSortedFunc(marks, cmp.Compare) {
		t.Errorf("%v", marks)
	}
	if spot, known := markOf(words.NameWhole, 2).spot(); spot != (words.Place{Found: words.NameWhole, First: 2, Last: 2}) || !known {
		t.Errorf("%+v %v", spot, known)
	}
	if _, known := markOf(words.NameBegin, placeUnknown).spot(); known {
		t.Error("an unknown place is known")
	}
}
