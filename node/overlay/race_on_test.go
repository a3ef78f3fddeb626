//go:build race

package overlay

// Under the race detector a hundred nodes take some gigabytes and ten times as long.
const floodRuns = 1
