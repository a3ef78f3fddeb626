package world

import (
	"encoding/binary"
	"strconv"
	"time"

	"starling/query"
)

// hitLifetime is how long a holder's batch is good for.
const hitLifetime = 2 * time.Minute

// envelopeBytes is what a signed batch has beyond the batch: the key, the
// signature and the holder's record with a few addresses.
const envelopeBytes = 320

// answer asks a node for what it holds and hands that to its router, as a node's
// library does. The effects are added to those being performed.
func (w *World) answer(v int, q *query.Query) {
	t := w.tallyOf(q.GUID)
	t.Reached++
	if w.opts.Arrivals {
		t.Arrivals = append(t.Arrivals, w.at-t.Asked)
	}
	n := &w.nodes[v]
	var entries []query.Entry
	switch {
	case n.liar == Spammer:
		entries = w.opts.Spam()
	case w.opts.Answer != nil:
		entries = w.opts.Answer(v, q)
	}
	for len(entries) > 0 {
		some := entries[:min(len(entries), query.EntriesMax)]
		entries = entries[len(some):]
		m := query.Message{Kind: query.KindHits, Hits: w.sign(v, q.GUID, some, true)}
		w.effects = n.router.Handle(query.Self, m, w.now, w.effects)
	}
	w.effects = n.router.Handle(query.Self, query.Message{Kind: query.KindAnswered, Query: q}, w.now, w.effects)
	w.checkTables(v)
}

// sign makes a batch of a node. The mark of a good signature is the envelope's
// first byte.
func (w *World) sign(v int, guid query.GUID, entries []query.Entry, good bool) *query.Hits {
	b := &query.Batch{GUID: guid, Expires: w.now.Add(hitLifetime), Entries: entries}
	payload, err := query.EncodeBatch(b)
	if err != nil {
		w.breaks("a batch cannot be encoded: %v", err)
	}
	b.Holder = strconv.Itoa(v)
	envelope := make([]byte, envelopeBytes, envelopeBytes+len(payload))
	if good {
		envelope[0] = 1
	}
	binary.BigEndian.PutUint32(envelope[1:], uint32(v))
	return &query.Hits{GUID: guid, Envelope: append(envelope, payload...), Batch: b}
}

// verify checks a batch's signature and hands it back to the router.
func (w *World) verify(v int, link query.Link, m query.Message) {
	m.Kind = query.KindVerified
	switch {
	case m.Hits.Envelope[0] != 1:
		m.Kind = query.KindForged
	case !m.Hits.Batch.Expires.After(w.now):
		m.Kind = query.KindStale
	}
	w.effects = w.nodes[v].router.Handle(link, m, w.now, w.effects)
}

// deliver notes hits that are at their asker.
func (w *World) deliver(m query.Message) {
	t := w.tallyOf(m.Hits.GUID)
	if t == nil {
		return
	}
	if m.Hits.Envelope[0] != 1 {
		w.breaks("a forged batch is shown to node %d", t.Node)
	}
	t.Hits = append(t.Hits, Delivery{
		At: w.at, Hops: int(m.Hops), Holder: int(binary.BigEndian.Uint32(m.Hits.Envelope[1:])), Entries: m.Hits.Batch.Entries,
	})
}

// sizeOf returns the bytes of hits or an echo as a frame of a hit stream.
func (w *World) sizeOf(m query.Message) int64 {
	frame, err := query.EncodeFrame([]query.Message{m})
	if err != nil {
		w.breaks("a message of kind %d cannot be encoded: %v", m.Kind, err)
	}
	return int64(len(frame))
}
