// Package hostile is a Starling node that does not play by the rules, for the
// tests of those that do. It speaks every protocol properly over TCP, TLS and
// yamux until a test tells it to lie.
//
//	Peer ──Shake──► Link ──Query, Data, Raw──────► /starling/query (pubsub RPCs)
//	 │               │  ──Hits, Echo, RawHits────► /starling/hits
//	 │               └── Mesh, Pong, RawMesh ────► /starling/mesh
//	 ├── Throw, Open ────────────────────────────► any protocol: garbage, slow streams
//	 └── Serve(Source) ◄── those who fetch ────── /starling/transfer
//
//	Inbox ◄── every frame the other side sent, byte by byte
//	Link.Bye, Outcome ◄── how it parted from us
//
// Terms. A Peer is one host with one identity. A Link is a handshake it went
// through with one node: only that makes the node take its queries and hits. An
// Inbox holds what a node sent, as the bytes that came. A Source is content it
// offers, with the lies it tells about it.
//
// Goals: an independent second writer of the wire formats, so that a mistake in
// the node's own encoder is not repeated in its tests; small pieces that a test
// puts together, rather than one switch per attack.
//
// Non-goals: playing a good node for long (it keeps no mesh, forwards nothing
// and answers only when told to), and judging the outcome, which tests do.
//
// The package imports neither node nor cmd, so that their tests can import it.
//
// Goroutines belong to the Peer: one for each stream that a node opens to it and
// one for each link. Close ends them all and waits.
package hostile
