package mesh

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestContactsKeepWhatWorked(t *testing.T) {
	var c contacts
	for peer := range contactsMax {
		c.add(peer, time.Duration(peer))
		c.add(peer, time.Hour) // known already
	}
	c.works(0, 0)
	c.failed(5, 0, rand.New(rand.NewPCG(1, 2)))
	for peer := contactsMax; peer < contactsMax+10; peer++ {
		c.add(peer, time.Duration(peer))
	}
	// Ten had to go: the one that failed, then the oldest but the one that worked.
	if len(c) != contactsMax || c.find(0) == nil || c.find(5) != nil || c.find(10) != nil || c.find(11) == nil {
		t.Errorf("%d contacts: 0 %v, 5 %v, 10 %v, 11 %v", len(c), c.find(0), c.find(5), c.find(10), c.find(11))
	}
}

func TestContactsWaitLongerEachTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var c contacts
	c.add(7, 0)
	wait := retryFirst
	for try := range 40 {
		c.failed(7, 0, rng)
		if got := c[0].notUntil; got < wait || got >= wait+wait/4 {
			t.Fatalf("after %d failures the next attempt is in %v, not in %v and up to a quarter more", try+1, got, wait)
		}
		wait = min(2*wait, retryMost)
	}
	c[0].missed, c[0].missedAt = true, 0
	for _, away := range []time.Duration{time.Second, 4 * time.Minute} {
		c.failed(7, away, rng)
		want := max(retryFirst, away/8)
		if got := c[0].notUntil - away; got < want || got >= want+want/4 {
			t.Errorf("%v after it was missed the next attempt is in %v, want %v", away, got, want)
		}
	}
	if c.works(7, 0); c[0].missed || c[0].failures != 0 || c[0].notUntil != 0 {
		t.Errorf("a neighbour: %+v", c[0])
	}
}

func TestContactsArePicked(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var c contacts
	for peer := range 20 {
		c.add(peer, 0)
		if peer%2 == 0 {
			c.works(peer, 0)
		}
	}
	c.failed(3, 0, rng)
	c.failed(4, 0, rng)
	seen := map[int]bool{}
	for range 200 {
		got := c.pick(3, time.Second, rng, func(x *contact) bool { return x.peer != 5 })
		if len(got) != 3 || got[0] == got[1] || got[1] == got[2] || got[0] == got[2] {
			t.Fatalf("picked %v", got)
		}
		for _, peer := range got {
			seen[peer] = true
		}
	}
	if len(seen) != 17 || seen[3] || seen[4] || seen[5] {
		t.Errorf("picked %v over time", seen)
	}
	good := c.proven(20, 6, rng)
	if slices.Sort(good); !slices.Equal(good, []int{0, 2, 8, 10, 12, 14, 16, 18}) {
		t.Errorf("told of %v", good)
	}
	if got := c.proven(2, 6, rng); len(got) != 2 {
		t.Errorf("told of %v", got)
	}
}
