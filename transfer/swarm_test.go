package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"starling/share/content"
	"starling/transfer/pb"
)

// TestSwarm: fetchers that know only the seed learn of each other and trade. The
// seed hardly sends a group twice before all are out.
func TestSwarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		const limit = 4 << 20
		s := newSample(t, 160*groupBytes, 8) // 40 MiB: 10 s from the seed, the fluid bound
		o := n.options("seed")
		o.UpBytesPerSec = limit
		n.start("seed", o, nil).share(s)
		start := time.Now()
		var done sync.WaitGroup
		fromSeed := make([]int64, 8)
		for i := range fromSeed {
			o := n.options(Source(fmt.Sprint("z", i)))
			o.UpBytesPerSec = limit
			z := n.start(o.Self, o, nil)
			done.Go(func() {
				got := z.get(Request{ID: s.id, Sources: []Source{"seed"}})
				want(t, s, got)
				fromSeed[i] = source(t, got, "seed").Bytes
			})
		}
		done.Wait()
		took, sent := time.Since(start), int64(0)
		for _, bytes := range fromSeed {
			sent += bytes
		}
		copies := float64(sent) / float64(len(s.data))
		t.Logf("%v, %.3f copies", took, copies)
		if copies > 1.2 || took > 13*time.Second {
			t.Errorf("the last had it after %v, the seed sent %.2f copies", took, copies)
		}
	})
}

// TestPartialIsServed: a source that has some of a file serves that, and tells of
// what it gets.
func TestPartialIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 30*groupBytes, 9)
		some := content.NewBitset(30)
		for g := range 30 {
			if g < 10 || g == 29 {
				some.Set(g)
			}
		}
		n.serve("some", (&fake{sample: s, instead: haveOnly(s, some)}).serve)
		y, z := n.start("y", n.options("y"), nil), n.start("z", n.options("z"), nil)
		held := int64(some.Count()) * groupBytes
		atHeld := func(st Status) bool { return st.HaveBytes == held }
		for _, p := range []*node{y, z} {
			from := Source("some")
			if p == z {
				from = "y"
			}
			if _, err := p.Get(Request{ID: s.id, Name: "f", Sources: []Source{from}}); err != nil {
				t.Fatal(err)
			}
			p.wait(s.id, atHeld)
			if st := p.wait(s.id, func(st Status) bool { return st.Reason != "" }); st.State != Running {
				t.Errorf("%s is %s: %s", p.name, st.State, st.Reason)
			}
		}
		before := y.Uploads()
		<-time.After(time.Minute) // quiet streams stay open
		after := y.Uploads()
		if st := z.Downloads()[0]; st.Sources[0].State != SourceIdle || len(before) != 1 || len(after) != 1 || after[0].Number != before[0].Number {
			t.Fatalf("after a quiet minute: %+v, uploads %+v, before %+v", st, after, before)
		}
		n.serve("all", (&fake{sample: s}).serve)
		if err := y.AddSources(s.id, "all"); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*node{y, z} {
			got := p.wait(s.id, func(st Status) bool { return st.State.Final() })
			want(t, s, got)
			if got.FetchedBytes != int64(len(s.data)) {
				t.Errorf("%s fetched %d bytes of %d", p.name, got.FetchedBytes, len(s.data))
			}
		}
	})
}

// TestLimits: downloads and uploads keep to their limits, also when those change.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("z")
		o.DownBytesPerSec = 1 << 20
		a, z := n.start("a", n.options("a"), nil), n.start("z", o, nil)
		first, second := newSample(t, 40*groupBytes, 12), newSample(t, 40*groupBytes, 13)
		a.share(first)
		a.share(second)
		took := func(s sample) time.Duration {
			start := time.Now()
			want(t, s, z.get(Request{ID: s.id, Sources: []Source{"a"}}))
			return time.Since(start)
		}
		if d := took(first); d < 8*time.Second || d > 11*time.Second {
			t.Errorf("10 MiB at 1 MiB/s down took %v", d)
		}
		z.SetLimits(Limits{})
		a.SetLimits(Limits{Up: 2 << 20})
		if l := a.Limits(); l != (Limits{Up: 2 << 20}) {
			t.Errorf("the limits are %+v", l)
		}
		if d := took(second); d < 4*time.Second || d > 6*time.Second {
			t.Errorf("10 MiB at 2 MiB/s up took %v", d)
		}
	})
}

