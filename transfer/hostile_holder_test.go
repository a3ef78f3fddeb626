package transfer

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"starling/transfer/pb"
)

// TestHolder: a source that pays for what it was asked with bytes that nobody asked
// for, and then keeps its stream busy, holds up no group.
func TestHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 60*groupBytes, 81)
		n := newNetwork(t, false)
		stray := func(c *conn, g uint32, bytes int) error {
			if err := c.write(&pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: g, Length: uint32(bytes)}}}); err != nil {
				return err
			}
			return c.writeRaw(make([]byte, bytes))
		}
		n.serve("holder", (&fake{sample: s, instead: func(c *conn, m *pb.Message) bool {
			asked := m.GetRange().GetRuns()
			if asked == nil {
				return false
			}
			wanted := make(map[uint32]bool)
			for i := 0; i+1 < len(asked); i += 2 {
				for g := range asked[i+1] {
					wanted[asked[i]+g] = true
				}
			}
			other := uint32(0)
			for wanted[other] {
				other++
			}
			for range wanted {
				if stray(c, other, groupBytes) != nil {
					return true
				}
			}
			for stray(c, other, 1<<10) == nil {
				time.Sleep(3 * time.Second)
			}
			return true
		}}).serve)
		n.serve("honest", (&fake{sample: s}).serve)
		start := time.Now()
		want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"holder", "honest"}}))
		if took := time.Since(start); took > stallTime+5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestTinyFilesBesideSlowReaders: a few nodes that open many streams for a small file
// and read from none of them keep nobody else from it.
func TestTinyFilesBesideSlowReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 100_000, 82)
		n := newNetwork(t, false)
		a := n.start("a", n.options("a"), nil)
		a.share(s)
		var open []Stream
		for i := range 4 * uploadsPerNode {
			stream, err := n.dialAs(Source(fmt.Sprint("evil", i%4)))(context.Background(), "a")
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, stream)
			go func() {
				c := newConn(stream)
				c.write(&pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: s.id[:]}}})
				c.read(new(pb.Message))
				c.write(&pb.Message{Kind: &pb.Message_Range{Range: &pb.Range{Runs: []uint32{0, 1}}}})
			}()
		}
		synctest.Wait()
		start := time.Now()
		want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"a"}}))
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v", took)
		}
		for _, stream := range open {
			stream.Reset()
		}
	})
}

// TestTinyPlaces: a node has a few, all together some, and who waits is woken.
func TestTinyPlaces(t *testing.T) {
	var places tiny
	node := func(name string) *upload { return &upload{node: Source(name), wake: make(chan struct{}, 1)} }
	first := node("a")
	for i := range tinyPerNode + 1 {
		if got := places.enter(first); got != (i < tinyPerNode) {
			t.Errorf("place %d of a node: %v", i+1, got)
		}
	}
	for i := tinyPerNode; i <= tinyAtOnce; i++ {
		if got := places.enter(node(fmt.Sprint(i))); got != (i < tinyAtOnce) {
			t.Errorf("place %d: %v", i+1, got)
		}
	}
	places.leave(first)
	if len(first.wake) != 1 || !places.enter(node("b")) || len(places.waiting) != 0 {
		t.Error("who waited was not woken, or the place is not free")
	}
}

// TestUploadsCrowded: where half of the places are taken, no node gets a second one.
func TestUploadsCrowded(t *testing.T) {
	x := &Exchange{}
	x.uploads.queue = NewQueue(Options{})
	for i := range uploadsMax {
		code, _ := x.admit(&upload{node: Source(fmt.Sprint(i % (uploadsMax / uploadsPerNode)))})
		if refused := code != 0; refused != (i >= uploadsMax/2) {
			t.Fatalf("upload %d: %v", i, code)
		}
	}
	for i := range uploadsMax/2 + 1 {
		code, _ := x.admit(&upload{node: Source(fmt.Sprint("new", i))})
		if refused := code != 0; refused != (i >= uploadsMax/2) {
			t.Fatalf("newcomer %d: %v", i, code)
		}
	}
}
