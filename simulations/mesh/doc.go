// Package mesh keeps the links of a simulated world as real nodes keep theirs: it
// asks node/overlay/policy, the rules that ship, whom to keep, add and drop.
//
//	every second, each node:  policy.State ─► ToMake ──► dial a contact ─► MayAccept? ─► Connect
//	                                       ├► MayReunite ► dial one that was lost without a bye
//	                                       └► ToPart ──► Cut
//	a link is lost:           the peer is remembered as missed, unless it said bye
//
// Terms. A contact is a node that one knows of and is not linked to. A pong is a
// neighbour's answer that names contacts. A missed node is a lost neighbour that
// did not say bye; whoever had dialled it tries again after an eighth of the time it has been
// away.
//
// Goals: the times and bounds are those of the overlay, so that what is found here
// about repair holds there.
//
// Non-goals: addresses, signatures and the host cache: a contact is a node's
// number. A node that is gone never answers, one on the other side of a split
// answers again after it.
//
// A Mesh acts within the deeds of its world and starts no goroutine.
package mesh
