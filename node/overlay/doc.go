// Package overlay is Starling's place in the network: the libp2p host, the links
// to neighbours, and what travels over them. Everything libp2p is in here.
//
//	mDNS, host cache, connect, pongs ──► contacts ──► upkeep ──► handshake ──► link
//	                                                                            │
//	neighbour ──query (pubsub)──► inspector: budget, duplicates                 │
//	                                  └► carrier.Publish ─► query.Router ◄──────┘
//	                                                            │ effects
//	      queries: pubsub, hits and echoes: hit streams ◄───────┼──► library (Answer)
//	                                                            └──► searches (Deliver)
//
// Terms. A connection is a libp2p connection; a link is a connection whose two
// ends have shaken hands and are ready to carry queries. Only links see
// queries: a node that merely fetches a file is connected and no neighbour. A
// contact is a node we know addresses of, signed by itself. The carrier is
// Starling's pubsub router, which asks query.Router whom to send each copy to.
//
// Goals: a node finds others without a server and keeps between DegreeMin and
// DegreeMax of them; no address is dialled that its owner did not sign, but
// those an owner types and those seen on the own link; everything a stranger can
// make us keep has a cap.
//
// Non-goals: files and searching them (the caller's Answer), the bytes of a
// transfer (OpenStream hands out streams), and the rules of the search itself
// (package query).
//
// Goroutines. Run owns them all: one that keeps the mesh, one that ticks the
// router, a few that answer queries, and for each link one that reads its mesh
// stream, one that writes hits and one that reads them. pubsub's own loop calls
// the carrier. The router and the tables beside it are guarded by core.mu; no
// call under it blocks.
package overlay