// TestSlowestLimits: at the least limit, 4 KiB/s, streams are slow, and alive.
func TestSlowestLimits(t *testing.T) {
	for _, side := range []string{"up", "down"} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork(t, false)
			a, z := n.start("a", n.options("a"), nil), n.start("z", n.options("z"), nil)
			if side == "up" {
				a.SetLimits(Limits{Up: 1})
			} else {
				z.SetLimits(Limits{Down: 1})
			}
			s := newSample(t, 2*groupBytes+1000, 14)
			a.share(s)
			start := time.Now()
			got := z.get(Request{ID: s.id, Sources: []Source{"a"}})
			want(t, s, got)
			if got.WastedBytes > 0 {
				t.Errorf("%s: wasted %d bytes", side, got.WastedBytes)
			}
			// A group takes 64 s; the last one asked for may come on credit.
			if took := time.Since(start); took < time.Minute || took > 3*time.Minute {
				t.Errorf("%s: took %v", side, took)
			}
		})
	}
}

// TestCancelIsSent: a source whose groups came from elsewhere is told to stop.
func TestCancelIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 20*groupBytes, 18)
		cancelled := make(chan []int, 100)
		quiet := &fake{sample: s}
		quiet.instead = func(c *conn, m *pb.Message) bool {
			if m.GetCancel() != nil {
				groups, err := groupsOf(m.GetCancel().GetRuns(), s.manifest.Layout)
				if err != nil {
					t.Error(err)
				}
				cancelled <- groups
			}
			if groups, _ := groupsOf(m.GetRange().GetRuns(), s.manifest.Layout); len(groups) > 0 && groups[0] != 19 {
				return true // sends the proof of the size, and nothing else
			}
			return m.GetKeepAlive() != nil && c.write(keepAlive()) == nil
		}
		n.serve("quiet", quiet.serve)
		up := n.options("a")
		up.UpBytesPerSec = 512 << 10
		n.start("a", up, nil).share(s)
		want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"quiet", "a"}}))
		if len(cancelled) == 0 {
			t.Error("no cancel was sent")
		}
	})
}

// TestUploadsOfOneNode: one node cannot take all the places.
func TestUploadsOfOneNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		a := n.start("a", n.options("a"), nil)
		s := newSample(t, 3*groupBytes, 19)
		a.share(s)
		hello := &pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: s.id[:]}}}
		answer := func(name Source) *pb.Message {
			stream, err := n.dialAs(name)(context.Background(), "a")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { stream.Reset() })
			c, m := newConn(stream), new(pb.Message)
			if err := errors.Join(c.write(hello), c.read(m)); err != nil {
				t.Fatal(err)
			}
			return m
		}
		for range uploadsPerNode {
			if m := answer("greedy"); m.GetHave() == nil {
				t.Fatal(m)
			}
		}
		if m := answer("greedy"); m.GetError().GetCode() != pb.Error_QUEUE_FULL {
			t.Errorf("one more was answered %v", m)
		}
		if m := answer("modest"); m.GetHave() == nil {
			t.Errorf("another node was answered %v", m)
		}
	})
}

// TestBrokenListOfDownloads: a damaged downloads.db is set aside, and what was on
// its way is found again by its journal.
func TestBrokenListOfDownloads(t *testing.T) {
	n := newNetwork(t, true)
	s := newSample(t, 20*groupBytes, 16)
	some := content.NewBitset(20)
	for g := range 20 {
		if g > 9 {
			some.Set(g)
		}
	}
	n.serve("some", (&fake{sample: s, instead: haveOnly(s, some)}).serve)
	all := &fake{sample: s}
	n.serve("all", all.serve)
	o, lib := n.options("z"), newLibrary(t)
	z := n.startWith("z", o, nil, lib)
	if _, err := z.Get(Request{ID: s.id, Name: "f.bin", Sources: []Source{"some"}}); err != nil {
		t.Fatal(err)
	}
	z.wait(s.id, func(st Status) bool { return st.HaveBytes == 10*groupBytes })
	z.stop()
	path := o.StateDir + "/downloads.db"
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] ^= byte(i)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	z = n.startWith("z", o, func(context.Context, content.ID) []Source { return []Source{"all"} }, lib)
	if aside, err := filepath.Glob(path + ".broken-*"); len(z.Notices()) != 1 || len(aside) != 1 || err != nil {
		t.Errorf("notices: %q, set aside: %q, %v", z.Notices(), aside, err)
	}
	got := z.wait(s.id, func(st Status) bool { return st.State.Final() })
	want(t, s, got)
	if got.FetchedBytes != 10*groupBytes || all.times(15) != 0 {
		t.Errorf("fetched %d bytes again", got.FetchedBytes-10*groupBytes)
	}
}

