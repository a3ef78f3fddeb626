// Command starling is the one binary: the node, its command line, its prompt and its demonstration.
//
//	arguments ──► shieldExclusions ──► cobra ──► one method of app for each command ──► node.Client ──► the running node
//	                                                 │                                      ▲
//	typed lines ──► shell.parse ─────────────────────┘                                      │
//	     ▲              └─ words that are no command are a search                           │
//	     │                                                                                  │
//	live (a terminal) or plainPrompt (a pipe) ── attach: the running node, else one here ───┘
//
// stdout is data and stderr is talk: rows, listings and JSON lines go to app.out, everything said to a person to app.talk. With --json each
// listing is one object a line, in the shapes of package node. Exit codes are a contract (exit.go); an error carries its code, and a Problem
// of the node brings one along.
//
// Terms: a screen is an output stream and what it can show; talk is what is said to a person; a line is what is typed at the prompt; the feed
// is the goroutine that brings the node's state to the live prompt.
//
// The prompt runs the very commands of the command line, each line in an app of its own that shares the screens. On a terminal it draws
// inline with bubbletea: what is finished scrolls up and stays, what moves is redrawn below. Piped, with TERM=dumb or --plain it reads and
// writes plain lines, which is what the scripts under testdata test.
//
// Everything that came from other nodes passes node.Display or node.MarshalLine before it reaches a screen, so that no name can move the
// cursor, colour the screen or turn the direction of writing.
//
// Goals: a command for every screen; sentences that say what happened, why, and what to try; nothing that needs an alternate screen.
// Non-goals: rules of searching and fetching (this package does not import them), a second way into the node beside its control API.
//
// Goroutines: commands run in main's. get has one for each download it follows, search one that reads its events, the live prompt the feed
// and those tea starts for commands; all end with the command's context. up runs the node in one and waits for it.
package main
