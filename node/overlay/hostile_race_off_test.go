//go:build !race

package overlay_test

const everySample = 1
