package transfer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"starling/share"
	"starling/share/content"
)

func TestOneSource(t *testing.T) {
	for _, size := range []int{0, 1, groupBytes, groupBytes + 1, 40*groupBytes + 12345} {
		n := newNetwork(t, true)
		a, b := n.start("a", n.options("a"), nil), n.start("b", n.options("b"), nil)
		s := newSample(t, size, 1)
		a.share(s)
		got := b.get(Request{ID: s.id, Sources: []Source{"a"}})
		want(t, s, got)
		if got.FetchedBytes != int64(size) || got.HaveBytes != int64(size) || got.WastedBytes != 0 {
			t.Errorf("size %d: fetched %d, have %d, wasted %d", size, got.FetchedBytes, got.HaveBytes, got.WastedBytes)
		}
		if from := source(t, got, "a"); from.Bytes != int64(size) {
			t.Errorf("size %d: %d bytes from a", size, from.Bytes)
		}
	}
}

func TestSeveralSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		s := newSample(t, 64*groupBytes+1, 2)
		names := []Source{"a", "b", "c"}
		for _, name := range names {
			o := n.options(name)
			o.UpBytesPerSec = 1 << 20
			n.start(name, o, nil).share(s)
		}
		start := time.Now()
		got := n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: names})
		want(t, s, got)
		for _, name := range names {
			if p := source(t, got, name); p.Bytes < 4<<20 {
				t.Errorf("%s gave %d bytes", name, p.Bytes)
			}
		}
		// Three sources of 1 MiB/s need 5.4 s for 16 MiB.
		if took := time.Since(start); took > 6500*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if float64(got.WastedBytes) > wasteLimit*float64(len(s.data)) {
			t.Errorf("wasted %d bytes", got.WastedBytes)
		}
	})
}

func TestFinishedFileIsServedOn(t *testing.T) {
	n := newNetwork(t, true)
	a, b, c := n.start("a", n.options("a"), nil), n.start("b", n.options("b"), nil), n.start("c", n.options("c"), nil)
	s := newSample(t, 3*groupBytes, 3)
	a.share(s)
	want(t, s, b.get(Request{ID: s.id, Sources: []Source{"a"}}))
	a.stop()
	want(t, s, c.get(Request{ID: s.id, Sources: []Source{"b"}}))
}

func TestNoSeed(t *testing.T) {
	n := newNetwork(t, true)
	o := n.options("b")
	o.NoSeed = true
	a, b, c := n.start("a", n.options("a"), nil), n.start("b", o, nil), n.start("c", n.options("c"), nil)
	s := newSample(t, 3*groupBytes, 4)
	a.share(s)
	want(t, s, b.get(Request{ID: s.id, Sources: []Source{"a"}}))
	if got := c.get(Request{ID: s.id, Sources: []Source{"b"}}); got.Fail != FailNotFound {
		t.Errorf("b gave the file on: %+v", got)
	}
}

func TestOwnFileIsCopied(t *testing.T) {
	n := newNetwork(t, true)
	a := n.start("a", n.options("a"), nil)
	s := newSample(t, 5*groupBytes+1, 5)
	a.share(s)
	got := a.get(Request{ID: s.id})
	want(t, s, got)
	if got.FetchedBytes != 0 {
		t.Errorf("fetched %d bytes of an own file", got.FetchedBytes)
	}
}

