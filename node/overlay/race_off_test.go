//go:build !race

package overlay

const floodRuns = 5
