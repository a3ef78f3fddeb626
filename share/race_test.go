//go:build race

package share

// underRace says that the race detector slows everything down.
const underRace = true
