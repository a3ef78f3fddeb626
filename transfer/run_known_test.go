package transfer

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"starling/transfer/pb"
)

// TestKnownSourcesMakeRoom: names that come later find room among too many; who has
// given something, is with us, has lied or was named by the owner stays.
func TestKnownSourcesMakeRoom(t *testing.T) {
	r := &run{}
	keep := map[Source]*peer{
		"owner's": {state: SourceSpare},
		"gave":    {state: SourceSpare, before: 1},
		"sends":   {state: SourceSending, startedAt: time.Now()},
		"lied":    {state: SourceCutOff},
	}
	for s, p := range keep {
		p.source = s
		r.peers = append(r.peers, p)
	}
	add := func(i int) Source {
		s := Source(fmt.Sprint(i))
		if !r.roomForOne([]Source{"owner's"}) {
			t.Fatalf("no room for %d", i)
		}
		r.peers = append(r.peers, &peer{source: s, state: SourceSpare})
		return s
	}
	for i := range 20 * sourcesKnownMax {
		last := add(i)
		if len(r.peers) > sourcesKnownMax || r.peer(last) == nil {
			t.Fatalf("%d are known, %v", len(r.peers), last)
		}
	}
	for s := range keep {
		if r.peer(s) == nil {
			t.Errorf("%s is forgotten", s)
		}
	}
	if r.peer("0") != nil && r.peer("1") != nil && r.peer("2") != nil {
		t.Error("those named first stay for good")
	}
	tried := r.peers[len(keep)]
	tried.startedAt = time.Now()
	if add(-1); r.peer(tried.source) != nil {
		t.Error("one that was tried in vain is kept, another makes room")
	}
	for _, p := range r.peers {
		p.state = SourceIdle
	}
	if r.roomForOne(nil) {
		t.Error("one that is with us makes room")
	}
}

// TestBusySourcesMakeRoom: who waits with as many sources as it may have, and has
// not even proven the file's size, soon turns to the one that is free.
func TestBusySourcesMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 8*groupBytes, 59)
		for i := range 2 {
			full := n.options(Source(fmt.Sprint("full", i)))
			full.Slots, full.SlotTurn, full.UpBytesPerSec = 1, 24*time.Hour, limitMinBytes
			n.start(Source(fmt.Sprint("full", i)), full, nil).share(s)
			other := n.start(Source(fmt.Sprint("other", i)), n.options(Source(fmt.Sprint("other", i))), nil)
			if _, err := other.Get(Request{ID: s.id, Sources: []Source{Source(fmt.Sprint("full", i))}}); err != nil {
				t.Fatal(err)
			}
			other.wait(s.id, func(st Status) bool { return st.State == Running })
		}
		time.Sleep(time.Second)
		n.start("free", n.options("free"), nil).share(s)
		o := n.options("z")
		o.SourcesMax = 2
		z := n.start("z", o, nil)
		start := time.Now()
		want(t, s, z.get(Request{ID: s.id, Sources: []Source{"full0", "full1", "free"}}))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestFailedThenAskedForOtherwise: what a failed download has fetched is gone on with
// when the file is asked for by another name, and is no litter when it is wanted
// elsewhere.
func TestFailedThenAskedForOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 20*groupBytes, 84)
		n := newNetwork(t, false)
		var most atomic.Int64 // groups it sends
		most.Store(8)
		src := &fake{sample: s}
		src.instead = func(c *conn, m *pb.Message) bool {
			if int64(src.sent()) < most.Load() {
				return false
			}
			c.write(&pb.Message{Kind: &pb.Message_Gone{Gone: &pb.Gone{}}})
			c.stream.Close()
			return true
		}
		n.serve("src", src.serve)
		z := n.start("z", n.options("z"), nil)
		dir, other := t.TempDir(), t.TempDir()
		got := z.get(Request{ID: s.id, Name: "one", Dir: dir, Sources: []Source{"src"}})
		if got.State != Failed || got.HaveBytes == 0 {
			t.Fatalf("%s with %d bytes", got.State, got.HaveBytes)
		}
		if got = z.get(Request{ID: s.id, Name: "two", Dir: dir, Sources: []Source{"src"}}); got.State != Failed || got.Name != "one" {
			t.Fatalf("%s as %q", got.State, got.Name)
		}
		most.Store(1000)
		want(t, s, z.get(Request{ID: s.id, Name: "three", Dir: other, Sources: []Source{"src"}}))
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v is left (%v)", left, err)
		}
	})
}
