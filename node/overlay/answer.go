package overlay

import (
	"context"
	"time"

	"starling/query"
)

// question is a query for the library. What is reserved for one node is answered
// to that node alone: when the query came by its own link, which proves who it is,
// and says that it has come by no other before. A neighbour may say so of a query
// that it passes on, and get what it might pass on as well.
type question struct {
	*query.Query
	reserved bool       // answer nothing but what is for the node
	link     query.Link // the query came by it
	node     string     // behind the link, if it asks itself; empty: not known who asks
}

// questionOf is called with mu held.
func (c *core) questionOf(e query.Effect) question {
	q := question{Query: e.Message.Query, reserved: e.Kind == query.AnswerReserved, link: e.Link}
	if l := c.links[e.Link]; l != nil && e.Message.Hops == 0 {
		q.node = l.peer.String()
	}
	return q
}

// answered says that all hits are out.
func (q question) answered() query.Message {
	m := query.Message{Kind: query.KindAnswered, Query: q.Query}
	if q.reserved {
		m.Only = q.link
	}
	return m
}

// answerQueries asks the library for what neighbours look for, and signs what it
// finds.
func (o *Overlay) answerQueries(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case q := <-o.core.answers:
			o.answer(q)
		}
	}
}

// answer closes with KindAnswered whatever happens, so that nobody waits.
func (o *Overlay) answer(q question) {
	var messages []query.Message
	room := query.HitBytesMax
	if q.node != "" {
		reserved := o.opts.Reserved(q.node, q.Expr, answersWanted(q.Query))
		messages = o.seal(q.Query, q.link, pack(reserved, len(o.record()), room/2))
	}
	for _, m := range messages {
		room -= len(m.Hits.Envelope)
	}
	if !q.reserved {
		everyones := o.opts.Answer(q.Expr, answersWanted(q.Query))
		messages = append(messages, o.seal(q.Query, query.Self, pack(everyones, len(o.record()), room))...)
	}
	o.core.handleSelf(append(messages, q.answered())...)
}

// seal signs batches of hits, for one link alone or for the reverse path.
func (o *Overlay) seal(q *query.Query, only query.Link, batches [][]query.Entry) (messages []query.Message) {
	for _, entries := range batches {
		hits, err := sealHits(o.id, &query.Batch{
			GUID: q.GUID, Record: o.record(), Expires: time.Now().Add(hitLifetime),
			FreeSlots: o.opts.FreeSlots(), Entries: entries,
		})
		if err != nil {
			o.opts.Logger.Error("hits not signed", "err", err)
			break
		}
		messages = append(messages, query.Message{Kind: query.KindHits, Hits: hits, Only: only})
	}
	return messages
}

func answersWanted(q *query.Query) int {
	if q.Wanted > 0 {
		return min(q.Wanted, answersMax)
	}
	return answersMax
}

// Sizes for packing hits: what one holder may send for a query is 8 KiB in all.
const (
	answersMax    = 60  // entries looked for
	envelopeBytes = 200 // key, signature, GUID and the fields around them
	entryBytes    = 56  // an entry without its name and tags
	tagsBytes     = 4   // around an entry's tags
)

// pack splits entries into batches that keep the limits of hits, and leaves out
// what does not fit in so many bytes. Tags have what room is left when the names
// are in.
func pack(entries []query.Entry, recordBytes, room int) [][]query.Entry {
	var out [][]query.Entry
	total := 0
	for _, e := range entries {
		need := entryBytes + len(e.Name)
		if len(out) == 0 || len(out[len(out)-1]) == query.EntriesMax {
			need += envelopeBytes + recordBytes
			if total+need > room {
				break
			}
			out = append(out, nil)
		}
		if total+need > room {
			break
		}
		last := len(out) - 1
		out[last] = append(out[last], e)
		total += need
	}
	for _, batch := range out {
		for i := range batch {
			if need := tagsBytes + len(batch[i].Tags); total+need <= room {
				total += need
			} else {
				batch[i].Tags = ""
			}
		}
	}
	return out
}
