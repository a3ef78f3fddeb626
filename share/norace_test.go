//go:build !race

package share

const underRace = false
