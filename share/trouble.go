package share

import "strings"

// Trouble is the Problem without what it says of damaged files, which are told of
// for the fetched ones as well.
func (r Root) Trouble() string {
	return strings.TrimSuffix(strings.TrimSuffix(r.Problem, damageText(r.Damaged)), "; ")
}
