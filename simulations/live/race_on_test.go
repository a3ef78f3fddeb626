//go:build race

package live

// virtualNodes is the size of a virtual world: under the race detector every node
// costs about ten times as much.
const virtualNodes = 24

// churnNodes is the size of a virtual world whose mesh makes itself.
const churnNodes = 20
