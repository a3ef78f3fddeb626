package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"starling/transfer/pb"
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

// waiting lists who waits at a node, in the order of their positions.
func (p *node) waiting() (names []Source) {
	ups := p.Uploads()
	slices.SortFunc(ups, func(a, b UploadStatus) int { return a.QueuePosition - b.QueuePosition })
	for _, u := range ups {
		if u.QueuePosition > 0 {
			names = append(names, u.Node)
		}
	}
	return names
}

// join starts a node that asks another for a file and waits until it has a place.
func (n *network) join(name, at Source, s sample) *node {
	n.t.Helper()
	o := n.options(name)
	o.NoSeed = true // or they would trade past the queue
	z := n.start(name, o, nil)
	if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{at}}); err != nil {
		n.t.Fatal(err)
	}
	z.wait(s.id, func(st Status) bool {
		return len(st.Sources) == 1 && (st.HaveBytes > 0 || st.Sources[0].QueuePosition > 0)
	})
	return z
}

// TestQueueSurvivesARestart: who waited before stands before who came meanwhile,
// in the old order, and whoever was served has the rest of its turn.
func TestQueueSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.Slots, o.UpBytesPerSec, o.SlotTurn = 1, 1<<18, 10*time.Minute
		lib := newLibrary(t)
		a := n.startWith("a", o, nil, lib)
		s := newSample(t, 200*groupBytes, 1)
		a.share(s)
		for i := range 4 {
			n.join(Source(fmt.Sprint("z", i)), "a", s)
		}
		a.stop()
		a = n.startWith("a", o, nil, lib)
		n.join("new", "a", s)
		for len(a.waiting()) < 4 { // as they try again, in any order
			time.Sleep(time.Second)
		}
		got := a.waiting()
		want := []Source{"z0", "z1", "z2", "z3", "new"}
		want = slices.DeleteFunc(want, func(s Source) bool { return !slices.Contains(got, s) }) // who came first is served
		if !slices.Equal(got, want) {
			t.Errorf("after the restart they wait as %v", got)
		}
	})
}

// TestDamagedStanding: what cannot be read is set aside, said, and no reason not to
// start.
func TestDamagedStanding(t *testing.T) {
	n := newNetwork(t, true)
	o := n.options("a")
	a := n.start("a", o, nil)
	a.ledger.gave("friend", 1<<20)
	a.stop()
	path := standingPath(o.StateDir)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.Index(b, []byte("friend"))] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	a = n.start("a", o, nil)
	if _, given := a.ledger.credit("friend"); given != 0 || len(a.Notices()) != 1 || !strings.Contains(a.Notices()[0], "set aside") {
		t.Errorf("%d bytes given; notices %q", given, a.Notices())
	}
	a.ledger.gave("friend", 1<<20)
	a.stop()
	a = n.start("a", o, nil)
	if _, given := a.ledger.credit("friend"); given < 1<<20-100 || len(a.Notices()) > 0 {
		t.Errorf("%d bytes given; notices %q", given, a.Notices())
	}
}

// TestGiversComeFirst: what a node really gave, verified, brings it before one that
// has waited longer; a liar's bytes bring nothing.
func TestGiversComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.Slots, o.UpBytesPerSec, o.SlotTurn = 1, 1<<20, 10*time.Minute
		a := n.start("a", o, nil)
		own, gift := newSample(t, 200*groupBytes, 1), newSample(t, 64*groupBytes, 2)
		a.share(own)
		friend := n.start("friend", n.options("friend"), nil)
		friend.share(gift)
		n.serve("liar", (&fake{sample: gift, group: flip}).serve)
		want(t, gift, a.get(Request{ID: gift.id, Sources: []Source{"friend", "liar"}}))
		if _, given := a.ledger.credit("friend"); given < 63*groupBytes || given > 64*groupBytes {
			t.Errorf("a friend gave %d bytes", given)
		}
		if _, given := a.ledger.credit("liar"); given > 0 {
			t.Errorf("a liar gave %d bytes", given)
		}
		n.join("served", "a", own)
		n.join("stranger", "a", own)
		n.join("another", "a", own)
		if _, err := friend.Get(Request{ID: own.id, Name: "f", Sources: []Source{"a"}}); err != nil {
			t.Fatal(err)
		}
		friend.wait(own.id, func(st Status) bool { return len(st.Sources) > 0 && st.Sources[0].QueuePosition > 0 })
		if got := a.waiting(); !slices.Equal(got, []Source{"friend", "stranger", "another"}) {
			t.Errorf("they wait as %v", got)
		}
		for _, u := range a.Uploads() {
			if given := u.GivenBytes > 0; given != (u.Node == "friend") || (u.QueueETA > 0) != (u.QueuePosition > 0) {
				t.Errorf("%+v", u)
			}
		}
	})
}

// TestStalledPeersMoveOn: who takes next to nothing loses the slot to who waits,
// though its stream lives and its turn is long; and nobody loses it to no one.
func TestStalledPeersMoveOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.Slots, o.SlotTurn = 1, time.Hour
		a := n.start("a", o, nil)
		s := newSample(t, 16*groupBytes, 1)
		a.share(s)
		stream, err := n.dialAs("sloth")(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		c := newConn(stream)
		hello := &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: s.id[:]}}}
		ask := &pb.Message{Kind: &pb.Message_Range{Range: &pb.Range{Runs: []uint32{0, 16}}}}
		m := new(pb.Message)
		if err := errors.Join(c.write(hello), c.read(m), c.write(ask)); err != nil || m.GetHave() == nil {
			t.Fatal(err, m)
		}
		enough := make(chan struct{})
		var done sync.WaitGroup
		done.Go(func() {
			b := make([]byte, 200)
			stream.SetReadDeadline(time.Time{})
			for taken := uint64(150); ; taken += 150 { // of Data
				time.Sleep(time.Second)
				select {
				case <-enough:
					return
				default:
				}
				_, err := stream.Read(b)
				received := &pb.Message{Kind: &pb.Message_Received{Received: &pb.Received{Bytes: taken}}}
				if err = errors.Join(err, c.write(received)); err != nil {
					t.Error(err)
					return
				}
			}
		})
		time.Sleep(time.Minute)
		if ups := a.Uploads(); len(ups) != 1 || ups[0].State != "sending" {
			t.Errorf("alone it is %+v", ups)
		}
		start := time.Now()
		z := n.start("z", n.options("z"), nil)
		want(t, s, z.get(Request{ID: s.id, Sources: []Source{"a"}}))
		if took := time.Since(start); took > 2*slowTime {
			t.Errorf("it took %v beside one that does not take", took)
		}
		close(enough)
		done.Wait()
	})
}
