package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"starling/share/content"
)

// TestSourcesGrow: while one slow source gives, another is looked for, politely,
// and used.
func TestSourcesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 480*groupBytes, 50) // 120 MiB: two minutes at 1 MiB/s
		slowly(n, "a", s, 1<<20)
		slowly(n, "c", s, 1<<20)
		start := time.Now()
		var mu sync.Mutex
		var asked []time.Duration
		find := func(context.Context, content.ID) []Source {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, time.Since(start))
			if len(asked) == 1 {
				return nil
			}
			return []Source{"c"}
		}
		z := n.start("z", n.options("z"), find)
		got := z.get(Request{ID: s.id, Sources: []Source{"a"}})
		want(t, s, got)
		if c := source(t, got, "c"); c.Bytes < 10<<20 {
			t.Errorf("c gave %d bytes", c.Bytes)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(asked) < 2 || asked[0] < 5*time.Second {
			t.Errorf("asked at %v", asked)
		}
		for i := 1; i < len(asked); i++ {
			if asked[i]-asked[i-1] < 55*time.Second {
				t.Errorf("asked at %v", asked)
			}
		}
	})
}

// TestEnoughIsEnough: nobody is asked for more sources of what is about to be done,
// or of what goes as fast as the limit lets it.
func TestEnoughIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 240*groupBytes, 51)
		n.start("a", n.options("a"), nil).share(s)
		var asked atomic.Int64
		o := n.options("z")
		o.DownBytesPerSec = 1 << 20
		z := n.start("z", o, func(context.Context, content.ID) []Source { asked.Add(1); return nil })
		want(t, s, z.get(Request{ID: s.id, Sources: []Source{"a"}}))
		if asked.Load() > 0 {
			t.Errorf("asked %d times at the limit", asked.Load())
		}
	})
}

// TestSearchesAreFew: a hundred downloads without a source share one budget.
func TestSearchesAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		var asked atomic.Int64
		o := n.options("z")
		o.ActiveMax = 100
		z := n.start("z", o, func(context.Context, content.ID) []Source { asked.Add(1); return nil })
		for i := range 100 {
			if _, err := z.Get(Request{ID: content.ID{1, byte(i)}, Name: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(60 * time.Second)
		if got := asked.Load(); got > searchesBurst+61 || got < 50 {
			t.Errorf("asked %d times in a minute", got)
		}
	})
}

// reachable is a directory of nodes that can be dialled once they are recalled.
type reachable struct {
	plainDirectory
	mu    sync.Mutex
	known map[Source]bool
}

func (d *reachable) Reach(s Source) []byte { return []byte("by " + s) }

func (d *reachable) Recall(s Source, reach []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if string(reach) != "by "+string(s) {
		return errors.New("not what was kept")
	}
	d.known[s] = true
	return nil
}

// stored is the record of a download as it would be read after a kill.
func (p *node) stored(id content.ID) (rec record) {
	p.t.Helper()
	err := p.store.db.View(func(tx *bolt.Tx) error { return json.Unmarshal(tx.Bucket(downloadsBucket).Get(id[:]), &rec) })
	if err != nil {
		p.t.Fatal(err)
	}
	return rec
}

// TestSourcesAreRemembered: after a restart, or a kill, a download goes on with
// whom it was told of or found before, without any search, and knows how to reach
// them.
func TestSourcesAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 40*groupBytes, 52)
		slowly(n, "a", s, 1<<20)
		o, lib := n.options("z"), newLibrary(t)
		find := func(context.Context, content.ID) []Source { return []Source{"a", "nobody"} }
		z := n.startWith("z", o, find, lib)
		if _, err := z.Get(Request{ID: s.id, Name: "f"}); err != nil {
			t.Fatal(err)
		}
		z.wait(s.id, func(st Status) bool { return st.HaveBytes > 2<<20 })
		if known := z.stored(s.id).Known; len(known) != 1 || known[0].Source != "a" || known[0].Bytes == 0 {
			t.Errorf("before the end it knows %+v", known)
		}
		z.stop()
		d := &reachable{known: make(map[Source]bool)}
		o.Directory = d
		z = n.startWith("z", o, nil, lib)
		got := z.wait(s.id, func(st Status) bool { return st.State.Final() })
		want(t, s, got)
		if len(got.Sources) != 1 || len(d.known) > 0 {
			t.Errorf("it went on with %+v, recalled %v", got.Sources, d.known)
		}
		known := z.stored(s.id).Known
		if len(known) != 1 || known[0].Bytes != int64(len(s.data)) || string(known[0].Reach) != "by a" {
			t.Errorf("it knows %+v", known)
		}
		if err := os.Remove(got.Path); err != nil { // and once more, by what was kept
			t.Fatal(err)
		}
		if _, err := z.Get(Request{ID: s.id, Name: "f"}); err != nil {
			t.Fatal(err)
		}
		want(t, s, z.wait(s.id, func(st Status) bool { return st.State.Final() }))
		if !d.known["a"] {
			t.Error("a was not recalled")
		}
	})
}

// TestSourceIsReplaced: when a source goes, the next one known takes its place at
// once.
func TestSourceIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 80*groupBytes, 53)
		a := slowly(n, "a", s, 1<<20)
		slowly(n, "b", s, 1<<20)
		o := n.options("z")
		o.SourcesMax = 1
		z := n.start("z", o, nil)
		if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{"a", "b"}}); err != nil {
			t.Fatal(err)
		}
		before := z.wait(s.id, func(st Status) bool { return st.HaveBytes > 2<<20 })
		if b := source(t, before, "b"); b.State != SourceSpare {
			t.Errorf("b is %s", b.State)
		}
		a.stop()
		gone := time.Now()
		z.wait(s.id, func(st Status) bool { return source(t, st, "b").Bytes > 0 })
		if took := time.Since(gone); took > 2*time.Second {
			t.Errorf("b came %v after a went", took)
		}
		want(t, s, z.wait(s.id, func(st Status) bool { return st.State.Final() }))
	})
}

