package transfer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"starling/share"
	"starling/share/content"
	"starling/transfer/pb"
)

// checked fetches a part of a file and resumes it with a check of what is there, in
// which during is called. Its source answers a dial after a second.
func checked(t *testing.T, during func(z *node, s sample)) {
	s := newSample(t, 20*groupBytes, 83)
	n := newNetwork(t, false)
	o := n.options("a")
	o.UpBytesPerSec = 1 << 20
	n.start("a", o, nil).share(s)
	n.wrap = func(_, _ Source, s Stream) Stream { time.Sleep(time.Second); return s }
	var z *node
	var checking atomic.Bool
	o = n.options("z")
	o.hook = func(step string) {
		if step == share.StepCreated && checking.CompareAndSwap(true, false) {
			during(z, s)
		}
	}
	z = n.start("z", o, nil)
	if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{"a"}}); err != nil {
		t.Fatal(err)
	}
	z.wait(s.id, func(st Status) bool { return st.HaveBytes >= 5*groupBytes })
	if err := z.Pause(s.id); err != nil {
		t.Fatal(err)
	}
	journal, err := os.OpenFile(filepath.Join(partialsDir(o.StateDir), s.id.String()+".journal"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.WriteString("torn"); err != nil { // so that all is hashed again
		t.Fatal(err)
	}
	journal.Close()
	checking.Store(true)
	if err := z.Resume(s.id); err != nil {
		t.Fatal(err)
	}
	if st := z.wait(s.id, func(st Status) bool { return !checking.Load() && (st.State == Paused || st.State.Final()) }); st.State == Paused {
		if err := z.Resume(s.id); err != nil {
			t.Fatal(err)
		}
	}
	want(t, s, z.wait(s.id, func(st Status) bool { return st.State.Final() }))
}

// TestPausedWhileChecked: a download that is paused while its groups are hashed
// again goes on from there later.
func TestPausedWhileChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checked(t, func(z *node, s sample) {
			go z.Pause(s.id)
			time.Sleep(time.Second)
		})
	})
}

// TestLongCheck: the time of the check is nobody's silence.
func TestLongCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checked(t, func(*node, sample) { time.Sleep(giveUpDefault + time.Minute) })
	})
}

// TestSkipKnowsItsOwn: a process that ends between the rename of a finished file and
// the word of it does not take the file for somebody else's.
func TestSkipKnowsItsOwn(t *testing.T) {
	s := newSample(t, 5*groupBytes, 85)
	n := newNetwork(t, false)
	n.serve("src", (&fake{sample: s}).serve)
	o := n.options("z")
	left := t.TempDir()
	o.hook = func(step string) {
		if step == share.StepRenamed {
			if err := os.CopyFS(left, os.DirFS(o.StateDir)); err != nil {
				t.Error(err)
			}
		}
	}
	request := Request{ID: s.id, Name: "f", OnExists: share.ExistsSkip, Sources: []Source{"src"}}
	z := n.start("z", o, nil)
	want(t, s, z.get(request))
	z.stop()
	o.StateDir, o.hook = left, nil
	again := n.start("again", o, nil)
	got := again.wait(s.id, func(st Status) bool { return st.State.Final() })
	if _, err := again.lib.Open(s.id); err != nil || got.State != Done || got.Reason != "" {
		t.Errorf("%s: %q; it is served: %v", got.State, got.Reason, err)
	}
	other := newSample(t, 5*groupBytes, 86)
	request.ID = other.id
	if got := again.get(request); got.State != Done || got.Reason != skipped {
		t.Errorf("a name that is taken: %s, %s", got.State, got.Reason)
	}
}

// TestReadWhatIsGone: reading a finished file that was removed brings nothing back.
func TestReadWhatIsGone(t *testing.T) {
	s := newSample(t, 5*groupBytes, 87)
	n := newNetwork(t, false)
	n.serve("src", (&fake{sample: s}).serve)
	z := n.start("z", n.options("z"), nil)
	got := z.get(Request{ID: s.id, Name: "f", Sources: []Source{"src"}})
	want(t, s, got)
	if err := os.Remove(got.Path); err != nil {
		t.Fatal(err)
	}
	_, err := z.Open(context.Background(), Request{ID: s.id, Name: "f", Sources: []Source{"src"}})
	var failure *FailError
	if _, there := os.Stat(got.Path); !errors.As(err, &failure) || failure.Kind != FailNotFound || there == nil {
		t.Errorf("opened: %v; the file: %v", err, there)
	}
}

// TestIdleRunIsReadAgain: somebody who comes back while a cached download is being
// stopped for want of readers finds it going on.
func TestIdleRunIsReadAgain(t *testing.T) {
	n := newNetwork(t, false)
	z := n.start("z", n.options("z"), nil)
	for _, read := range []bool{true, false} {
		d := newDownload(record{ID: content.ID{1}, State: Running, cached: true})
		d.stopped = make(chan struct{})
		_, d.cancel = context.WithCancelCause(context.Background())
		if read {
			d.heads[&Reader{}] = 0
		}
		z.settle(d, nil, errIdle)
		if got := d.snapshot().State; (got == Queued) != read {
			t.Errorf("with a reader %v it is %s", read, got)
		}
	}
}

// TestUnprovenSource: a source that stays and cannot prove the size does not keep
// others from being looked for.
func TestUnprovenSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 5*groupBytes, 88)
		n := newNetwork(t, false)
		over := make(chan struct{})
		defer close(over)
		n.serve("part", (&fake{sample: s, have: func(h *pb.Have) {
			groups := fullSet(5)
			groups.Clear(4)
			h.Whole, h.Groups = false, groups.Bytes()
		}, instead: func(c *conn, m *pb.Message) bool {
			if m.GetHello() == nil {
				return false
			}
			go func() { // beside what the fake says
				for beside := newConn(c.stream); beside.write(keepAlive()) == nil; {
					select {
					case <-time.After(keepAliveEvery):
					case <-over:
						return
					}
				}
			}()
			return false
		}}).serve)
		n.serve("whole", (&fake{sample: s}).serve)
		find := func(context.Context, content.ID) []Source { return []Source{"whole"} }
		start := time.Now()
		want(t, s, n.start("z", n.options("z"), find).get(Request{ID: s.id, Sources: []Source{"part"}}))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

// TestStalledHoldsMuch: a source that stalls with a large group loses its stream,
// and with it the memory.
func TestStalledHoldsMuch(t *testing.T) {
	for _, size := range []int64{1 << 30, 64 << 30} {
		near, far := pipe()
		defer far.Close()
		layout := content.LayoutOf(size)
		r := &run{layout: layout, picker: NewPicker(layout, content.NewBitset(layout.Groups()), PickerOptions{}, nil)}
		r.peers = []*peer{{source: "s", session: &session{conn: newConn(near)}}}
		r.stalled("s")
		if err := near.SetReadDeadline(time.Now()); (err != nil) != (size > 1<<34) { // it fails on a closed pipe
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
