package scenario

import (
	"fmt"
	"slices"
	"strings"

	"starling/config"
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
// name, where so few that a slip is likely.
func nearest(name string, known []string) []string {
	best, limit := []string(nil), max(2, len(name)/3)
	for _, candidate := range known {
		miss := config.Misspelt(name, candidate)
		if miss < limit {
			best, limit = nil, miss
		}
		if miss == limit && len(best) < 3 {
			best = append(best, candidate)
		}
	}
	return best
}
