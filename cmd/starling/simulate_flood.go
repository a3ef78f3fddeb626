package main

import (
	"slices"
	"strconv"
	"strings"

	"starling/simulations/scenario"
)

// floodFlags are the flags that measure floods alone.
var floodFlags = []string{"sources", "ttl", "duplicates", "csv"}

// alone says whether floods alone are to be measured.
func (f *simulateFlags) alone() bool {
	return f.flags != nil && slices.ContainsFunc(floodFlags, f.flags.Changed) // report has none of them
}

// floodSettings makes settings of the flags for floods: where from, key, value.
func (f *simulateFlags) floodSettings(s *scenario.Scenario) ([][3]string, error) {
	var settings [][3]string
	for _, flag := range floodFlags {
		if !f.flags.Changed(flag) {
			continue
		}
		if s.Kind != "coverage" {
			return nil, usageError("--%s is for the scenario flood and others of kind coverage; %s is of kind %s (--set changes its settings)", flag, s.Name, s.Kind)
		}
		switch flag {
		case "sources":
			settings = append(settings, sourceSettings(f.sources)...)
		case "ttl":
			ttls, err := parseTTLs(f.ttl)
			if err != nil {
				return nil, err
			}
			settings = append(settings, [3]string{"--ttl", "search.ttl", ttls})
		case "duplicates":
			if strings.Contains(f.duplicates, ",") {
				return nil, usageError("--duplicates %s: one rule at a time, drop-all or larger-ttl", f.duplicates)
			}
			settings = append(settings, [3]string{"--duplicates", "search.duplicates", f.duplicates})
		}
	}
	return settings, nil
}

// sourceSettings tells a number from a file.
func sourceSettings(text string) [][3]string {
	count, file := "0", text
	if strings.Trim(text, "0123456789") == "" {
		count, file = text, ""
	}
	return [][3]string{{"--sources", "search.sources", count}, {"--sources", "search.sources_file", file}}
}

// ttlSpanMax bounds what a range may name before the scenario checks it.
const ttlSpanMax = 255

// parseTTLs reads 1-8, 3 or 1,3,5 and lists each TTL once, ascending.
func parseTTLs(text string) (string, error) {
	var ttls []int
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, errFrom := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
		to, errTo := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
		if errFrom != nil || errTo != nil || from > to || to > ttlSpanMax {
			return "", usageError("--ttl %s: write TTLs from 1 to 30 as 1-8, 3 or 1,3,5", text)
		}
		for ttl := from; ttl <= to; ttl++ {
			ttls = append(ttls, int(ttl))
		}
	}
	slices.Sort(ttls)
	var words []string
	for _, ttl := range slices.Compact(ttls) {
		words = append(words, strconv.Itoa(ttl))
	}
	return strings.Join(words, ","), nil
}
