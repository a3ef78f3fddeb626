// Package simulations is where Starling is tried out beyond its unit tests: in
// worlds of many nodes, and against nodes that do not play by the rules. The
// package itself holds what a run finds out, a Result; the rooms below make it.
//
//	scenario (TOML) ─► topology, latency, workload ─► world ◄── search, mesh (drivers)
//	      │                                             │
//	      ├─► live (whole nodes, real time)             │ query.Router × 1,000,000
//	      ▼                                             ▼
//	   Result ─► report: table, JSON, pictures     tallies, invariants
//
// Terms. A world is a set of nodes and what links them. An event-driven world runs
// the routers of up to millions of nodes in one goroutine and virtual time. A live
// world runs whole nodes with real connections: on loopback in real time, or on a
// simulated network in virtual time. A driver asks questions and makes nodes come and
// go. A scenario is a file that says which world to make and what to do in it.
//
// Rooms. topology: who is linked to whom. latency: how long messages take.
// workload: files, copies, questions. world: the event-driven world. search:
// strategies. mesh: links kept by the mesh policy. scenario: files, settings and
// experiments. report: what people see. live: whole nodes. hostile: a test peer
// that breaks the protocols. bench: speed beside other programs.
//
// Goals: a guarantee is tested with the code that ships. A world checks what must
// hold at any time, not one expected output, and a failure says how to run it
// again. The same scenario, settings and seed give the same bytes.
//
// Non-goals: a second model of the protocol; unit tests, which stand in their
// packages.
//
// The package starts no goroutines of its own; each world says who owns its.
package simulations
