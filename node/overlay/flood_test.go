package overlay

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"starling/query"
)

// floodNodes live nodes in one process, in a random mesh of degree 8: a flood
// whose TTL is above the mesh's width reaches every node with an exact number of
// messages, and the echoes account for each.
const floodNodes = 100

// regular links n nodes at random so that each has about degree links, in one piece.
func regular(net *testNet, degree int, rng *rand.Rand) (edges int) {
	n := len(net.nodes)
	linked := map[[2]int]bool{}
	var work sync.WaitGroup
	sem := make(chan struct{}, 8)
	link := func(a, b int) {
		if a == b || linked[[2]int{a, b}] || linked[[2]int{b, a}] {
			return
		}
		linked[[2]int{a, b}] = true
		sem <- struct{}{}
		work.Go(func() {
			defer func() { <-sem }()
			net.link(a, b)
		})
	}
	for range degree / 2 { // each round is a cycle through all nodes
		order := rng.Perm(n)
		for i := range order {
			link(order[i], order[(i+1)%n])
		}
	}
	work.Wait()
	return len(linked)
}

func TestLiveFloodCountsExactly(t *testing.T) {
	runs := floodRuns
	if text := os.Getenv("STARLING_FLOOD_RUNS"); text != "" {
		runs, _ = strconv.Atoi(text)
	}
	for run := range runs {
		for _, rule := range []query.Rule{query.DropAll, query.LargerTTL} {
			liveFlood(t, rule, uint64(run))
		}
	}
}

func liveFlood(t *testing.T, rule query.Rule, seed uint64) {
	net := newNet(t, floodNodes, func(_ int, o *Options) {
		o.Query = query.Options{Duplicates: rule, EchoPerHop: 10 * time.Second}
	})
	defer func() {
		var work sync.WaitGroup
		for _, stop := range net.stops {
			work.Go(stop)
		}
		work.Wait()
	}()
	edges := regular(net, 8, rand.New(rand.NewPCG(seed, 100)))
	if seed%2 == 1 { // every other run under load
		stop := burn()
		defer stop()
	}
	before := net.sent()
	r := net.search(0, "bird", query.Spec{TTL: 7, Wait: 2 * time.Minute})
	sums := r.receipt.Reported
	if r.receipt.Stopped != query.Finished || sums.Reached != floodNodes-1 || len(r.hits) != floodNodes-1 {
		t.Fatalf("rule %d seed %d: %d hits, receipt %+v", rule, seed, len(r.hits), r.receipt)
	}
	sent, again, fanOut := net.sent()-before, net.counts().Reforwards, net.counts().ReforwardCopies
	// A node that a copy of TTL 1 reached first sends nothing until a larger one comes.
	want := 2*edges - (floodNodes - 1) - int(sums.Pruned) + fanOut
	if sent != want || int(sums.Messages()) != sent || rule == query.DropAll && fanOut != 0 {
		t.Errorf("rule %d seed %d: %d edges, %d messages on the wire, %d in the echoes, want %d (%d of %d re-forwards)",
			rule, seed, edges, sent, sums.Messages(), want, fanOut, again)
	}
	if int(sums.Reforwarded) != again {
		t.Errorf("rule %d seed %d: echoes tell of %d re-forwards, the routers of %d", rule, seed, sums.Reforwarded, again)
	}
	t.Logf("rule %d seed %d: %d edges, %d messages, %d re-forwards with %d copies, %v", rule, seed, edges, sent, again, fanOut, r.receipt.Elapsed)
}

// burn loads both cores until stopped.
func burn() (stop func()) {
	done := make(chan struct{})
	var work sync.WaitGroup
	for range 2 {
		work.Go(func() {
			for x := uint64(1); ; x = x*6364136223846793005 + 1 {
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	return func() { close(done); work.Wait() }
}
