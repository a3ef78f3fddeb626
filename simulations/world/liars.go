package world

import "starling/query"

// Liar is how a node breaks the protocol.
type Liar uint8

const (
	Honest    Liar = iota
	Forger         // answers everything with hits that it signed in another's name
	Spammer        // answers everything with files that were not asked for
	Dropper        // forwards queries and keeps the hits that come back
	Inflator       // sends queries on as if they were new, with a TTL that no honest node gives
	Mute           // takes queries and says nothing
	Deflator       // sends queries on with a TTL of 1, so that they end at its neighbours
	Flooder        // keeps to no budget in what it sends, so that its owner may ask and ask
	Disguised      // a flooder that says its own queries are others'
)

var liarNames = [...]string{"honest", "forger", "spammer", "dropper", "inflator", "mute", "deflator", "flooder", "disguised"}

// String returns the liar's name.
func (l Liar) String() string { return liarNames[l] }

// inflatedTTL is the largest that a message can carry.
const inflatedTTL = 255

// forge changes what a liar's router wants sent.
func (l Liar) forge(effects []query.Effect) {
	switch l {
	case Inflator:
		eachCopy(effects, func(m *query.Message) { m.TTL, m.Hops = inflatedTTL, 0 })
	case Deflator:
		eachCopy(effects, func(m *query.Message) { m.TTL = 1 })
	case Disguised:
		eachCopy(effects, func(m *query.Message) { m.Hops = max(m.Hops, 1) })
	}
}

// unbounded is more than anybody sends.
const unbounded = 1 << 30

// router makes the router of a liar that needs another one than honest nodes have.
func (l Liar) router(honest query.Options) *query.Router {
	if l != Flooder && l != Disguised {
		return nil
	}
	honest.QueriesPerSec, honest.QueryBurst = unbounded, unbounded
	return query.New(honest)
}

func eachCopy(effects []query.Effect, change func(*query.Message)) {
	for i := range effects {
		if m := &effects[i].Message; effects[i].Kind == query.Send && m.Kind == query.KindQuery {
			change(m)
		}
	}
}

// lie does what a liar does with a query before its router sees it, and reports
// whether it never will.
func (w *World) lie(n *node, e event) (swallowed bool) {
	switch n.liar {
	case Mute:
		return true
	case Forger:
		if n.ends[e.link-1].back != 0 {
			h := w.sign(int(e.to), w.asked[e.payload].query.GUID, w.opts.Spam(), false)
			w.sendBack(int(e.to), e.link, query.Message{Kind: query.KindHits, Hits: h})
		}
	}
	return false
}
