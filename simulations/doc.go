// Package simulations is where Starling is tried out beyond its unit tests: in
// worlds of many nodes, and against nodes that do not play by the rules.
//
//	whole nodes on loopback ◄──TCP, TLS, yamux──► hostile.Peer (lies, floods, garbage)
//	        │                                          │
//	        └── what they show, keep, send on          └── what came back: byes, resets
//
// Terms. A world is a set of nodes and what links them. A live world runs whole
// nodes with real connections. A hostile peer is a node written for tests: it
// speaks every protocol as it should until it is told to break it.
//
// Goals: a guarantee is tested with the code that ships, over the wire that it
// ships with. A world checks what must hold at any time, not one expected
// output, and a failure says how to run it again.
//
// Non-goals: measuring speed, which benchmarks beside each package do, and unit
// tests, which stand in their packages.
//
// The package starts no goroutines of its own; each world says who owns its.
package simulations
