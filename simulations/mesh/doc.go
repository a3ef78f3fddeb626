// Package mesh keeps the links of a simulated world as real nodes keep theirs: it
// asks node/overlay/policy, the rules that ship, whom to keep, add and drop.
//
//	every second, and when a link is lost, each node:
//	    policy.State ─► ToMake ───► dial contacts ─► MayAccept? ─► Connect, or learn others
//	                 ├► MayReunite ► dial one that was lost without a bye
//	                 └► ToPart ───► Cut
//
// Terms. A contact is a node that one knows of, neighbours included. A pong is a
// neighbour's answer that names some of its own contacts, of those that it has been
// linked with. A contact is missed when its link was lost without a bye: whoever had
// dialled it tries again after an eighth of the time it has been away. A contact
// that a node parted from for what it sent is shunned for two minutes.
//
// Goals: the times, bounds and choices are those of the overlay, so that what is
// found here about repair holds there.
//
// Non-goals: addresses, signatures and the host cache: a contact is a node's
// number. A node that is gone never answers a dial, which takes as long as an
// attempt over TCP may; one on the other side of a split answers again after it.
// Pings are not sent: what they carry is known at once, and how long a crash goes
// unnoticed is for whoever takes the node out of the world. Contacts from hits and
// from the LAN are left out.
//
// A Mesh acts within the deeds of its world and starts no goroutine.
package mesh
