package node

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"

	"starling/node/overlay"
	"starling/query"
	"starling/share/content"
	"starling/share/words"
)

// Limits of what a search may ask for.
const (
	searchWait    = 3 * time.Second
	searchWaitMax = 10 * time.Minute
	// joinGrace is how long after its start a node without neighbours makes a search wait for the first one: discovery is under way then.
	joinGrace = 3 * time.Second
	joinLook  = 20 * time.Millisecond
	// hitBuffer holds rows that the asker has not read yet; the search goes on meanwhile.
	hitBuffer = 256
)

// search asks the network. The channel carries rows, each again when it grows, then one receipt, and is closed. It must be read to its end;
// it ends soon after ctx.
func (n *Node) search(ctx context.Context, request SearchRequest) (<-chan SearchEvent, error) {
	spec, err := specOf(request)
	if err != nil {
		return nil, err
	}
	n.awaitNeighbour(ctx, spec.Wait)
	events, err := n.overlay.Search(ctx, spec)
	if errors.Is(err, overlay.ErrNoNeighbours) {
		reach := n.reach()
		return nil, &Problem{Code: CodeNoNeighbours, Message: "no neighbours: nobody to ask yet", Reach: &reach}
	}
	if err != nil {
		return nil, err
	}
	s := n.book.begin(spec.Expr.String(), time.Now())
	out := make(chan SearchEvent, hitBuffer)
	go n.collect(s, spec, events, out)
	return out, nil
}

func specOf(r SearchRequest) (query.Spec, error) {
	expr, err := words.Parse(r.Expression)
	if err != nil {
		return query.Spec{}, usage("%v", err)
	}
	if _, err := query.ParseStrategy(r.Strategy); err != nil {
		return query.Spec{}, usage("%v", err)
	}
	wait := searchWait
	if r.WaitMS != 0 {
		wait = time.Duration(r.WaitMS) * time.Millisecond
	}
	switch {
	case r.WaitMS < 0 || r.WaitMS > searchWaitMax.Milliseconds():
		return query.Spec{}, usage("a search waits between 1 ms and %v", searchWaitMax)
	case r.TTL < 0 || r.TTL > math.MaxUint8:
		return query.Spec{}, usage("a TTL is between 1 and %d links", math.MaxUint8)
	case r.Want < 0:
		return query.Spec{}, usage("want one file or more, or 0 for all")
	}
	return query.Spec{Expr: expr, TTL: cmp.Or(uint8(r.TTL), query.DefaultTTL), Want: r.Want, Wait: wait}, nil
}

// awaitNeighbour gives a node that has just started the time to find somebody.
func (n *Node) awaitNeighbour(ctx context.Context, most time.Duration) {
	grace := min(joinGrace-time.Since(n.started), most)
	if grace <= 0 || len(n.overlay.Neighbours()) > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	look := time.NewTicker(joinLook)
	defer look.Stop()
	for len(n.overlay.Neighbours()) == 0 {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// collect turns what the overlay brings into rows, until the receipt.
func (n *Node) collect(s *search, spec query.Spec, events <-chan overlay.SearchEvent, out chan<- SearchEvent) {
	defer close(out)
	asked, firstHit := time.Now(), int64(-1)
	for e := range events {
		if e.Receipt != nil {
			receipt := receiptOf(s, spec, *e.Receipt, firstHit)
			receipt.Rows = n.book.size(s)
			out <- SearchEvent{Receipt: &receipt}
			continue
		}
		if firstHit < 0 {
			firstHit = time.Since(asked).Milliseconds()
		}
		for _, hit := range n.book.add(s, e.Hit.Node, e.Hit.Hops, e.Hit.FreeSlots, foundIn(e.Hit.Entries)) {
			hit.Have = n.have(hit.ID)
			out <- SearchEvent{Hit: &hit}
		}
	}
	if err := n.book.save(); err != nil {
		n.logger.Warn("searches not remembered on disk", "err", err)
	}
}

func foundIn(entries []query.Entry) []found {
	out := make([]found, len(entries))
	for i, e := range entries {
		out[i] = found{ID: e.ID, Name: e.Name, Kind: e.Type.String(), SizeBytes: e.SizeBytes, HeldBytes: heldBytes(e), Files: e.Files, Tags: e.Tags}
	}
	return out
}

// heldBytes is how much of a file its holder has, as near as groups tell.
func heldBytes(e query.Entry) int64 {
	if e.Whole() || e.Groups <= 0 {
		return e.SizeBytes
	}
	held := min(max(e.HeldGroups, 0), e.Groups)
	return min(e.SizeBytes, int64(held)*content.LayoutOf(e.SizeBytes).GroupBytes())
}

func receiptOf(s *search, spec query.Spec, r query.Receipt, firstHit int64) Receipt {
	sums := r.Reported
	return Receipt{
		Type: "receipt", Search: s.name(), GUID: hex.EncodeToString(r.GUID[:]), Asked: int(sums.Reached), Answered: r.Answered,
		Hits: r.Entries, Messages: int(sums.Messages()), Duplicates: int(sums.Duplicates), Reforwarded: int(sums.Reforwarded),
		PrunedTTL: int(sums.Pruned), RateLimited: int(sums.RateLimited), Lost: int(sums.Lost), Complete: r.Complete, TTL: int(spec.TTL),
		ElapsedMS: r.Elapsed.Milliseconds(), FirstHitMS: firstHit, Stopped: string(r.Stopped),
	}
}

// rows lists the rows of a remembered search.
func (n *Node) rows(name string) ([]Hit, error) {
	number, err := parseSearchName(name)
	if err != nil {
		return nil, err
	}
	hits, err := n.book.hits(number)
	for i := range hits {
		hits[i].Have = n.have(hits[i].ID)
	}
	return hits, err
}

// have tells whether this node serves the content already.
func (n *Node) have(id string) bool {
	parsed, err := content.ParseID(id)
	if err != nil {
		return false
	}
	_, known := n.library.ByID(parsed)
	return known
}

// findSources asks the network who holds a content id, for a download that needs more sources.
func (n *Node) findSources(ctx context.Context, id content.ID) ([]string, error) {
	expr, err := words.Parse("id:" + id.String())
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", id, err)
	}
	events, err := n.overlay.Search(ctx, query.Spec{Expr: expr, Wait: searchWait})
	if err != nil {
		return nil, err
	}
	var nodes []string
	for e := range events {
		if e.Hit != nil && len(nodes) < rowSourcesMax {
			nodes = append(nodes, e.Hit.Node)
		}
	}
	return nodes, nil
}
