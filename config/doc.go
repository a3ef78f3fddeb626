// Package config makes one Config out of defaults, a TOML file, STARLING_…
// variables and command-line flags, and can say of every value where it comes
// from.
//
//	defaults  <  file  <  environment  <  flags
//	(Default)  (TOML)   (STARLING_…)    (pflag)
//	     └────────┴─────┬─────┴────────────┘
//	                  viper                   who overrules whom
//	                    │
//	                  table                   one key ↔ one field, its form and bounds
//	                    │
//	                  Config ──► Show, Origin what holds, and why
//
// A Config is the sum of the Options of the packages below, plus Node and
// Overlay, whose packages stand above and import this one. The table in keys.go
// is explicit: a key exists because a line there ties it to a field, its help
// text and its bounds. Whatever is not in the table is unknown, and unknown
// keys are errors that name the key, the file and the nearest known key: a
// misspelt limit that is silently ignored is worse than a node that says no.
//
// Terms
//
//   - key: the name in the file, "overlay.port"; its variable is
//     STARLING_OVERLAY_PORT. The node's own keys have no section.
//   - origin: default, file, environment or flag, with the name.
//   - size: bytes, written 800k, 5M (decimal) or 64Ki (binary).
//   - timetable: limits by day and hour; see ParseTimetable.
//
// Folders follow the XDG base directories. --state DIR, or STARLING_STATE, puts
// everything of a node, its config.toml included, under DIR, so that many nodes
// can live on one machine; downloads still go where downloads goes.
//
// Goals: one place for all knobs; errors that say key, source and remedy; a
// default file that documents itself. Non-goals: watching the file, remote
// stores, settings that the running node changes (shared folders and limits
// set live are the node's state).
//
// The package starts no goroutine and keeps no state between calls.
package config
