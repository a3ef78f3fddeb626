package content_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"starling/share/content"
)

// A Bitset against the plainest model of one: a slice of bools.
func TestBitsetAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "bits")
		s, model := content.NewBitset(n), make([]bool, n)
		index := rapid.IntRange(0, max(n-1, 0))
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				if n > 0 {
					i := index.Draw(t, "i")
					s.Set(i)
					model[i] = true
				}
			},
			"clear": func(t *rapid.T) {
				if n > 0 {
					i := index.Draw(t, "i")
					s.Clear(i)
					model[i] = false
				}
			},
			"set all": func(*rapid.T) {
				s.SetAll()
				for i := range model {
					model[i] = true
				}
			},
			"bytes and back": func(t *rapid.T) {
				back, err := content.FromBytes(n, s.Bytes())
				if err != nil || !back.Equal(s) {
					t.Fatalf("%x came back otherwise: %v", s.Bytes(), err)
				}
			},
			"": func(t *rapid.T) { compare(t, s, model) },
		})
	})
}

func compare(t *rapid.T, s content.Bitset, model []bool) {
	held := []int{}
	for i, has := range model {
		if s.Has(i) != has {
			t.Fatalf("bit %d: %v", i, s.Has(i))
		}
		if has {
			held = append(held, i)
		}
	}
	if s.Len() != len(model) || s.Count() != len(held) || s.Complete() != (len(held) == len(model)) {
		t.Fatalf("%d of %d, complete %v", s.Count(), s.Len(), s.Complete())
	}
	if got := slices.AppendSeq([]int{}, s.All()); !slices.Equal(got, held) {
		t.Fatalf("All gives %v, want %v", got, held)
	}
	from := rapid.IntRange(-2, len(model)+70).Draw(t, "from")
	if got, want := s.NextSet(from), next(model, from, true); got != want {
		t.Fatalf("NextSet(%d) = %d, want %d", from, got, want)
	}
	if got, want := s.NextMissing(from), next(model, from, false); got != want {
		t.Fatalf("NextMissing(%d) = %d, want %d", from, got, want)
	}
}

func next(model []bool, from int, want bool) int {
	for i := max(from, 0); i < len(model); i++ {
		if model[i] == want {
			return i
		}
	}
	return -1
}

func TestNextMissingIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mine, have := drawBitset(t, "mine"), drawBitset(t, "have")
		from := rapid.IntRange(-1, 200).Draw(t, "from")
		want := -1
		for i := max(from, 0); i < mine.Len() && want < 0; i++ {
			if have.Has(i) && !mine.Has(i) {
				want = i
			}
		}
		if got := mine.NextMissingIn(have, from); got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	})
}

func drawBitset(t *rapid.T, label string) content.Bitset {
	n := rapid.IntRange(0, 150).Draw(t, label)
	s := content.NewBitset(n)
	for _, i := range rapid.SliceOf(rapid.IntRange(0, max(n-1, 0))).Draw(t, label+" bits") {
		if n > 0 {
			s.Set(i)
		}
	}
	return s
}

// The order of the bits is on the wire and on disk.
func TestBitsetBytesAreFrozen(t *testing.T) {
	s := content.NewBitset(19)
	for _, i := range []int{0, 3, 8, 18} {
		s.Set(i)
	}
	if want := []byte{0b0000_1001, 0b0000_0001, 0b0000_0100}; !bytes.Equal(s.Bytes(), want) {
		t.Errorf("%08b, want %08b", s.Bytes(), want)
	}
}

func TestFromBytesRefuses(t *testing.T) {
	for _, c := range []struct {
		n int
		b []byte
	}{
		{-1, nil}, {-8, []byte{}}, {0, []byte{0}}, {1, nil}, {8, []byte{1, 0}}, {9, []byte{1}},
		{1, []byte{2}}, {7, []byte{0x80}}, {9, []byte{0, 2}}, {65, append(make([]byte, 8), 2)},
		{1 << 40, []byte{1}},
	} {
		if _, err := content.FromBytes(c.n, c.b); !errors.Is(err, content.ErrBadBitset) {
			t.Errorf("%d bits from %x: %v", c.n, c.b, err)
		}
	}
}

func TestBitsetOutOfBounds(t *testing.T) {
	s := content.NewBitset(70)
	s.SetAll()
	for _, i := range []int{-1, 70, 127, 1 << 30} {
		if s.Has(i) {
			t.Errorf("has bit %d", i)
		}
		for name, touch := range map[string]func(int){"Set": s.Set, "Clear": s.Clear} {
			if !panics(func() { touch(i) }) {
				t.Errorf("%s(%d) passed silently", name, i)
			}
		}
	}
	if s.Count() != 70 {
		t.Errorf("%d bits", s.Count())
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func TestCloneIsIndependent(t *testing.T) {
	s := content.NewBitset(3)
	c := s.Clone()
	c.Set(1)
	if s.Has(1) || !c.Has(1) || s.Equal(c) {
		t.Error("the clone shares bits")
	}
	if s.Equal(content.NewBitset(4)) {
		t.Error("sets of 3 and 4 are equal")
	}
}

func FuzzFromBytes(f *testing.F) {
	f.Add(19, []byte{9, 1, 4})
	f.Add(0, []byte{})
	f.Add(64, bytes.Repeat([]byte{255}, 8))
	f.Fuzz(func(t *testing.T, n int, b []byte) {
		s, err := content.FromBytes(n, b)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Bytes(), b) || s.Len() != n {
			t.Errorf("%d bits %x came back as %d bits %x", n, b, s.Len(), s.Bytes())
		}
		if count := len(slices.Collect(s.All())); count != s.Count() {
			t.Errorf("All gives %d of %d", count, s.Count())
		}
	})
}

// What two sets share, against a walk over one of them.
func TestBitsetsTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) content.Bitset {
			s := content.NewBitset(rapid.IntRange(0, 150).Draw(t, name))
			for i := range s.Len() {
				if rapid.Bool().Draw(t, "set") {
					s.Set(i)
				}
			}
			return s
		}
		a, b := draw("a"), draw("b")
		var both []int
		for i := range a.All() {
			if b.Has(i) {
				both = append(both, i)
			}
		}
		if got := a.CountIn(b); got != len(both) {
			t.Fatalf("%d in both, %d are", got, len(both))
		}
		next := -1
		for n, want := range append(both, -1) {
			if got := a.NthIn(b, n); got != want {
				t.Fatalf("the %d-th is %d, not %d", n, got, want)
			}
			if next = a.NextSetIn(b, next+1); next != want {
				t.Fatalf("%d comes next, not %d", next, want)
			}
		}
	})
}
