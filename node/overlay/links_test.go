package overlay

import "testing"

// A link carries queries once both sides have said so, in either order; until
// this side has, queries that come over it are not welcome.
func TestLinkNeedsReadyFromBothSides(t *testing.T) {
	fresh := func() (*core, *link) {
		c := newCore(Options{}.withDefaults())
		l := &link{peer: "x", out: newOutbox(), carrier: make(chan struct{}, 1), cancel: func(error) {}}
		if !c.add(l) {
			t.Fatal("no link")
		}
		return c, l
	}

	c, l := fresh()
	c.gotReady(l)
	if c.isUp(l) || c.linked(l.peer) || len(c.router.Links()) != 0 {
		t.Error("up although this side cannot send queries yet")
	}
	c.sendsReady(l)
	if !c.isUp(l) || !c.linked(l.peer) || len(c.router.Links()) != 1 {
		t.Error("not up although both sides are ready")
	}

	c, l = fresh()
	c.sendsReady(l)
	if c.isUp(l) || len(c.router.Links()) != 0 {
		t.Error("up although the other side has not said so")
	}
	if !c.linked(l.peer) || !c.isUp(l) {
		t.Error("a query that overtakes the neighbour's Ready is not taken for one")
	}

	c, l = fresh()
	c.remove(l)
	c.sendsReady(l)
	c.gotReady(l)
	if len(c.router.Links()) != 0 {
		t.Error("a link that is gone came up")
	}
	if !c.add(&link{peer: l.peer, out: newOutbox(), carrier: make(chan struct{}, 1)}) {
		t.Error("a neighbour that is gone cannot come back")
	}
}
