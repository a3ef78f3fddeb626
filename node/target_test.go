package node

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTargets(t *testing.T) {
	id := strings.Repeat("ab", 32)
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"3"}, "0.3"},
		{[]string{"1,3-5", "7"}, "0.1 0.3 0.4 0.5 0.7"},
		{[]string{"S2.3", "s12.1-2"}, "2.3 12.1 12.2"},
		{[]string{"abcdef"}, "abcdef"},
		{[]string{"1234567"}, "1234567"}, // seven digits are an id prefix
		{[]string{strings.ToUpper(id)}, id},
		{[]string{"magnet:?xt=urn:blake3:" + id + "&xl=5"}, "magnet " + id},
	} {
		got, err := parseTargets(c.words)
		if err != nil {
			t.Errorf("%q: %v", c.words, err)
			continue
		}
		if diff := cmp.Diff(c.want, describe(got)); diff != "" {
			t.Errorf("%q: %s", c.words, diff)
		}
	}
}

func describe(targets []target) string {
	var out []string
	for _, t := range targets {
		switch {
		case t.magnet != nil:
			out = append(out, "magnet "+t.magnet.ID.String())
		case t.prefix != "":
			out = append(out, t.prefix)
		default:
			out = append(out, fmt.Sprintf("%d.%d", t.search, t.row))
		}
	}
	return strings.Join(out, " ")
}

func TestParseTargetsRefuses(t *testing.T) {
	for _, words := range [][]string{{}, {""}, {"0"}, {"3-1"}, {"1,,2"}, {"abc"}, {"S2"}, {"S2.x"}, {"-1"}, {"1-99999", "1-99999"}, {"1-999999"},
		{"magnet:?xt=urn:btih:abc"}, {strings.Repeat("a", 65)}, {"../etc"}, {"daft punk"}} {
		got, err := parseTargets(words)
		var problem *Problem
		if !errors.As(err, &problem) || problem.Code != CodeUsage {
			t.Errorf("%q: %v, %v", words, got, err)
		}
	}
}

func TestPickNumbers(t *testing.T) {
	ids := []string{"aa11", "aa22", "bb33"}
	for _, c := range []struct {
		selectors []string
		want      []int
		code      Code
	}{
		{[]string{"all"}, []int{0, 1, 2}, ""},
		{[]string{"2", "1-2"}, []int{1, 0}, ""},
		{[]string{"7,1"}, []int{2, 0}, ""},
		{[]string{"2-9"}, []int{1, 2}, ""},
		{[]string{"bb"}, []int{2}, ""},
		{[]string{"aa"}, nil, CodeUsage},
		{[]string{"4"}, nil, CodeNotFound},
		{[]string{"3-6"}, nil, CodeNotFound},
		{[]string{"0"}, nil, CodeNotFound},
		{[]string{"cc"}, nil, CodeNotFound},
		{[]string{""}, nil, CodeUsage},
	} {
		got, err := pickNumbers(c.selectors, []int{1, 2, 7}, byPrefix("download", ids))
		var problem *Problem
		if errors.As(err, &problem); err != nil && problem.Code != c.code || err == nil && c.code != "" {
			t.Errorf("%q: %v", c.selectors, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" && c.code == "" {
			t.Errorf("%q: %s", c.selectors, diff)
		}
	}
}

func FuzzParseTargets(f *testing.F) {
	for _, seed := range []string{"3", "1,3-5", "S2.3", "abcdef", "magnet:?xt=urn:blake3:00", "1-9999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, word string) {
		targets, err := parseTargets([]string{word})
		if (err == nil) != (len(targets) > 0) || len(targets) > targetsMax {
			t.Errorf("%q: %d targets, %v", word, len(targets), err)
		}
	})
}
