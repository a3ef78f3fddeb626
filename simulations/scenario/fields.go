package scenario

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"starling/config"
)

// A field is one key with the place of its value in a Scenario.
type field struct {
	key    string
	value  reflect.Value
	bounds string // the tag in, "" where anything goes
}

// fields lists every key of s, in the order of the settings.
func (s *Scenario) fields() []field { return fieldsOf("", reflect.ValueOf(s).Elem()) }

func fieldsOf(prefix string, section reflect.Value) []field {
	var all []field
	for i := range section.NumField() {
		about := section.Type().Field(i)
		name := about.Tag.Get("toml")
		switch {
		case name == "":
		case about.Type.Kind() == reflect.Struct:
			all = append(all, fieldsOf(prefix+name+".", section.Field(i))...)
		default:
			all = append(all, field{prefix + name, section.Field(i), about.Tag.Get("in")})
		}
	}
	return all
}

// field finds a key.
func (s *Scenario) field(key string) (field, bool) {
	all := s.fields()
	i := slices.IndexFunc(all, func(f field) bool { return f.key == key })
	if i < 0 {
		return field{}, false
	}
	return all[i], true
}

// Keys lists the keys of every scenario, in the order of the settings.
func Keys() []string {
	var keys []string
	for _, f := range new(Scenario).fields() {
		keys = append(keys, f.key)
	}
	return keys
}

// sectionOf is the part of a key before the dot, "" for the keys above all
// sections.
func sectionOf(key string) string {
	if section, _, found := strings.Cut(key, "."); found {
		return section
	}
	return ""
}

// wanted says what a value must look like.
func (f field) wanted() string {
	list := map[reflect.Kind]string{
		reflect.Int:     "a list of whole numbers, such as [1, 2, 3]",
		reflect.Float64: "a list of numbers, such as [0.01, 0.1]",
		reflect.String:  `a list of texts, such as ["a", "b"]`,
	}
	switch kind := f.value.Kind(); kind {
	case reflect.Slice:
		return list[f.value.Type().Elem().Kind()]
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text in quotes"
	case reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// text is the value as a scenario file spells it.
func (f field) text() string { return spell(f.value) }

func spell(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return config.Quote(v.String())
	case reflect.Float64:
		return spellFloat(v.Float())
	case reflect.Slice:
		var members []string
		for i := range v.Len() {
			members = append(members, spell(v.Index(i)))
		}
		return "[" + strings.Join(members, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}

func spellFloat(x float64) string {
	if size := math.Abs(x); size != 0 && (size < 1e-9 || size >= 1e15) {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
