package overlay

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"starling/query"
)

// ErrNoNeighbours reports a search that has nobody to ask.
var ErrNoNeighbours = errors.New("this node has no neighbours to ask")

// Hit is a batch of one holder that a search got.
type Hit struct {
	Node      string // the holder, who signed it
	Hops      int    // links it came by
	FreeSlots int    // upload slots the holder had
	Entries   []query.Entry
	record    []byte // of the holder, by which it can be reached
}

// SearchEvent is one step of a search: a Hit, or the Receipt that ends it.
type SearchEvent struct {
	Hit     *Hit
	Receipt *query.Receipt
}

// search is a query of this node while it lasts. core.mu guards its use by the
// core; mu guards what the core hands to the search's goroutine.
type search struct {
	mu    sync.Mutex // guards all below
	count *query.Search
	found []Hit
	ready chan struct{} // holds one token while there is something to see
}

// Search asks the network and returns what comes in, as it comes. The channel is
// closed after the receipt. Cancelling ctx ends the search with a receipt that
// says so; read the channel to its end. The error is ErrNoNeighbours or what is
// wrong with the spec.
func (o *Overlay) Search(ctx context.Context, spec query.Spec) (<-chan SearchEvent, error) {
	if o.core.degree() == 0 {
		return nil, ErrNoNeighbours
	}
	if spec.TTL == 0 {
		spec.TTL = query.DefaultTTL
	}
	var nonce [16]byte
	rand.Read(nonce[:]) // never fails
	q, err := query.NewQuery(spec.Expr, 0, !spec.NoEcho, nonce)
	if err != nil {
		return nil, err
	}
	s := &search{count: query.NewSearch(spec, time.Now()), ready: make(chan struct{}, 1)}
	events := make(chan SearchEvent)
	if !o.start(func() { o.runSearch(ctx, q, spec, s, events) }) {
		return nil, errors.New("the node is stopping")
	}
	return events, nil
}

func (o *Overlay) runSearch(ctx context.Context, q *query.Query, spec query.Spec, s *search, events chan<- SearchEvent) {
	defer close(events)
	o.core.open(q.GUID, s)
	defer o.core.closeSearch(q.GUID)
	copies := o.core.handleSelf(query.Message{Kind: query.KindQuery, TTL: spec.TTL, Query: q})
	if err := publish(o.running, o.topic, copies); err != nil {
		o.opts.Logger.Warn("search not sent", "err", err)
	}
	timer := time.NewTimer(time.Until(s.count.Deadline()))
	defer timer.Stop()
	for {
		why := query.Stop("")
		select {
		case <-ctx.Done():
			why = query.Cancelled
		case <-o.running.Done():
			why = query.Cancelled
		case <-timer.C:
			why = query.Waited
		case <-s.ready:
		}
		found, stopped := s.take()
		for i := range found {
			o.learn(found[i])
			select {
			case events <- SearchEvent{Hit: &found[i]}:
			case <-ctx.Done():
			}
		}
		if why == "" {
			why = stopped
		}
		if why != "" {
			sums, _ := o.core.sums(q.GUID)
			r := s.receipt(q.GUID, sums, why)
			events <- SearchEvent{Receipt: &r}
			return
		}
	}
}

// learn remembers how to reach a holder, by its own signature.
func (o *Overlay) learn(h Hit) {
	if c, err := openContact(h.record); err == nil && c.id.String() == h.Node && c.id != o.host.ID() {
		o.contacts.add(c, time.Now())
	}
}

// hits takes a delivered batch.
func (s *search) hits(m query.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if good := s.count.Hits(m.Hits.Batch); len(good) > 0 {
		s.found = append(s.found, Hit{Node: m.Hits.Batch.Holder, Hops: int(m.Hops), FreeSlots: m.Hits.Batch.FreeSlots, Entries: good, record: m.Hits.Batch.Record})
	}
	s.wake()
}

func (s *search) finish(sums query.Sums) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Finish(sums)
	s.wake()
}

func (s *search) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// take returns what has come since the last time, and whether it is enough.
func (s *search) take() ([]Hit, query.Stop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.found
	s.found = nil
	why, _ := s.count.Stopped(time.Now())
	return found, why
}

func (s *search) receipt(guid query.GUID, sums query.Sums, why query.Stop) query.Receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count.Receipt(guid, sums, why, time.Now())
}

func (c *core) open(guid query.GUID, s *search) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.searches[guid] = s
}

func (c *core) closeSearch(guid query.GUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.searches, guid)
}

func (c *core) sums(guid query.GUID) (query.Sums, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.router.Sums(guid)
}
