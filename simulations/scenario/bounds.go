package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// check holds the value against the bounds of its tag: numbers lo..hi or words
// a|b. Of a list it holds each member, and none may come twice.
func (f field) check() error {
	if f.value.Kind() != reflect.Slice {
		return f.checkOne(f.value)
	}
	var seen []string
	for i := range f.value.Len() {
		member := f.value.Index(i)
		if err := f.checkOne(member); err != nil {
			return err
		}
		if slices.Contains(seen, spell(member)) {
			return fmt.Errorf("%s = %s: %s is there twice", f.key, f.text(), spell(member))
		}
		seen = append(seen, spell(member))
	}
	return nil
}

func (f field) checkOne(v reflect.Value) error {
	switch {
	case f.bounds == "":
		return nil
	case v.Kind() == reflect.String:
		return f.checkWord(v.String())
	}
	lo, hi := numberBounds(f.bounds)
	var x float64
	switch v.Kind() {
	case reflect.Float64:
		x = v.Float()
	case reflect.Uint64:
		x = float64(v.Uint())
	default:
		x = float64(v.Int())
	}
	if x >= lo && x <= hi { // false for what is no number
		return nil
	}
	direction := "small"
	if x > hi {
		direction = "large"
	}
	return fmt.Errorf("%s = %s: %s is too %s; it can be %s to %s", f.key, f.text(), spell(v), direction, spellFloat(lo), spellFloat(hi))
}

func (f field) checkWord(word string) error {
	words := strings.Split(f.bounds, "|")
	if slices.Contains(words, word) {
		return nil
	}
	if word == "" {
		return fmt.Errorf("%s is missing; say one of %s", f.key, strings.Join(words, ", "))
	}
	meant := ""
	if near := nearest(word, words); len(near) > 0 {
		meant = "; did you mean " + orList(near) + "?"
	}
	return fmt.Errorf("%s = %s: there is no %q, only %s%s", f.key, f.text(), word, strings.Join(words, ", "), meant)
}

// numberBounds reads lo..hi. The tags are ours and a test reads them all, so that
// a mistake in one does not wait for a user.
func numberBounds(bounds string) (lo, hi float64) {
	low, high, _ := strings.Cut(bounds, "..")
	lo, errLow := strconv.ParseFloat(low, 64)
	hi, errHigh := strconv.ParseFloat(high, 64)
	if errLow != nil || errHigh != nil {
		panic("scenario: bad bounds in a tag: " + bounds)
	}
	return lo, hi
}
