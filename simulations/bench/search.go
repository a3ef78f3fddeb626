package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"starling/node"
)

const (
	searchRounds = 2
	searchNodes  = 5
	searchBits   = 100_000_000
	searchCount  = 120 // searches in each state: a p95 then rests on six
	// searchEvery is the middle of the time between two searches: a node takes five
	// a second from a neighbour.
	searchEvery = 260 * time.Millisecond
	searchWait  = 10 * time.Second
	// searchBurst and searchQueue are a home router's: a queue in which a frame
	// waits for up to 50 ms when a sender fills it.
	searchBurst = 2 * time.Millisecond
	searchQueue = 50 * time.Millisecond
	// loadTime is how long transfers run before the searches begin.
	loadTime = 5 * time.Second
)

var (
	p50     = quantity{"p50", "ms", 1}
	p95     = quantity{"p95", "ms", 1}
	overOwn = quantity{"p95 ÷ idle", "", 2}
	later   = quantity{"p95 − idle", "ms", 1}
)

// search asks along a chain of nodes, idle and with every link full.
func (b *bench) search(ctx context.Context, t *table) error {
	t.note("a chain of %d nodes in network namespaces, links of %d Mbit/s (tc tbf, burst %v, latency %v, both ends); the file is at the far end", searchNodes, searchBits/1_000_000, searchBurst, searchQueue)
	t.note("first hit of %d searches, timed at the control API; loaded: each node also fetches a file from the next at full speed, in the direction of the hits", searchCount)
	t.note("the echo is one byte there and back on a TCP connection of its own from end to end: what the links and their queues add to anybody's packets")
	for range b.roundsOr(searchRounds) {
		if err := b.oneSearch(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) oneSearch(ctx context.Context, t *table) error {
	st, err := b.newStage(b.work, "se")
	if err != nil {
		return err
	}
	defer st.clear()
	c, err := st.chain(ctx)
	if err != nil {
		return err
	}
	idle, err := c.ask(ctx)
	if err != nil {
		return err
	}
	shares, loaded, err := c.underLoad(ctx)
	if err != nil {
		return err
	}
	b.say("search  idle p95 %.1f ms (echo %.1f), loaded p95 %.1f ms (echo %.1f), links filled to %.2f", idle.searches.p95(), idle.echoes.p95(),
		loaded.searches.p95(), loaded.echoes.p95(), slices.Min(shares))
	for _, who := range []struct {
		name         string
		idle, loaded times
	}{{"first hit", idle.searches, loaded.searches}, {"TCP echo", idle.echoes, loaded.echoes}} {
		t.add(who.name+", idle", p50, who.idle.percentile(50))
		t.add(who.name+", idle", p95, who.idle.p95())
		t.add(who.name+", loaded", p50, who.loaded.percentile(50))
		t.add(who.name+", loaded", p95, who.loaded.p95())
		t.add(who.name+", loaded", overOwn, who.loaded.p95()/who.idle.p95())
		t.add(who.name+", loaded", later, who.loaded.p95()-who.idle.p95())
	}
	t.add("transfers, the slowest link", ofLink, slices.Min(shares))
	return nil
}

// times are durations in ms.
type times []float64

// percentile is the least value that is no less than p percent of all.
func (t times) percentile(p int) float64 {
	sorted := slices.Sorted(slices.Values(t))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

func (t times) p95() float64 { return t.percentile(95) }

func (t *times) since(began time.Time) { *t = append(*t, time.Since(began).Seconds()*1000) }

// answers are what was measured in one state of the links.
type answers struct{ searches, echoes times }

// ask searches from the near end, and sends bytes to the echo beside it.
func (c *chain) ask(ctx context.Context) (a answers, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var tasks errgroup.Group
	tasks.Go(func() (err error) {
		a.echoes, err = c.echo(ctx)
		return err
	})
	err = c.searches(ctx, &a.searches)
	stop()
	return a, errors.Join(err, tasks.Wait())
}

func (c *chain) searches(ctx context.Context, found *times) error {
	for range searchCount {
		pause := searchEvery/2 + rand.N(searchEvery)
		next := time.NewTimer(pause)
		began := time.Now()
		if err := c.firstHit(ctx); err != nil {
			return err
		}
		found.since(began)
		select {
		case <-next.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// firstHit returns when the first hit of a search is there.
func (c *chain) firstHit(ctx context.Context) error {
	request := node.SearchRequest{Expression: needle, WaitMS: searchWait.Milliseconds()}
	for event, err := range c.nodes[0].client.Search(ctx, request) {
		if err != nil {
			return err
		}
		if event.Hit != nil {
			return nil
		}
	}
	return fmt.Errorf("a search found nothing within %v", searchWait)
}
