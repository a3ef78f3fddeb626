package overlay

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"starling/query"
)

// core is the search router and the tables its effects need, guarded by one
// mutex. Calls under it take microseconds and never block: what goes out is
// appended to a queue, in the order the router said it.
type core struct {
	log   *slog.Logger
	quiet *slog.Logger // for libraries that talk too much
	sent  atomic.Int64 // copies of queries handed to the wire

	mu       sync.Mutex // guards all below
	router   *query.Router
	links    map[query.Link]*link
	byPeer   map[peer.ID]*link
	carried  map[peer.ID]bool // pubsub has a stream out to the peer
	last     query.Link       // the last number given out
	searches map[query.GUID]*search
	drops    [query.ReasonCount]int
	answers  chan question
	overflow int // answers the library had no time for
}

func newCore(opts Options) *core {
	return &core{
		log: opts.Logger, quiet: slog.New(slog.DiscardHandler),
		router: query.New(opts.Query), links: map[query.Link]*link{}, byPeer: map[peer.ID]*link{},
		carried: map[peer.ID]bool{}, searches: map[query.GUID]*search{},
		answers: make(chan question, answerQueue),
	}
}

// handle gives a neighbour's message to the router and returns the copies of
// queries to send, which only pubsub's loop may do.
func (c *core) handle(from peer.ID, m query.Message) []query.Effect {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.byPeer[from]
	if l == nil || l.parting {
		c.drops[query.NotALink]++
		return nil
	}
	return c.perform(c.router.Handle(l.number, m, time.Now(), nil))
}

// handleSelf gives messages of this node to the router.
func (c *core) handleSelf(messages ...query.Message) (copies []query.Effect) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range messages {
		copies = append(copies, c.perform(c.router.Handle(query.Self, m, time.Now(), nil))...)
	}
	return copies
}

// perform carries out effects under mu, but for copies of queries, which it
// returns.
func (c *core) perform(effects []query.Effect) (copies []query.Effect) {
	for _, e := range effects {
		switch e.Kind {
		case query.Send:
			if e.Message.Kind == query.KindQuery {
				copies = append(copies, e)
			} else if l := c.links[e.Link]; l != nil {
				l.out.push(e.Message)
			}
		case query.Answer, query.AnswerReserved:
			c.ask(c.questionOf(e))
		case query.Verify:
			if l := c.links[e.Link]; l != nil {
				l.unverified = append(l.unverified, e.Message)
			}
		case query.Deliver:
			c.deliver(e.Message)
		case query.Finish:
			c.finish(e.Message.Echo)
		case query.Drop:
			c.drops[e.Reason]++
		case query.Bye:
			c.part(e)
		}
	}
	return copies
}

// part ends a link for what it did. Nothing more is taken from it, and what it
// sends meanwhile is no news.
func (c *core) part(e query.Effect) {
	l := c.links[e.Link]
	if l == nil || l.parting {
		return
	}
	l.parting = true
	c.log.Warn("parting from a neighbour", "node", l.peer, "reason", e.Reason.String())
	l.part(byeOf(e.Reason))
}

// partFrom ends the link with a peer, if there is one.
func (c *core) partFrom(p peer.ID, why query.Reason) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.byPeer[p]
	if l == nil {
		return false
	}
	c.part(query.Effect{Kind: query.Bye, Link: l.number, Reason: why})
	return true
}

// ask queues a query for the library. When the library cannot keep up, the
// query counts as answered with nothing.
func (c *core) ask(q question) {
	select {
	case c.answers <- q:
	default:
		c.overflow++
		c.perform(c.router.Handle(query.Self, q.answered(), time.Now(), nil))
	}
}

func (c *core) deliver(m query.Message) {
	if s := c.searches[m.Hits.GUID]; s != nil {
		s.hits(m)
	}
}

func (c *core) finish(e *query.Echo) {
	if s := c.searches[e.GUID]; s != nil {
		s.finish(e.Sums)
	}
}

// tick lets time pass in the router.
func (c *core) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.perform(c.router.Tick(time.Now(), nil))
}

// linked reports whether queries of the peer are welcome. One that sends before
// its Ready has come over another stream is ready all the same.
func (c *core) linked(p peer.ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.byPeer[p]
	if l == nil || !l.sentReady || l.parting {
		return false
	}
	c.peerReady(l)
	return true
}

func (c *core) misbehaved(p peer.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.byPeer[p]; l != nil {
		c.perform(c.router.Misbehaved(l.number, nil))
	}
}

func (c *core) count(why query.Reason, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops[why] += n
}

// mayCarry names the peer behind a copy's link, unless hits wait for that link:
// then queries stand back, and the router is told.
func (c *core) mayCarry(e query.Effect) (peer.ID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.links[e.Link]
	if l != nil && l.out.waiting() < shedQueueBytes {
		return l.peer, true
	}
	c.perform(c.router.Lost(e.Link, e.Message.Query.GUID, e.Message.TTL, nil))
	return "", false
}

// lost tells the router of a copy that pubsub dropped.
func (c *core) lost(p peer.ID, h query.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.byPeer[p]; l != nil {
		c.perform(c.router.Lost(l.number, h.GUID, h.TTL, nil))
	}
}

// snapshot returns the counts of what was dropped, by reason.
func (c *core) snapshot() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for why, n := range c.drops {
		if n > 0 {
			out[query.Reason(why).String()] = n
		}
	}
	if c.overflow > 0 {
		out["library-busy"] = c.overflow
	}
	return out
}
