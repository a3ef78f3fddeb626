// Package search asks questions in a world and counts what they cost and find,
// by different strategies.
//
//	Coverage:  every source × every TTL ──Ask──► world ──► reached, messages, times
//
//	Compare:   question ─┬─ flood ───── Ask once, with one TTL
//	                     ├─ ring ────── Ask with TTL 1, 2, 3 … until enough is found
//	                     └─ walkers ─── k walkers step from link to link and look
//	                         └──► Outcome: messages, bytes, recall, hops, first hit
//
// Terms. A strategy is how a search spreads. Recall is the share of the nodes
// with a fitting file that the asker heard of. An oracle's TTL is the smallest that reaches a
// copy, which only a simulation can know.
//
// Goals: whatever floods is the router's own doing, and is counted from its
// effects. A walker is a driver that follows the routers' links: there is no such message in
// the protocol, so a walker counts a message for each step, as the literature does (Lv et
// al., "Search and replication in unstructured peer-to-peer networks", ICS 2002).
// Another strategy is another type with a Search method.
//
// Non-goals: deciding which strategy a node uses; drawing, which package report does.
//
// Coverage runs several worlds at once, one goroutine each, and returns when they
// are gone. Everything else runs in the goroutine that calls it.
package search
