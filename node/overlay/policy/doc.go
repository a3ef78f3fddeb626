// Package policy decides about a node's place in the mesh: whom to take as a
// neighbour, how many more to look for, whom to part from.
//
//	links, handshakes under way ──► State ──┬─ MayAccept ──► take the newcomer, or refuse it
//	                                        ├─ ToMake ─────► how many handshakes to start now
//	                                        ├─ MayReunite ─► try a lost neighbour again
//	                                        └─ ToPart ─────► places in Links to say bye to
//
// It is pure: state in, decision out. A node asks it whenever something changed
// and every second besides, and performs what it says over libp2p; a simulation
// asks it for thousands of nodes in virtual time. So the mesh that a simulation
// grows, loses and repairs is grown by the rules that ship.
//
// Terms. The degree of a node is the number of its links. Below DegreeMin a node
// is in haste, since every neighbour lost may cut it off; from there to Degree it
// looks for more, one at a time; up to DegreeMax it takes whoever comes; beyond,
// only newcomers, for whom it then parts from a neighbour that can spare it.
// Making are the handshakes under way, which may become links.
//
// Goals: a node is back at DegreeMin in a few rounds; newcomers find room in a
// full mesh; a mesh that was cut in two grows together again; nobody is parted from who would fall to DegreeMin by that; a
// neighbour the owner asked for stays.
//
// Non-goals: which contact to try next, how often one that failed is tried
// again, and when a silent neighbour counts as gone. These need addresses and
// clocks, and the node's overlay keeps them.
//
// There are no goroutines here; a State belongs to whoever made it.
package policy
