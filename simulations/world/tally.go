package world

import (
	"math"
	"time"

	"starling/query"
)

// Tally is what became of one query. Times are virtual, since the world began.
type Tally struct {
	Query *query.Query
	Node  int // that asked
	TTL   uint8
	Asked time.Duration

	Reached     int // nodes other than the asker that got a copy
	Copies      int // of the query, sent over a link
	Duplicates  int // of them, dropped because their node knew the query
	Reforwards  int // times a node sent a known query on for its larger TTL
	Lost        int // copies that never arrived
	Echoes      int
	HitMessages int // batches of hits sent over a link
	QueryBytes  int64
	EchoBytes   int64
	HitBytes    int64
	Drops       [query.ReasonCount]int // of its copies, hits and echoes

	Hits       []Delivery // in the order they came
	Finished   bool       // every copy was echoed for
	FinishedAt time.Duration
	Sums       query.Sums      // what the echoes said, once Finished
	Arrivals   []time.Duration // of first copies, with Options.Arrivals

	check *check
	again bool // asked more than once
}

// Delivery is one batch of hits at the asker.
type Delivery struct {
	At      time.Duration
	Hops    int // links the batch has travelled
	Holder  int // node
	Entries []query.Entry
}

// Bytes returns all bytes sent for the query: messages as they are encoded,
// without the framing of the streams they travel on.
func (t *Tally) Bytes() int64 { return t.QueryBytes + t.EchoBytes + t.HitBytes }

// asked is one query and what it costs to send.
type asked struct {
	tally *Tally
	query *query.Query
	bytes int64
}

// Ask sends a query from a node and returns its tally, which fills as the world
// runs. Asked again with a larger TTL it is the same query and the same tally.
func (w *World) Ask(from int, q *query.Query, ttl uint8) *Tally {
	i, known := w.byGUID[q.GUID]
	if !known {
		i = w.remember(from, q, ttl)
	}
	t := w.asked[i].tally
	t.again = known
	w.current = i
	w.effects = w.nodes[from].router.Handle(query.Self, query.Message{Kind: query.KindQuery, TTL: ttl, Query: q}, w.now, w.effects[:0])
	w.nodes[from].liar.forge(w.effects)
	w.perform(from, query.Self, int(ttl))
	if q.Echo {
		w.plan(uint32(from))
	}
	return t
}

func (w *World) remember(from int, q *query.Query, ttl uint8) uint32 {
	raw, err := query.EncodeQuery(q, ttl, 0)
	if err != nil {
		w.breaks("a query cannot be encoded: %v", err)
	}
	t := &Tally{Query: q, Node: from, TTL: ttl, Asked: w.at, check: newCheck(len(w.nodes), w.linkIDs)}
	i := uint32(len(w.asked))
	w.asked = append(w.asked, asked{tally: t, query: q, bytes: int64(len(raw))})
	w.byGUID[q.GUID] = i
	return i
}

// nobodys is the number of a query that was not asked here.
const nobodys = math.MaxUint32

// numberOf returns the number of a query, or nobodys.
func (w *World) numberOf(guid query.GUID) uint32 {
	if int(w.current) < len(w.asked) && w.asked[w.current].query.GUID == guid {
		return w.current
	}
	if i, ok := w.byGUID[guid]; ok {
		return i
	}
	return nobodys
}

// tallyOf returns the tally of a query that was asked here, or nil.
func (w *World) tallyOf(guid query.GUID) *Tally {
	if i := w.numberOf(guid); i != nobodys {
		return w.asked[i].tally
	}
	return nil
}

// Forget gives up what is kept of the queries asked so far; their tallies stand.
// Call it when nothing of them is under way.
func (w *World) Forget() {
	for i := range w.asked {
		w.asked[i].tally.check = nil
	}
	w.asked, w.current = w.asked[:0], nobodys
	clear(w.byGUID)
}
