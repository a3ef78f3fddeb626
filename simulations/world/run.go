package world

import (
	"context"
	"math"
	"time"

	"starling/query"
)

// Events between two looks at the context, and between two calls of Progress.
const (
	contextEvery  = 1 << 12
	progressEvery = 1 << 16
)

// sweepEvery is how often every router is ticked, so that it forgets old queries.
const sweepEvery = time.Minute

// forever is later than any event.
const forever = time.Duration(math.MaxInt64)

// Settle runs until nothing is left to happen. Its error is that of the context,
// or ErrBroken.
func (w *World) Settle(ctx context.Context) error { return w.run(ctx, forever, nil) }

// Until runs until something holds, or until nothing is left to happen. It is asked
// after every event.
func (w *World) Until(ctx context.Context, holds func() bool) error {
	return w.run(ctx, forever, holds)
}

// Run runs until a virtual time, even if nothing happens before. Its error is
// that of the context, or ErrBroken.
func (w *World) Run(ctx context.Context, until time.Duration) error {
	if err := w.run(ctx, until, nil); err != nil {
		return err
	}
	w.setTime(max(w.at, until))
	return nil
}

// Rest lets time pass and has every router forget what is too old by then.
func (w *World) Rest(ctx context.Context, d time.Duration) error {
	if err := w.Run(ctx, w.at+d); err != nil {
		return err
	}
	w.sweep()
	return w.broken
}

func (w *World) run(ctx context.Context, until time.Duration, holds func() bool) error {
	for w.broken == nil && (holds == nil || !holds()) {
		at, ok := w.queue.peek()
		if !ok || at > until {
			break
		}
		if w.stats.Events%contextEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if w.stats.Events%progressEvery == 0 && w.opts.Progress != nil {
			w.opts.Progress()
		}
		w.stats.Events++
		e := w.queue.pop()
		if e.at != w.at {
			w.setTime(e.at)
		}
		if at-w.swept >= sweepEvery {
			w.sweep()
		}
		w.happen(e)
	}
	return w.broken
}

func (w *World) setTime(at time.Duration) { w.at, w.now = at, dawn.Add(at) }

// sweep ticks every node that remembers anything.
func (w *World) sweep() {
	w.swept = w.at
	for v := range w.nodes {
		if n := &w.nodes[v]; !n.dead && n.router.Paths() > 0 {
			w.effects = n.router.Tick(w.now, w.effects[:0])
			w.perform(v, query.Self, 0)
		}
	}
}

// happen hands one event to whom it concerns.
func (w *World) happen(e event) {
	if e.kind == aDeed {
		w.deeds.take(e.payload)()
		return
	}
	n := &w.nodes[e.to]
	if n.dead {
		w.lose(e)
		return
	}
	switch e.kind {
	case aQuery:
		w.takeQuery(n, e)
	case aHits:
		h := w.hits.take(e.payload)
		w.take(n, e, query.Message{Kind: query.KindHits, Hops: e.hops, Hits: h})
	case anEcho:
		w.take(n, e, query.Message{Kind: query.KindEcho, Echo: w.echoes.take(e.payload)})
	case aTick:
		w.tick(int(e.to), e.at)
	case anEnd:
		w.unlink(int(e.to), e.link)
	}
}

// takeQuery charges a copy to its link and hands it to the router, as a node does.
func (w *World) takeQuery(n *node, e event) {
	w.stats.Messages++
	w.current = e.payload
	if n.liar != Honest && w.lie(n, e) {
		return
	}
	q := w.asked[e.payload].query
	m := query.Message{Kind: query.KindQuery, TTL: e.ttl, Hops: e.hops, Query: q}
	var verdict query.Verdict
	verdict, w.effects = n.router.Admit(e.link, w.now, w.effects[:0])
	switch verdict {
	case query.Admitted:
		w.effects = n.router.Handle(e.link, m, w.now, w.effects)
	case query.Refused:
		w.effects = n.router.Refuse(e.link, m, w.effects)
	}
	n.liar.forge(w.effects)
	w.perform(int(e.to), e.link, int(e.ttl)+int(e.hops))
	if q.Echo {
		w.plan(e.to)
	}
}

func (w *World) take(n *node, e event, m query.Message) {
	w.stats.Messages++
	if n.liar == Dropper && m.Kind == query.KindHits {
		return
	}
	w.current = w.numberOf(guidOf(m))
	w.effects = n.router.Handle(e.link, m, w.now, w.effects[:0])
	w.perform(int(e.to), e.link, 0)
}

func guidOf(m query.Message) query.GUID {
	if m.Kind == query.KindEcho {
		return m.Echo.GUID
	}
	return m.Hits.GUID
}

// plan has a node ticked when its first wave has waited too long.
func (w *World) plan(v uint32) {
	n := &w.nodes[v]
	at, ok := n.router.Deadline()
	if !ok {
		return
	}
	due := at.Sub(dawn)
	if n.ticks != 0 && n.ticks <= due {
		return
	}
	n.ticks = due
	w.queue.push(event{at: max(due, w.at), to: v, kind: aTick})
}

// tick ends the waves of a node that have waited too long.
func (w *World) tick(v int, at time.Duration) {
	n := &w.nodes[v]
	if n.ticks != at {
		return // an earlier one has been planned since
	}
	n.ticks = 0
	w.effects = n.router.Tick(w.now, w.effects[:0])
	w.perform(v, query.Self, 0)
	w.plan(uint32(v))
}

// lose counts a message that finds nobody.
func (w *World) lose(e event) {
	switch e.kind {
	case aQuery:
		w.asked[e.payload].tally.Lost++
	case aHits:
		w.hits.take(e.payload)
	case anEcho:
		w.echoes.take(e.payload)
	default:
		return
	}
	w.stats.Messages++
	w.stats.Lost++
}
