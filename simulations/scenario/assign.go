package scenario

import (
	"fmt"
	"math"
	"reflect"
	"unicode/utf8"
)

// membersMax bounds a list; no experiment has use for more.
const membersMax = 1000

// assign stores what a TOML decoder gave for the field: int64, float64, string,
// bool, or []any of these. A whole number will do for a number.
func (f field) assign(raw any) error {
	v, err := convert(raw, f.value.Type())
	if err != nil {
		return fmt.Errorf("%s: %w; %s is wanted", f.key, err, f.wanted())
	}
	f.value.Set(v)
	return nil
}

func convert(raw any, to reflect.Type) (reflect.Value, error) {
	v := reflect.New(to).Elem()
	switch to.Kind() {
	case reflect.Slice:
		return convertList(raw, to)
	case reflect.Bool:
		if yes, ok := raw.(bool); ok {
			v.SetBool(yes)
			return v, nil
		}
	case reflect.String:
		if text, ok := raw.(string); ok && utf8.ValidString(text) {
			v.SetString(text)
			return v, nil
		}
	case reflect.Float64:
		if x, ok := asFloat(raw); ok {
			v.SetFloat(x)
			return v, nil
		}
	case reflect.Uint64:
		if n, ok := raw.(int64); ok && n >= 0 {
			v.SetUint(uint64(n))
			return v, nil
		}
	default:
		if n, ok := raw.(int64); ok && !v.OverflowInt(n) {
			v.SetInt(n)
			return v, nil
		}
	}
	return v, fmt.Errorf("%s does not fit", show(raw))
}

// asFloat takes what is a number and not infinite.
func asFloat(raw any) (float64, bool) {
	switch x := raw.(type) {
	case float64:
		return x + 0, !math.IsNaN(x) && !math.IsInf(x, 0) // + 0: no negative zero
	case int64:
		return float64(x), true
	}
	return 0, false
}

func convertList(raw any, to reflect.Type) (reflect.Value, error) {
	members, ok := raw.([]any)
	if !ok {
		return reflect.Value{}, fmt.Errorf("%s is no list", show(raw))
	}
	if len(members) > membersMax {
		return reflect.Value{}, fmt.Errorf("a list of %d is too long (at most %d)", len(members), membersMax)
	}
	list := reflect.MakeSlice(to, 0, len(members))
	for _, member := range members {
		v, err := convert(member, to.Elem())
		if err != nil {
			return list, err
		}
		list = reflect.Append(list, v)
	}
	return list, nil
}

// showMax bounds how much of a wrong value an error repeats.
const showMax = 60

// show repeats a wrong value in an error, not all of a long one.
func show(raw any) string {
	text := fmt.Sprint(raw)
	switch raw := raw.(type) {
	case string:
		text = fmt.Sprintf("%q", raw)
	case map[string]any:
		return "a section"
	}
	if runes := []rune(text); len(runes) > showMax {
		return string(runes[:showMax]) + "…"
	}
	return text
}
