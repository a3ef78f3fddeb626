// Package live runs networks of whole nodes: on this machine over loopback for
// the command line, and on a simulated network in virtual time for tests.
//
//	LAN:      node.Run × 50 ──TCP, TLS, yamux──► 127.0.0.1     real time, real files
//	              ▲ control API: connect, search, get
//	              └── questions, a fetch ──► simulations.Result
//
//	tests:    overlay.NewOn × 100 ──QUIC──► simnet             virtual time (testing/synctest)
//	              └── floods, a third vanishing, partitions ──► assertions
//
// Terms. A whole node is all that starling up starts, with a state folder, a
// library, a listener and a control API of its own. A question is a search and
// the nodes that hold an answer to it, which only the world knows. A virtual
// world is overlays whose packets take exactly as long as they are told to; a
// second in it takes as long as its work.
//
// The two complete the event-driven world, which moves the effects of a million
// routers through a queue: LAN shows that the parts work together, the virtual
// world that the mesh of real overlays reaches, repairs and heals as it should,
// and that a flood through them sends the very messages that arithmetic says.
//
// Goals of LAN: what the receipts say is compared with what is known to be true;
// fifty nodes take seconds and less than 2 GiB; nothing is reachable from outside
// this machine, and nothing stays behind, also when it is interrupted.
//
// Non-goals: the same figures twice. A seed decides mesh, files and questions,
// the clock and the machine the rest. Networks too large for this machine are the
// event-driven world's.
//
// Goroutines. LAN owns one for each node it runs and a few while it makes links,
// and returns when all have ended. The virtual world's live in its bubble.
package live
