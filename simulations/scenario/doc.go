// Package scenario is what the simulator is told to do: scenarios in TOML, their
// settings, the checks before a run, and the run itself.
//
//	files/*.toml (shipped) ─┐
//	FILE.toml (yours) ──────┼─► Load ─► Set, one key at a time ─► Check ─► Run ─► simulations.Result
//	defaults ───────────────┘                                      │
//	                                     settings, files' numbers, memory: nothing has run yet
//
// Terms. A scenario is one experiment with its settings. Its kind says which
// experiment: how far floods reach (coverage), how ways of searching compare
// (strategies), one flood through very many nodes (million), nodes that come and go
// (churn), a mesh cut in two (partition), nodes that lie (liars),
// a file that spreads (swarm), whole nodes on
// this machine (lan). A key is a setting's name, section.name. The origin of a
// value is where it was last set: a line of a file, or a flag; every complaint
// about a value names it.
//
// The struct Scenario is the only table of keys. Its tags carry name and bounds,
// its comments unit and meaning, and the order of its fields is the order of the
// settings in results. A kind uses some sections only (kindKeys); setting a key
// that it does not use is an error, for it would change nothing.
//
// Goals: no typing mistake goes unnoticed; a value that cannot work is refused in
// words, with file and line, before anything runs; a result names every setting
// and the one command that gives it again. The same scenario, settings and seed
// give the same bytes.
//
// Non-goals: drawing and printing, which package report does, and the worlds
// themselves, which the packages beside this one are.
//
// The package starts no goroutines of its own; those of a run belong to the
// packages that it calls and end before Run returns.
package scenario
