package world

import (
	"time"

	"starling/query"
)

// perform does what a router asked for in w.effects, and what it asks for because
// of that. link is where the cause came from, reach its TTL + hops.
func (w *World) perform(v int, link query.Link, reach int) {
	forwarded := false
	for i := 0; i < len(w.effects); i++ {
		e := &w.effects[i]
		switch e.Kind {
		case query.Send:
			if e.Message.Kind == query.KindQuery {
				if !forwarded {
					forwarded = true
					w.checkForward(v, link, e, reach)
				}
				w.sendQuery(v, e.Link, e.Message.TTL, e.Message.Hops)
			} else {
				w.sendBack(v, e.Link, e.Message)
			}
		case query.Answer:
			w.trace(FirstCopy, int(w.nodes[v].ends[e.Link-1].peer), v, int(e.Message.Hops)+1)
			w.answer(v, e.Message.Query)
		case query.Verify:
			w.verify(v, e.Link, e.Message)
		case query.Deliver:
			w.deliver(e.Message)
		case query.Finish:
			w.finish(e.Message.Echo)
		case query.Drop:
			w.drop(e)
		case query.Bye:
			w.bye(v, e.Link, e.Reason)
		}
		if w.broken != nil {
			return
		}
	}
}

// sendQuery sends a copy of the current query.
func (w *World) sendQuery(v int, link query.Link, ttl, hops uint8) {
	a := &w.asked[w.current]
	to := &w.nodes[v].ends[link-1]
	if to.back == 0 {
		w.breaks("node %d sends on link %d, which is gone", v, link)
		return
	}
	a.tally.Copies++
	a.tally.QueryBytes += a.bytes
	a.tally.check.carried(to.id)
	w.trace(CopySent, v, int(to.peer), int(hops)+1)
	e := event{to: to.peer, link: to.back, kind: aQuery, payload: w.current, ttl: ttl, hops: hops}
	if w.lost() || w.Apart(v, int(to.peer)) {
		w.lose(e)
		return
	}
	e.at = w.at + w.Delay(v, int(to.peer))
	w.queue.push(e)
}

// sendBack sends hits or an echo.
func (w *World) sendBack(v int, link query.Link, m query.Message) {
	to := &w.nodes[v].ends[link-1]
	if to.back == 0 {
		w.breaks("node %d sends on link %d, which is gone", v, link)
		return
	}
	e := event{at: w.at + w.Delay(v, int(to.peer)), to: to.peer, link: to.back, hops: m.Hops}
	bytes := w.sizeOf(m)
	if m.Kind == query.KindEcho {
		e.kind, e.payload = anEcho, w.echoes.put(m.Echo)
		if t := w.tallyOf(m.Echo.GUID); t != nil {
			t.Echoes++
			t.EchoBytes += bytes
		}
	} else {
		e.kind, e.payload = aHits, w.hits.put(m.Hits)
		if t := w.tallyOf(m.Hits.GUID); t != nil {
			t.HitMessages++
			t.HitBytes += bytes
			w.trace(HitSent, v, int(to.peer), int(m.Hops)+1)
			w.checkHits(v, to, m, t)
		}
	}
	if w.lost() || w.Apart(v, int(to.peer)) {
		w.lose(e)
		return
	}
	w.queue.push(e)
}

func (w *World) trace(kind StepKind, from, to, hops int) {
	if w.opts.Trace != nil {
		w.opts.Trace(Step{Kind: kind, From: from, To: to, Hops: hops})
	}
}

func (w *World) lost() bool {
	if w.opts.Loss == 0 || w.rng.Float64() >= w.opts.Loss {
		return false
	}
	w.disturbed = true
	return true
}

// Delay returns how long a message takes from one node to another.
func (w *World) Delay(from, to int) time.Duration {
	if w.opts.Delay == nil {
		return w.opts.EqualDelay
	}
	return w.opts.Delay.Delay(from, to)
}

func (w *World) finish(e *query.Echo) {
	t := w.tallyOf(e.GUID)
	if t == nil {
		return
	}
	t.Finished, t.FinishedAt, t.Sums = true, w.at, e.Sums
	w.checkSums(t)
}

func (w *World) drop(e *query.Effect) {
	w.stats.Drops[e.Reason]++
	if int(w.current) >= len(w.asked) {
		return
	}
	t := w.asked[w.current].tally
	t.Drops[e.Reason]++
	if e.Reason == query.Duplicate {
		t.Duplicates++
	}
}

// bye parts two nodes, as the first of them wants. A router may say so of several
// messages that came at one time; the first counts.
func (w *World) bye(v int, link query.Link, why query.Reason) {
	to := w.nodes[v].ends[link-1]
	if to.back == 0 || w.parting[to.id] {
		return
	}
	if w.parting == nil {
		w.parting = make(map[uint32]bool)
	}
	w.parting[to.id] = true
	w.stats.Byes[why]++
	if w.opts.Parted != nil {
		w.opts.Parted(v, int(to.peer), why)
	}
	peer := int(to.peer)
	w.At(w.at, func() { w.Cut(v, peer) }) // not while the node's effects are performed
}
