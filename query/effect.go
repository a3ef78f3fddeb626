package query

import "fmt"

// EffectKind says what an Effect asks of its performer.
type EffectKind uint8

const (
	// Send sends Message on Link: a query with its TTL and Hops, hits, an echo.
	Send EffectKind = iota + 1
	// Answer asks the library for Message.Query. The performer hands each batch
	// back as KindHits from Self and closes with KindAnswered, hits or none. With
	// Message.Hops 0 the neighbour behind Link asks itself, as far as it is honest;
	// what is for it alone goes into batches of their own, with Only = Link.
	Answer
	// AnswerReserved asks for what is for the neighbour behind Link alone, whose own
	// query Message.Query is; another link had brought that first, and what is for
	// everyone has gone there. The performer hands back each batch as KindHits from
	// Self and closes with KindAnswered, all with Only = Link.
	AnswerReserved
	// Verify checks the signature of Message.Hits, which came by Link, and hands
	// the same message back as KindVerified, KindForged or KindStale.
	Verify
	// Deliver shows Message.Hits to the asker on this node.
	Deliver
	// Finish says that the own query Message.Echo.GUID is answered in full.
	Finish
	// Drop says that something that came by Link was dropped, and why. Count it.
	Drop
	// Bye asks to part from Link because of Reason.
	Bye
)

// Reason says why something was dropped or a neighbour is parted from.
type Reason uint8

const (
	Duplicate     Reason = iota + 1 // a copy of a query already seen
	Expired                         // TTL 0, or TTL + hops beyond the reach
	RateLimited                     // the neighbour's query budget is spent
	Malformed                       // bytes that are no message, or one out of bounds
	Forged                          // a signature that does not fit
	Stale                           // hits past their expiry
	NoPath                          // hits or an echo for a query we did not forward
	PathGone                        // every link of the reverse path is gone
	HitBudget                       // more hits than a query may send over a link
	HitsLimited                     // the neighbour's budget of hits to verify is spent
	DuplicateHits                   // a batch that has passed already
	NotALink                        // a message of one who is no neighbour
	OverRate                        // a neighbour that keeps sending beyond its budget
	Shed                            // a copy not sent on, because the neighbour would not take it
)

var reasonNames = [...]string{
	Duplicate: "duplicate", Expired: "expired", RateLimited: "rate-limited", Malformed: "malformed",
	Forged: "forged", Stale: "stale", NoPath: "no-path", PathGone: "path-gone", HitBudget: "hit-budget",
	HitsLimited: "hits-limited", DuplicateHits: "duplicate-hits", NotALink: "not-a-link", OverRate: "over-rate", Shed: "shed",
}

// ReasonCount is one more than the highest Reason, for tables of counters.
const ReasonCount = len(reasonNames)

// String returns the reason as logs and metrics spell it.
func (r Reason) String() string {
	if int(r) < len(reasonNames) && reasonNames[r] != "" {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason-%d", uint8(r))
}

// Effect is one thing a Router wants done. Which fields count depends on Kind.
type Effect struct {
	Kind    EffectKind
	Reason  Reason
	Link    Link
	Message Message
}

func sendEcho(to Link, guid GUID, ttl uint8, sums Sums) Effect {
	return Effect{Kind: Send, Link: to, Message: Message{
		Kind: KindEcho, Echo: &Echo{GUID: guid, TTL: ttl, Sums: sums},
	}}
}

func drop(from Link, why Reason) Effect { return Effect{Kind: Drop, Link: from, Reason: why} }