// TestSecondExchange: two on one state folder is an error, not a broken list.
func TestSecondExchange(t *testing.T) {
	n := newNetwork(t, true)
	o := n.options("z")
	n.start("z", o, nil)
	if x, err := newExchange(o, newLibrary(t), nil, nil); err == nil {
		x.Close()
		t.Fatal("opened twice")
	}
	entries, err := os.ReadDir(o.StateDir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the state folder holds %v (%v)", entries, err)
	}
}

func TestStopped(t *testing.T) {
	n := newNetwork(t, true)
	z := n.start("z", n.options("z"), nil)
	z.stop()
	if _, err := z.Get(Request{ID: content.ID{1}}); !errors.Is(err, ErrStopped) {
		t.Errorf("a request after the end gave %v", err)
	}
	a, b := pipe()
	z.ServeStream(context.Background(), "x", b)
	if _, err := a.Read(make([]byte, 1)); err == nil {
		t.Error("a stream was served after the end")
	}
}

// TestDownloadsShareALimit: two downloads under one limit come equally fast.
func TestDownloadsShareALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		a, b := n.start("a", n.options("a"), nil), n.start("b", n.options("b"), nil)
		o := n.options("z")
		o.DownBytesPerSec = 1 << 20
		z := n.start("z", o, nil)
		first, second := newSample(t, 100*groupBytes, 31), newSample(t, 100*groupBytes, 32)
		a.share(first)
		b.share(second)
		for s, from := range map[*sample]Source{&first: "a", &second: "b"} {
			if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{from}}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(25 * time.Second)
		for _, d := range z.Downloads() {
			if d.HaveBytes < 10<<20 || d.HaveBytes > 15<<20 {
				t.Errorf("of 25 MiB one download has %d KiB", d.HaveBytes>>10)
			}
		}
	})
}

// TestLimitsForOthers: the WAN limits are for who is no LAN neighbour, both ways.
func TestLimitsForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.UpWANBytesPerSec, o.DownWANBytesPerSec = 256<<10, 512<<10
		o.IsLocal = func(s Source) bool { return s == "near" }
		a := n.start("a", o, nil)
		took := func(to *node, from Source, s sample) time.Duration {
			start := time.Now()
			want(t, s, to.get(Request{ID: s.id, Sources: []Source{from}}))
			return time.Since(start)
		}
		s := newSample(t, 16*groupBytes, 41)
		a.share(s)
		alone := n.options("z")
		alone.NoSeed = true
		near := n.start("near", alone, nil)
		alone.StateDir += "2"
		far := n.start("far", alone, nil)
		if d := took(near, "a", s); d > time.Second {
			t.Errorf("4 MiB to a neighbour took %v", d)
		}
		if d := took(far, "a", s); d < 15*time.Second || d > 18*time.Second {
			t.Errorf("4 MiB at 256 KiB/s to another took %v", d)
		}
		back, again := newSample(t, 16*groupBytes, 42), newSample(t, 16*groupBytes, 43)
		near.share(back)
		far.share(again)
		if d := took(a, "near", back); d > time.Second {
			t.Errorf("4 MiB from a neighbour took %v", d)
		}
		if d := took(a, "far", again); d < 7*time.Second || d > 9*time.Second {
			t.Errorf("4 MiB at 512 KiB/s from another took %v", d)
		}
	})
}
