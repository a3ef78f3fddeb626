package main

import "strings"

// shield marks a word of a search that begins with a dash, so that flag parsing passes it over. No argument can hold a zero byte.
const shield = "\x00"

// shieldExclusions lets "starling search live -bootleg" mean what it says: after the word search, everything with one dash that is no flag
// of ours is a word to exclude.
func shieldExclusions(args []string) []string {
	out := make([]string, len(args))
	copy(out, args)
	inSearch := false
	for i, arg := range out {
		if arg == "--" {
			break
		}
		if inSearch && isExclusion(arg) {
			out[i] = shield + arg
		}
		inSearch = inSearch || arg == "search"
	}
	return out
}

func isExclusion(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && arg[1] != '-' && arg != "-h" && strings.Trim(arg, "v") != "-"
}