// TestSlowMakesRoom: of more sources than may be used at once, a slow one and one
// that stalls give way to those that are better.
func TestSlowMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 400*groupBytes, 54)
		slowly(n, "slow", s, 8<<10)
		slowly(n, "a", s, 1<<20)
		slowly(n, "b", s, 1<<20)
		o := n.options("z")
		o.SourcesMax = 2
		z := n.start("z", o, nil)
		got := z.get(Request{ID: s.id, Sources: []Source{"slow", "a", "b"}})
		want(t, s, got)
		if b := source(t, got, "b"); b.Bytes < 20<<20 {
			t.Errorf("b gave %d bytes: %+v", b.Bytes, got.Sources)
		}
	})
}

// TestDeadSourcesCostLittle: a good source behind many that never answer has its
// turn soon.
func TestDeadSourcesCostLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 20*groupBytes, 55)
		n.start("good", n.options("good"), nil).share(s)
		o := n.options("z")
		o.SourcesMax = 4
		var sources []Source
		for i := range 20 {
			dead := Source(fmt.Sprint("dead", i))
			sources = append(sources, dead)
			n.serve(dead, func(_ Source, st Stream) { // it takes the stream and says nothing
				time.Sleep(time.Minute)
				st.Close()
			})
		}
		z := n.start("z", o, nil)
		start := time.Now()
		want(t, s, z.get(Request{ID: s.id, Sources: append(sources, "good")}))
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestFullSourceIsAskedAgain: a source without a place, even in its queue, is asked
// again for as long as that takes.
func TestFullSourceIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("full")
		o.Slots, o.QueueMax, o.SlotTurn, o.UpBytesPerSec = 1, 1, time.Hour, 64<<10
		full := n.start("full", o, nil)
		long, s := newSample(t, 400*groupBytes, 70), newSample(t, 4*groupBytes, 71)
		full.share(long)
		full.share(s)
		var others []*node
		for _, name := range []Source{"first", "second"} {
			o := n.options(name)
			o.NoSeed = true
			p := n.start(name, o, nil)
			if _, err := p.Get(Request{ID: long.id, Sources: []Source{"full"}}); err != nil {
				t.Fatal(err)
			}
			p.wait(long.id, func(st Status) bool {
				return len(st.Sources) == 1 && (st.HaveBytes > 0 || st.Sources[0].QueuePosition > 0)
			})
			others = append(others, p)
		}
		z := n.start("z", n.options("z"), nil)
		if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{"full"}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if st := z.Downloads()[0]; st.State.Final() || st.Reason == "" {
			t.Errorf("after ten minutes: %+v", st)
		}
		for _, p := range others {
			p.stop()
		}
		want(t, s, z.wait(s.id, func(st Status) bool { return st.State.Final() }))
	})
}

// TestWaitingGivesItsTurn: with one active download at a time, one that waits in a
// queue does not keep the next from running.
func TestWaitingGivesItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		first, second := newSample(t, 4*groupBytes, 56), newSample(t, 4*groupBytes, 57)
		full := n.options("full")
		full.Slots, full.SlotTurn, full.UpBytesPerSec = 1, time.Hour, limitMinBytes
		f := n.start("full", full, nil)
		f.share(first)
		other := n.start("other", n.options("other"), nil)
		if _, err := other.Get(Request{ID: first.id, Sources: []Source{"full"}}); err != nil {
			t.Fatal(err)
		}
		other.wait(first.id, func(st Status) bool { return st.State == Running })
		n.start("a", n.options("a"), nil).share(second)
		o := n.options("z")
		o.ActiveMax = 1
		z := n.start("z", o, nil)
		for _, q := range []Request{{ID: first.id, Name: "1", Sources: []Source{"full"}}, {ID: second.id, Name: "2", Sources: []Source{"a"}}} {
			if _, err := z.Get(q); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		want(t, second, z.wait(second.id, func(st Status) bool { return st.State.Final() }))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("the second ran after %v", took)
		}
		if st := z.Downloads()[0]; st.State != Running || source(t, st, "full").QueuePosition != 1 {
			t.Errorf("the first: %+v", st)
		}
	})
}

// TestManyWaiters: where more wait in queues than may run at all, they take turns,
// so that others get theirs.
func TestManyWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		full := n.options("full")
		full.Slots, full.SlotTurn, full.UpBytesPerSec = 1, 24*time.Hour, limitMinBytes
		f := n.start("full", full, nil)
		busy := newSample(t, 200*groupBytes, 58)
		f.share(busy)
		other := n.start("other", n.options("other"), nil)
		if _, err := other.Get(Request{ID: busy.id, Sources: []Source{"full"}}); err != nil {
			t.Fatal(err)
		}
		other.wait(busy.id, func(st Status) bool { return st.State == Running })
		o := n.options("z")
		o.ActiveMax = 1
		z := n.start("z", o, nil)
		for i := range waitFactor {
			s := newSample(t, 2*groupBytes, byte(60+i))
			f.share(s)
			if _, err := z.Get(Request{ID: s.id, Name: fmt.Sprint(i), Sources: []Source{"full"}}); err != nil {
				t.Fatal(err)
			}
		}
		last := newSample(t, 4*groupBytes, 59)
		n.start("a", n.options("a"), nil).share(last)
		start := time.Now()
		want(t, last, z.get(Request{ID: last.id, Sources: []Source{"a"}}))
		if took := time.Since(start); took > yieldAfter+3*time.Minute {
			t.Errorf("the last ran after %v", took)
		}
	})
}
