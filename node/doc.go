// Package node is one running Starling: it wires the library, the transfers and the overlay together, runs them, and lets its owner command
// them. It is the composition root, so it knows everybody and nobody below knows it.
//
//	cmd/starling, web pages, scripts
//	      │  Client: HTTP + JSON, server-sent events
//	      ▼
//	guard ─ routes ─ Node ──────────┬───────────────┬──────────────┐
//	 0600 socket,     │ searches    │ downloads     │ shares       │ status, doctor
//	 loopback + token ▼             ▼               ▼
//	               overlay ◄─dial─ transfer ──────► share
//	                  │  ▲─ find ──┘   ▲              ▲
//	                  │                └─ streams ────┤
//	                  └── answer: which files match? ─┘
//
// A query of another node comes out of the overlay as a call of answer, which asks the library. A search of our own goes into the overlay,
// and its hits become rows: one for each content id, numbered as they come, remembered so that "get 3" means something in every terminal and
// after a restart. A get turns rows, ids and links into sources, which the transfers dial through the overlay; when they run dry they ask
// find, which searches by id.
//
// Terms: a row is one content id of one search; a target is what get is told; a problem is an error with a code that becomes an exit code; an
// endpoint is where the API of a state folder answers; a notice says that a damaged state file was set aside and rebuilt.
//
// The control API (api.go has its shapes, routes.go its table) is the only way in, for the prompt in this process too, so every screen has a
// scriptable twin. It listens on a unix socket that only its owner can open and on loopback TCP behind a random token; see guard. It carries
// no CORS header and never listens on another interface.
//
// Goals: one place where parts meet; a start under 0.3 s (nothing waits for the library's first look); an end in which every part still
// finds below it what it stands on; a second node on one state folder is told so. Non-goals: rules of searching, of fetching, of sharing:
// those live below, where they are tested without a network.
//
// Goroutines. Run owns one for each stage (library, overlay, transfers, API) and stops them from the top, see Run. net/http has one for each
// connection and request; each search has one, which collects rows until the overlay closes its channel.
package node
