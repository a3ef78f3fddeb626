// Package latency is how long messages travel between the nodes of a simulated
// world.
//
//	one duration ─────────────────────► Constant ─┐
//	median, *rand.Rand ───────────────► Spread ───┼─► Delay(from, to)
//	file of round trips ► ReadMatrix ► Place ─────┘
//
// Terms. A delay is the time of one message one way, half of a round trip. A
// site is a row of a measured matrix: a host whose round trips to all others are
// known. A band is the map that Spread puts nodes on.
//
// A file of round trips has one line for each site: the round trips to all
// sites in milliseconds, in the same order, with tabs between. It is square and
// may be packed with gzip. The diagonal says nothing and is ignored; where both
// directions of a pair differ, their mean counts.
//
// Goals: realistic spread, so that the first copy of a query is not always the
// one that travelled fewest links; no memory for a node, however many there are,
// and none allocated for a message; delays depend on nothing but the seed and
// the two nodes, so that nodes may come at any time and in any order.
//
// Non-goals: jitter, queues, bandwidth and loss. A world adds what it needs.
//
// The package starts no goroutines. Delays are never written after they were
// made, so any number of goroutines may ask them.
package latency
