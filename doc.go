// Package starling is the root of the module and holds no code of its own,
// only the tests that keep the house in order: who may import whom, which
// packages are pure, how large files and functions may grow.
//
//	floor 5   cmd/starling ───────────────┐       ┌──────── simulations
//	                                      ▼       ▼              │
//	floor 4   node        composition root; control API; web UI  │
//	          node/overlay   everything libp2p                   │
//	                                      │                      │
//	floor 3                            config                    │
//	                              ┌───────┴───────┐              │
//	floor 2                   transfer          query  ◄─────────┘
//	                              └───────┬───────┘
//	floor 1                            share
//	                    share/content   share/words   share/wire
//
// The program is starling/cmd/starling. ARCHITECTURE.md tells the whole story;
// the table in house_test.go is the law, and .golangci.yml repeats it with a
// reason for each ban, for those who like to hear it from their editor.
package starling
