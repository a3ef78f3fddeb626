// Package query is Starling's search protocol as a state machine: messages and
// the time go in, effects come out. It opens no connection, starts no goroutine
// and reads no clock, so that the node and the simulator run the same code.
//
//	             Handle(from, message, now)
//	link ──query──► seen with this or a higher TTL? ── yes ─► Drop, Send(echo)
//	                  │ no: remember the link (the reverse path)
//	                  ├─► Send(query, ttl−1, hops+1) to the other links
//	                  └─► Answer: the library is asked, once per GUID
//	Self ──hits───► the reverse path of their GUID ─► Send(hits)
//	link ──hits───► path known? budget? seen? ─► Verify ─► Send(hits), or Deliver
//	                                                       when the asker is us
//	link ──echo───► add up; last one in ─► Send(echo), or Finish
//
// Terms. A Link is one neighbour, an opaque number; Self is this node. A copy is
// a query as it travels one link, with its TTL and hops. A wave is what one
// forwarded copy set off: the links it went to and the sums they echo. The
// reverse path of a GUID is the link its first copy came by, and a second one
// from a node nearer to the asker, for when the first is gone.
//
// As the field has it, a query sent with TTL n reaches the nodes n links away: a
// node that receives TTL 1 does not forward. GUID = BLAKE3(body)[:16], so that
// nobody can put another body under a GUID; TTL and hops stand outside the body,
// which is forwarded as the bytes it came in. Nothing in it names the asker.
//
// Goals: every rule of the search stands here once; every table has a cap and a
// share for each neighbour; budgets come before signatures, signatures before
// belief. The same inputs give the same effects in the same order.
//
// Non-goals: connections, signatures (the caller performs Verify and hands the
// outcome back), files, and waiting: the caller calls Tick.
//
// A Router has one owner at a time; it locks nothing.
package query
