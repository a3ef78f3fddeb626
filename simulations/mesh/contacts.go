package mesh

import (
	"math/rand/v2"
	"slices"
	"time"
)

// contact is a node that another one knows of, and how it has behaved.
type contact struct {
	peer     int32
	failures uint8
	worked   bool // there has been a link
	missed   bool // whose loss came without a bye
	added    time.Duration
	missedAt time.Duration
	notUntil time.Duration // of the next attempt
}

// contacts are those of one node, in the order it heard of them.
type contacts []contact

func (c contacts) find(peer int) *contact {
	for i := range c {
		if int(c[i].peer) == peer {
			return &c[i]
		}
	}
	return nil
}

// add remembers a contact that is not known yet.
func (c *contacts) add(peer int, now time.Duration) {
	if c.find(peer) != nil {
		return
	}
	if len(*c) >= contactsMax {
		c.evict()
	}
	*c = append(*c, contact{peer: int32(peer), added: now})
}

// evict forgets the contact least worth keeping: one that never worked before one
// that did, the most failures first, then the oldest.
func (c *contacts) evict() {
	worst := 0
	for i := range *c {
		if worse(&(*c)[i], &(*c)[worst]) {
			worst = i
		}
	}
	*c = slices.Delete(*c, worst, worst+1)
}

func worse(a, b *contact) bool {
	switch {
	case a.worked != b.worked:
		return !a.worked
	case a.failures != b.failures:
		return a.failures > b.failures
	}
	return a.added < b.added
}

// works notes that a contact is a neighbour.
func (c *contacts) works(peer int, now time.Duration) {
	c.add(peer, now)
	x := c.find(peer)
	x.worked, x.missed, x.failures, x.notUntil = true, false, 0, 0
}

// failed notes an attempt that led nowhere, and waits longer each time.
func (c contacts) failed(peer int, now time.Duration, rng *rand.Rand) {
	x := c.find(peer)
	if x == nil {
		return
	}
	x.failures = min(x.failures+1, failuresMax)
	wait := min(retryFirst<<(x.failures-1), retryMost)
	if x.missed {
		wait = min(wait, max(retryFirst, (now-x.missedAt)/missedShare))
	}
	x.notUntil = now + wait + time.Duration(rng.Int64N(int64(wait/4)))
}

// pick returns up to n that may be tried now, at random.
func (c contacts) pick(n int, now time.Duration, rng *rand.Rand, mayTry func(*contact) bool) []int {
	if n == 0 {
		return nil
	}
	var ready []int
	for i := range c {
		if c[i].notUntil <= now && mayTry(&c[i]) {
			ready = append(ready, int(c[i].peer))
		}
	}
	return some(ready, n, rng)
}

// proven returns up to n that have worked and not failed since, at random.
func (c contacts) proven(n, but int, rng *rand.Rand) []int {
	var good []int
	for i := range c {
		if x := &c[i]; x.worked && x.failures == 0 && int(x.peer) != but {
			good = append(good, int(x.peer))
		}
	}
	return some(good, n, rng)
}

// some takes n of them at random, in a random order.
func some(all []int, n int, rng *rand.Rand) []int {
	n = min(n, len(all))
	for i := range n {
		k := i + rng.IntN(len(all)-i)
		all[i], all[k] = all[k], all[i]
	}
	return all[:n]
}
