package overlay

import (
	"starling/node/overlay/pb"
	"starling/query"
)

// Codes of a bye, after those of Gnutella's bye message.
const (
	byeShutdown  = 200 // the node stops
	byePruned    = 201 // one neighbour too many
	byeMalformed = 400 // three messages that are none
	byeForged    = 403 // a signature that does not fit
	byeAlready   = 409 // there is a link, or one being made the other way
	byeShunned   = 410 // it misbehaved a moment ago: 400, 403, 429 or a hello without its own record
	byeOverRate  = 429 // beyond the budget for too long
	byeBroken    = 502 // queries cannot be carried any more
	byeFull      = 503 // no room for a neighbour
	byeVersion   = 505 // no hello that we understand
)

func byeOf(why query.Reason) *pb.Bye {
	code := uint32(byeMalformed)
	switch why {
	case query.Forged:
		code = byeForged
	case query.OverRate:
		code = byeOverRate
	}
	return &pb.Bye{Code: code, Reason: why.String()}
}
