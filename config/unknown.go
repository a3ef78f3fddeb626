package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// unknownKeys returns an error that names every key of the file that is not in
// the table, with the nearest one that is.
func unknownKeys(table []key, path string, file map[string]any) error {
	var known, sections []string
	for _, k := range table {
		known = append(known, k.key)
		sections = append(sections, k.section())
	}
	var errs []error
	for _, name := range leaves("", file) {
		_, section := file[name].(map[string]any) // an empty one, or it were no leaf
		if !slices.Contains(known, name) && (!section || !slices.Contains(sections, name)) {
			errs = append(errs, fmt.Errorf("%s: unknown key %q%s", path, name, suggest(name, known)))
		}
	}
	return errors.Join(errs...)
}

// leaves lists the keys of everything in the file that is not a section, sorted.
func leaves(prefix string, section map[string]any) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(section)) {
		full := prefix + name
		if inner, ok := section[name].(map[string]any); ok && len(inner) > 0 {
			names = append(names, leaves(full+".", inner)...)
		} else {
			names = append(names, full)
		}
	}
	return names
}

// unknownVariables returns an error for variables that were meant for a key and
// miss it: those that begin like a section's, and near misses. Other STARLING_…
// variables may serve scripts and tests.
func unknownVariables(table []key, environ []string) error {
	known := []string{fileEnv}
	var sections []string
	for _, k := range table {
		known = append(known, k.env())
		if s := k.section(); s != "" {
			sections = append(sections, envPrefix+strings.ToUpper(s)+"_")
		}
	}
	var errs []error
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || slices.Contains(known, name) {
			continue
		}
		inSection := slices.ContainsFunc(sections, func(s string) bool { return strings.HasPrefix(name, s) })
		if _, miss := nearest(name, known); inSection || miss <= 2 {
			errs = append(errs, fmt.Errorf("environment: unknown variable %s%s", name, suggest(name, known)))
		}
	}
	return errors.Join(errs...)
}

// suggest adds the nearest known name to a complaint, where one is near.
func suggest(name string, known []string) string {
	if near, miss := nearest(name, known); miss <= max(2, len(name)/2) {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; 'starling config show' lists the known ones"
}

// nearest finds the known name that the fewest edits away from name.
func nearest(name string, known []string) (best string, miss int) {
	miss = len(name) + 1
	for _, candidate := range known {
		if d := Misspelt(name, candidate); d < miss {
			best, miss = candidate, d
		}
	}
	return best, miss
}

// Misspelt returns how many bytes of a name must be changed, put in or taken out
// to make it a key, whatever its case. Where only the section is wrong or missing
// it is 2 at most: the last part decides.
func Misspelt(name, key string) int {
	d := edits(strings.ToLower(name), strings.ToLower(key))
	if lastPart(name) == lastPart(key) {
		d = min(d, 2)
	}
	return d
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