// TestRestart stops the node in the middle of a download three times and counts
// what the source sends: only what was on its way may come again.
func TestRestart(t *testing.T) {
	n := newNetwork(t, true)
	s := newSample(t, 200*groupBytes+777, 6)
	src := &fake{sample: s}
	n.serve("src", src.serve)
	o, lib := n.options("z"), newLibrary(t)
	o.DownBytesPerSec = 40 << 20 // slow enough to be stopped in the middle
	held := int64(0)
	for _, part := range []int64{50, 100, 150} {
		z := n.startWith("z", o, nil, lib)
		if held == 0 {
			if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{"src"}}); err != nil {
				t.Fatal(err)
			}
		}
		got := z.wait(s.id, func(st Status) bool { return st.State == Running && st.HaveBytes >= part*groupBytes })
		if got.HaveBytes < held || got.HaveBytes == int64(len(s.data)) {
			t.Fatalf("has %d bytes, had %d", got.HaveBytes, held)
		}
		held = got.HaveBytes
		z.stop()
	}
	z := n.startWith("z", o, nil, lib)
	got := z.wait(s.id, func(st Status) bool { return st.State.Final() })
	want(t, s, got)
	if got.FetchedBytes > int64(len(s.data))-held {
		t.Errorf("the last run fetched %d bytes, at most %d were missing", got.FetchedBytes, int64(len(s.data))-held)
	}
	twice := src.sent() - s.manifest.Groups()
	if limit := 3 * (windowBytesDefault/groupBytes + jobsAhead + 1); twice > limit {
		t.Errorf("%d groups were sent twice in three stops", twice)
	}
}

// TestResumeFetchesNoHeldGroup pauses at a quiet moment, when nothing is on its
// way, so that the count is exact.
func TestResumeFetchesNoHeldGroup(t *testing.T) {
	n := newNetwork(t, true)
	s := newSample(t, 50*groupBytes, 7)
	src := &fake{sample: s}
	some := content.NewBitset(50)
	for g := range 50 {
		if g%3 == 0 || g == 49 {
			some.Set(g)
		}
	}
	n.serve("some", (&fake{sample: s, instead: haveOnly(s, some)}).serve)
	n.serve("all", src.serve)
	o := n.options("z")
	lib := newLibrary(t)
	z := n.startWith("z", o, nil, lib)
	if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{"some"}}); err != nil {
		t.Fatal(err)
	}
	held := int64(some.Count()) * groupBytes
	z.wait(s.id, func(st Status) bool { return st.HaveBytes == held })
	z.stop()
	z = n.startWith("z", o, nil, lib)
	z.wait(s.id, func(st Status) bool { return st.HaveBytes == held })
	if err := z.AddSources(s.id, "all"); err != nil {
		t.Fatal(err)
	}
	got := z.wait(s.id, func(st Status) bool { return st.State.Final() })
	want(t, s, got)
	if got.FetchedBytes != int64(len(s.data))-held {
		t.Errorf("fetched %d bytes, %d were missing", got.FetchedBytes, int64(len(s.data))-held)
	}
	for g := range some.All() {
		if src.times(g) > 0 {
			t.Errorf("group %d was fetched again", g)
		}
	}
}

func TestPauseResumeCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("a")
		o.UpBytesPerSec = 1 << 20
		a, z := n.start("a", o, nil), n.start("z", n.options("z"), nil)
		s, other := newSample(t, 40*groupBytes, 8), newSample(t, 40*groupBytes, 9)
		a.share(s)
		a.share(other)
		get := func(id content.ID) {
			if _, err := z.Get(Request{ID: id, Name: "f", Sources: []Source{"a"}}); err != nil {
				t.Fatal(err)
			}
		}
		half := func(st Status) bool { return st.HaveBytes > 2<<20 }
		get(s.id)
		z.wait(s.id, half)
		if err := z.Pause(s.id); err != nil {
			t.Fatal(err)
		}
		if err := z.Pause(s.id); err != nil {
			t.Errorf("pausing twice gave %v", err)
		}
		paused := z.wait(s.id, func(st Status) bool { return st.State == Paused })
		get(other.id)
		z.wait(other.id, half)
		if err := z.Cancel(other.id); err != nil {
			t.Fatal(err)
		}
		if z.Watch(context.Background(), other.id) != nil || len(z.Downloads()) != 1 {
			t.Error("the cancelled download is still listed")
		}
		entries, _ := os.ReadDir(z.dir)
		if len(entries) != 1 {
			t.Errorf("in the folder are %v, one is paused and one cancelled", entries)
		}
		if now := z.Downloads()[0]; now.State != Paused || now.HaveBytes != paused.HaveBytes {
			t.Errorf("the paused download is %s and has %d bytes, had %d", now.State, now.HaveBytes, paused.HaveBytes)
		}
		if err := z.Resume(s.id); err != nil {
			t.Fatal(err)
		}
		got := z.wait(s.id, func(st Status) bool { return st.State.Final() })
		want(t, s, got)
		if got.FetchedBytes > int64(len(s.data))-paused.HaveBytes {
			t.Errorf("fetched %d bytes after the pause, %d were missing", got.FetchedBytes, int64(len(s.data))-paused.HaveBytes)
		}
		if err := z.Resume(s.id); !errors.Is(err, ErrState) {
			t.Errorf("resuming a finished download gave %v", err)
		}
	})
}

