package transfer

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestQueuePlacesAreTold: with one slot, three fetchers wait in the order they
// came, know their places, and are all served.
func TestQueuePlacesAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.Slots, o.UpBytesPerSec = 1, 1<<20
		a := n.start("a", o, nil)
		s := newSample(t, 16*groupBytes, 1)
		a.share(s)
		var fetchers []*node
		for i := range 3 {
			o := n.options("z")
			o.NoSeed = true // or they would trade past the queue
			z := n.start(Source(fmt.Sprint("z", i)), o, nil)
			fetchers = append(fetchers, z)
			if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{"a"}}); err != nil {
				t.Fatal(err)
			}
			// The next one comes when this one has its place.
			z.wait(s.id, func(st Status) bool {
				return len(st.Sources) == 1 && (st.HaveBytes > 0 || st.Sources[0].QueuePosition > 0)
			})
		}
		for i, z := range fetchers {
			st := z.Downloads()[0]
			if p := st.Sources[0]; p.QueuePosition != i || i > 0 && (p.State != SourceWaiting || p.QueueETA <= 0 || st.Reason == "") {
				t.Errorf("z%d stands at %d, %s for %v: %s", i, p.QueuePosition, p.State, p.QueueETA, st.Reason)
			}
		}
		if ups := a.Uploads(); len(ups) != 3 || ups[0].State != "sending" || ups[2].State != "waiting" || ups[2].QueuePosition != 2 || ups[0].SizeBytes != int64(len(s.data)) {
			t.Errorf("a serves %+v", ups)
		}
		var order []string
		var mu sync.Mutex
		var done sync.WaitGroup
		for _, z := range fetchers {
			done.Go(func() {
				want(t, s, z.wait(s.id, func(st Status) bool { return st.State.Final() }))
				mu.Lock()
				defer mu.Unlock()
				order = append(order, string(z.name))
			})
		}
		done.Wait()
		if fmt.Sprint(order) != "[z0 z1 z2]" {
			t.Errorf("served in the order %v", order)
		}
	})
}

// TestQueueFull: who finds the queue full is told so, comes back and is served.
func TestQueueFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.Slots, o.QueueMax, o.UpBytesPerSec = 1, 1, 1<<20
		a := n.start("a", o, nil)
		s := newSample(t, 12*groupBytes, 2)
		a.share(s)
		var done sync.WaitGroup
		for i := range 3 {
			z := n.start(Source(fmt.Sprint("z", i)), n.options("z"), nil)
			done.Go(func() { want(t, s, z.get(Request{ID: s.id, Sources: []Source{"a"}})) })
		}
		done.Wait()
	})
}

// TestSlotTurns: a long upload makes room for those who wait.
func TestSlotTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.Slots, o.SlotTurn, o.UpBytesPerSec = 1, 3*time.Second, 1<<20
		a := n.start("a", o, nil)
		long, short := newSample(t, 80*groupBytes, 3), newSample(t, 4*groupBytes, 4)
		a.share(long)
		a.share(short)
		y, z := n.start("y", n.options("y"), nil), n.start("z", n.options("z"), nil)
		if _, err := y.Get(Request{ID: long.id, Name: "f", Sources: []Source{"a"}}); err != nil {
			t.Fatal(err)
		}
		y.wait(long.id, func(st Status) bool { return st.HaveBytes > groupBytes })
		start := time.Now()
		want(t, short, z.get(Request{ID: short.id, Sources: []Source{"a"}}))
		if took := time.Since(start); took > 7*time.Second {
			t.Errorf("the short one took %v beside a long one", took)
		}
		want(t, long, y.wait(long.id, func(st Status) bool { return st.State.Final() }))
	})
}

// TestTinyFilesPass: a file of one group does not wait in the queue.
func TestTinyFilesPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.Slots, o.UpBytesPerSec = 1, 1<<20
		a := n.start("a", o, nil)
		long, tiny := newSample(t, 80*groupBytes, 5), newSample(t, 1000, 6)
		a.share(long)
		a.share(tiny)
		y, z := n.start("y", n.options("y"), nil), n.start("z", n.options("z"), nil)
		if _, err := y.Get(Request{ID: long.id, Name: "f", Sources: []Source{"a"}}); err != nil {
			t.Fatal(err)
		}
		y.wait(long.id, func(st Status) bool { return st.HaveBytes > groupBytes })
		start := time.Now()
		want(t, tiny, z.get(Request{ID: tiny.id, Sources: []Source{"a"}}))
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("1000 bytes took %v", took)
		}
	})
}

// TestNoSlots: a node that serves nobody says so.
func TestNoSlots(t *testing.T) {
	n := newNetwork(t, true)
	o := n.options("a")
	o.Slots = -1
	a := n.start("a", o, nil)
	s := newSample(t, 100, 7)
	a.share(s)
	z := n.options("z")
	z.GiveUpAfter = time.Second
	if got := n.start("z", z, nil).get(Request{ID: s.id, Sources: []Source{"a"}}); got.Fail != FailRefused {
		t.Errorf("%s: %s", got.Fail, got.Reason)
	}
}
