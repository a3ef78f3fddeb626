package transfer

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"starling/transfer/pb"
)

// TestFalseHave: a source that claims groups and does not send them is left for
// those that do.
func TestFalseHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 20*groupBytes, 11)
		n := newNetwork(t, false)
		n.serve("boaster", (&fake{sample: s, instead: func(c *conn, m *pb.Message) bool {
			return m.GetRange() != nil // claims all, sends nothing
		}}).serve)
		n.serve("honest", (&fake{sample: s}).serve)
		want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"boaster", "honest"}}))
	})
}

// TestHostileFetchers sends everything that is wrong to the serving side. Each
// stream ends by itself, and an honest fetcher is served beside and after them.
func TestHostileFetchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 40*groupBytes, 12)
		n := newNetwork(t, false)
		a := n.start("a", n.options("a"), nil)
		a.share(s)
		hello := &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: s.id[:]}}}
		ranges := func(runs ...uint32) *pb.Message {
			return &pb.Message{Kind: &pb.Message_Range{Range: &pb.Range{Runs: runs}}}
		}
		wantManifest := &pb.Message{Kind: &pb.Message_ManifestRequest{ManifestRequest: &pb.ManifestRequest{}}}
		say := func(c *conn, messages ...*pb.Message) {
			for _, m := range messages {
				c.write(m)
			}
		}
		start := time.Now()
		for name, attack := range map[string]func(c *conn){
			"nothing":       func(c *conn) {},
			"garbage":       func(c *conn) { c.writeRaw(bytes.Repeat([]byte{0xfe}, 100)) },
			"a giant frame": func(c *conn) { c.writeRaw([]byte{0xff, 0xff, 0xff, 0xff, 0x7f}) },
			"no greeting":   func(c *conn) { say(c, ranges(0, 1)) },
			"a short id":    func(c *conn) { say(c, &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: []byte{1}}}}) },
			"an unknown id": func(c *conn) { say(c, &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: make([]byte, 32)}}}) },
			"a size of 2^63": func(c *conn) {
				say(c, &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: s.id[:], SizeBytes: 1 << 63}}})
			},
			"groups beyond": func(c *conn) { say(c, hello, ranges(0, 41)) },
			"an overflow":   func(c *conn) { say(c, hello, ranges(1<<31, 1<<31)) },
			"a cancel beyond": func(c *conn) {
				say(c, hello, &pb.Message{Kind: &pb.Message_Cancel{Cancel: &pb.Cancel{Runs: []uint32{40, 1}}}})
			},
			"two greetings":      func(c *conn) { say(c, hello, hello) },
			"two manifests":      func(c *conn) { say(c, hello, wantManifest, wantManifest) },
			"a source's message": func(c *conn) { say(c, hello, keepAlive(), haveMessage(s.manifest.Layout, fullSet(40))) },
			"all and no reading": func(c *conn) { say(c, hello, ranges(0, 40)) },
			"all a hundred times": func(c *conn) {
				say(c, hello)
				for range 200 {
					say(c, ranges(0, 40))
				}
			},
		} {
			stream, err := n.dialAs(Source("evil "+name))(context.Background(), "a")
			if err != nil {
				t.Fatal(err)
			}
			go attack(newConn(stream)) // writes block: a pipe has no buffer
		}
		want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"a"}}))
		for len(a.Uploads()) > 0 {
			if <-time.After(time.Second); time.Since(start) > 30*time.Second {
				t.Fatalf("still served after %v: %+v", time.Since(start), a.Uploads())
			}
		}
		want(t, s, n.start("y", n.options("y"), nil).get(Request{ID: s.id, Sources: []Source{"a"}}))
	})
}

// TestSlowLoris: a thousand streams that send a byte now and then are all gone
// within 15 s of their last whole message.
func TestSlowLoris(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		a := n.start("a", n.options("a"), nil)
		s := newSample(t, 3*groupBytes, 13)
		a.share(s)
		ended := make(chan struct{})
		for i := range 1000 {
			stream, err := n.dialAs(Source(fmt.Sprint("loris", i%8)))(context.Background(), "a")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				defer func() { ended <- struct{}{} }()
				for {
					if _, err := stream.Write([]byte{0xff}[:1]); err != nil {
						return
					}
					<-time.After(6 * time.Second)
				}
			}()
		}
		start := time.Now()
		for range 1000 {
			<-ended
		}
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("the last was gone after %v", took)
		}
		want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"a"}}))
	})
}
