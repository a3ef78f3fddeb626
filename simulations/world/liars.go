package world

import "starling/query"

// Liar is how a node breaks the protocol.
type Liar uint8

const (
	Honest   Liar = iota
	Forger        // answers everything with hits that it signed in another's name
	Spammer       // answers everything with files that were not asked for
	Dropper       // forwards queries and keeps the hits that come back
	Inflator      // sends queries on as if they were new, with the largest TTL
	Mute          // takes queries and says nothing
)

var liarNames = [...]string{"honest", "forger", "spammer", "dropper", "inflator", "mute"}

// String returns the liar's name.
func (l Liar) String() string { return liarNames[l] }

// lie does what a liar does with a query, and reports whether its router is not
// to see it.
func (w *World) lie(n *node, e event) bool {
	w.current = e.payload
	switch n.liar {
	case Mute:
		return true
	case Forger:
		h := w.sign(int(e.to), w.asked[e.payload].query.GUID, w.opts.Spam(), false)
		w.sendBack(int(e.to), e.link, query.Message{Kind: query.KindHits, Hits: h})
	case Inflator:
		w.inflate(n, e)
		return true
	}
	return false
}

// inflate sends a query on to everybody else with a TTL that no honest node gives.
func (w *World) inflate(n *node, e event) {
	for i := range n.ends {
		if link := query.Link(i + 1); link != e.link && n.ends[i].back != 0 {
			w.sendQuery(int(e.to), link, 255, 0)
		}
	}
}