func TestUnknownDownload(t *testing.T) {
	z := newNetwork(t, true)
	x := z.start("z", z.options("z"), nil)
	id := content.ID{1}
	for name, err := range map[string]error{"pause": x.Pause(id), "resume": x.Resume(id), "cancel": x.Cancel(id), "add": x.AddSources(id, "a")} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("%s gave %v", name, err)
		}
	}
	if _, err := x.Get(Request{}); err == nil {
		t.Error("a request without an id was taken")
	}
	if _, err := x.Get(Request{ID: id, SizeBytes: -1}); err == nil {
		t.Error("a negative size was taken")
	}
}

func TestOnExists(t *testing.T) {
	n := newNetwork(t, true)
	a, z := n.start("a", n.options("a"), nil), n.start("z", n.options("z"), nil)
	s := newSample(t, 2*groupBytes, 10)
	a.share(s)
	if err := os.MkdirAll(z.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(z.dir, "f.bin")
	if err := os.WriteFile(theirs, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	q := Request{ID: s.id, Name: "f.bin", Sources: []Source{"a"}, OnExists: share.ExistsSkip}
	got := z.get(q)
	if got.State != Done || got.Reason == "" || got.FetchedBytes != 0 || got.Path != theirs {
		t.Errorf("skipping gave %+v", got)
	}
	q.OnExists = share.ExistsRename
	got = z.get(q)
	want(t, s, got)
	if filepath.Base(got.Path) != "f (2).bin" {
		t.Errorf("landed at %s", got.Path)
	}
	if b, _ := os.ReadFile(theirs); string(b) != "theirs" {
		t.Error("their file was replaced")
	}
}

func TestHostileNameLandsInTheFolder(t *testing.T) {
	n := newNetwork(t, true)
	a, z := n.start("a", n.options("a"), nil), n.start("z", n.options("z"), nil)
	s := newSample(t, 10, 11)
	a.share(s)
	got := z.get(Request{ID: s.id, Name: "../../etc/\x1bpasswd", Sources: []Source{"a"}})
	want(t, s, got)
	if filepath.Dir(got.Path) != z.dir {
		t.Errorf("landed at %q", got.Path)
	}
}

func TestWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t, false)
		o := n.options("z")
		o.ActiveMax = 1
		up := n.options("a")
		up.UpBytesPerSec = 1 << 20
		a, z := n.start("a", up, nil), n.start("z", o, nil)
		first, second := newSample(t, 8*groupBytes, 12), newSample(t, 8*groupBytes, 13)
		a.share(first)
		a.share(second)
		for _, s := range []sample{first, second} {
			if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: []Source{"a"}}); err != nil {
				t.Fatal(err)
			}
		}
		z.wait(first.id, func(st Status) bool { return st.State == Running })
		if got := z.Downloads()[1].State; got != Queued {
			t.Errorf("the second is %s", got)
		}
		want(t, second, z.wait(second.id, func(st Status) bool { return st.State.Final() }))
		if got := z.Downloads()[0].State; got != Done {
			t.Errorf("the first is %s when the second is done", got)
		}
	})
}
