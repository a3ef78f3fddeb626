package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// unknownKey says that nothing has that name, and what may be meant.
func unknownKey(name string) error {
	if len(name) > showMax {
		return fmt.Errorf("unknown key %s; known are %s and others", show(name), strings.Join(Keys()[:4], ", "))
	}
	near := nearest(name, Keys())
	if len(near) == 0 {
		return fmt.Errorf("unknown key %q; %s", name, othersOf(name))
	}
	return fmt.Errorf("unknown key %q; did you mean %s?", name, orList(near))
}

// othersOf lists the keys beside a name that resembles none.
func othersOf(name string) string {
	var beside, sections []string
	for _, key := range Keys() {
		section := sectionOf(key)
		if section == sectionOf(name) {
			beside = append(beside, key)
		}
		if section != "" && !slices.Contains(sections, section) {
			sections = append(sections, section)
		}
	}
	if sectionOf(name) != "" && len(beside) == 0 {
		return "the sections are " + strings.Join(sections, ", ")
	}
	return "known are " + strings.Join(beside, ", ")
}

func orList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, " or ")
}

// nearest finds the known names, three at most, that the fewest edits away from
// name, where so few that a slip is likely. Where only the section is wrong or
// missing, the last part decides.
func nearest(name string, known []string) []string {
	best, limit := []string(nil), max(2, len(name)/3)
	for _, candidate := range known {
		miss := edits(strings.ToLower(name), candidate)
		if lastPart(name) == lastPart(candidate) {
			miss = min(miss, 2)
		}
		if miss < limit {
			best, limit = nil, miss
		}
		if miss == limit && len(best) < 3 {
			best = append(best, candidate)
		}
	}
	return best
}

func lastPart(key string) string { return strings.ToLower(key[strings.LastIndexByte(key, '.')+1:]) }

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
