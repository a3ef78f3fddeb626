package node

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"starling/share/content"
)

// Limits on what one request may name.
const (
	targetsMax  = 10_000 // after ranges are spelled out
	idPrefixMin = 6      // shorter hex words are too likely to be something else
)

// A target is one thing to get: a row of a search, a content id or the beginning of one, or a magnet link. Exactly one is set.
type target struct {
	search int // 0: the last search
	row    int // from 1
	prefix string
	magnet *content.Magnet
}

var (
	rowPattern = regexp.MustCompile(`^(?:[sS](\d{1,9})\.)?(\d{1,6})(?:-(\d{1,6}))?$`)
	hexPattern = regexp.MustCompile(`^[0-9a-fA-F]+$`)
)

// parseTargets reads the words after get: each word is a list of numbers and ranges ("1,3-5", "S2.3"), ids or a magnet link.
func parseTargets(words []string) ([]target, error) {
	var out []target
	for _, word := range words {
		if strings.HasPrefix(strings.ToLower(word), "magnet:") {
			magnet, err := content.ParseMagnet(word)
			if err != nil {
				return nil, usage("%v", err)
			}
			out = append(out, target{magnet: &magnet})
			continue
		}
		for part := range strings.SplitSeq(word, ",") {
			more, err := parseTarget(strings.TrimSpace(part))
			if err != nil {
				return nil, err
			}
			if out = append(out, more...); len(out) > targetsMax {
				return nil, usage("more than %d targets at once", targetsMax)
			}
		}
	}
	if len(out) == 0 {
		return nil, usage("nothing to get: name rows of a search (3, 1-4, S2.3), content ids or magnet links")
	}
	return out, nil
}

func parseTarget(word string) ([]target, error) {
	if m := rowPattern.FindStringSubmatch(word); m != nil {
		return rowTargets(m[1], m[2], m[3])
	}
	if hexPattern.MatchString(word) && len(word) >= idPrefixMin && len(word) <= 64 {
		return []target{{prefix: strings.ToLower(word)}}, nil
	}
	return nil, usage("%q names nothing to get: use rows of a search (3, 1-4, S2.3), content ids (%d digits or more of a known one) or magnet links", word, idPrefixMin)
}

func rowTargets(search, from, to string) ([]target, error) {
	s, _ := strconv.Atoi(search) // the pattern has left digits only, or nothing
	first, _ := strconv.Atoi(from)
	last := first
	if to != "" {
		last, _ = strconv.Atoi(to)
	}
	if first < 1 || last < first || last-first >= targetsMax {
		return nil, usage("rows are counted from 1 and ranges run upward: %s-%s is neither", from, to)
	}
	var out []target
	for n := first; n <= last; n++ {
		out = append(out, target{search: s, row: n})
	}
	return out, nil
}

// parseSearchName reads "S3" or "3"; "" means the last search.
func parseSearchName(name string) (int, error) {
	if name == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimLeft(name, "sS"))
	if err != nil || n < 1 {
		return 0, usage("%q names no search: they are called S1, S2 and so on", name)
	}
	return n, nil
}

// pickNumbers reads selectors of a list whose entries have the given numbers: numbers, ranges, "all", and words that byWord knows. It
// returns positions in the list, each once, in the order given.
func pickNumbers(selectors []string, numbers []int, byWord func(string) (int, error)) ([]int, error) {
	var out []int
	for _, selector := range selectors {
		for part := range strings.SplitSeq(selector, ",") {
			picked, err := pickOne(strings.TrimSpace(part), numbers, byWord)
			if err != nil {
				return nil, err
			}
			for _, i := range picked {
				if !slices.Contains(out, i) {
					out = append(out, i)
				}
			}
		}
	}
	return out, nil
}

// pickOne returns the positions that one selector names: at least one, but for "all" of an empty list.
func pickOne(word string, numbers []int, byWord func(string) (int, error)) ([]int, error) {
	m := rowPattern.FindStringSubmatch(word)
	if word != "all" && (m == nil || m[1] != "") {
		i, err := byWord(word)
		return []int{i}, err
	}
	first, last := 0, math.MaxInt
	if m != nil {
		first, _ = strconv.Atoi(m[2])
		last = first
		if m[3] != "" {
			last, _ = strconv.Atoi(m[3])
		}
	}
	var out []int
	for i, n := range numbers {
		if n >= first && n <= last {
			out = append(out, i)
		}
	}
	if len(out) == 0 && word != "all" {
		return nil, notFound("the list has no number %s", word)
	}
	return out, nil
}

// byPrefix finds the one of ids that begins with the word.
func byPrefix(what string, ids []string) func(string) (int, error) {
	return func(word string) (int, error) {
		found := -1
		if word == "" {
			return 0, usage("an empty word names no %s", what)
		}
		for i, id := range ids {
			if !strings.HasPrefix(id, word) {
				continue
			}
			if found >= 0 && ids[found] != id {
				return 0, usage("%q fits more than one %s: give more digits", word, what)
			}
			found = i
		}
		if found < 0 {
			return 0, notFound("no %s is called %q", what, word)
		}
		return found, nil
	}
}

func usage(format string, args ...any) *Problem {
	return &Problem{Code: CodeUsage, Message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *Problem {
	return &Problem{Code: CodeNotFound, Message: fmt.Sprintf(format, args...)}
}
