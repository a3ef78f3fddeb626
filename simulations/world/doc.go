// Package world runs many nodes of the search protocol in virtual time: every
// node is a query.Router, the one that ships, and the world performs what the
// routers ask for. One goroutine, one seed: the same run gives the same result.
//
//	Ask ─► router.Handle ─► effects ─┬─ Send ───► queue (delay, loss) ─► the peer's
//	             ▲                   │                                  Admit, Handle
//	             │                   ├─ Answer ─► Options.Answer, signed ─► Handle
//	             └──── queue ◄───────┤
//	                                 ├─ Verify ─► a good or a bad signature ─► Handle
//	                                 └─ Deliver, Finish, Drop, Bye ─► Tally, Stats
//
// Terms. An event is one message that arrives, one deadline, or one deed of a
// driver. A driver asks the questions, makes nodes come and go, and reads the
// tallies: it stands outside this package. A tally is what became of one query. A
// liar is a node whose messages are not what its router says.
//
// Goals: no second model of the protocol: what is counted here are the effects of
// the code that ships. A million nodes fit in a few GiB. What must hold in every
// run is checked in every run (see check.go): a run that breaks it ends with
// ErrBroken, which says what happened.
//
// Non-goals: bytes on a link take no time to send, so a link has a delay and no
// rate; signatures are a mark on the batch, which costs nothing to make or check;
// neither transport nor discovery, which the live world has.
//
// A World belongs to the goroutine that runs it and starts none.
package world
