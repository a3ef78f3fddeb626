//go:build !race

package live

// virtualNodes is the size of a virtual world. STARLING_LIVE_NODES overrules it.
const virtualNodes = 100

// churnNodes is the size of a virtual world whose mesh makes itself.
const churnNodes = 60
