// Package topology is who is linked to whom: graphs read from edge lists, such
// as crawls of the real Gnutella network, and graphs made by chance.
//
//	edge list (plain, gzip) ──► Read ───────┐
//	                                        ├─► FromEdges ──► Graph
//	*rand.Rand ──► Regular, PowerLaw,       │                 rows of neighbours
//	               SmallWorld, Ultrapeers ──┘
//	memory that is free ──► Limit ──► checked while a file is read
//
// Terms. A Graph is undirected and simple: no node is linked to itself, no two
// nodes are linked twice. Its nodes are 0 to Nodes()-1; the ids of a file, which
// have gaps, map to them in ascending order. A degree is the number of links of
// a node. A component is a set of nodes that reach each other. A switch takes
// two links a–b and c–d and makes a–c and b–d of them: no degree changes.
//
// An edge list has one link a line: two node numbers from 0 to 2^63-1, with
// blanks, tabs or one comma between. What follows # or % is a comment; blank
// lines are fine. Loops and repeats, in either direction, are dropped and
// counted. Anything else ends reading with the file's name, the line's number
// and what is wrong, before anything runs.
//
// Goals: a million nodes with eight links each in two seconds and 36 MB; the
// same seed makes the same graph; every generated graph is connected, and where
// degrees are promised they are exact; a file that would not fit into memory
// ends in an error that says what would fit.
//
// Non-goals: weights, directions, graphs that change (a world keeps its own
// links once it runs), and graphs larger than memory.
//
// The package starts no goroutines. A Graph is never written after it was made,
// so any number of goroutines may read it.
package topology
