//go:build race

package overlay_test

// everySample thins out the malformed messages: the race detector takes ten
// times as long over each.
const everySample = 5
