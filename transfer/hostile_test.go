package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"starling/share/content"
	"starling/transfer/pb"
)

// nothingTaken fails when anything but the list of downloads lies in a node's
// folders.
func nothingTaken(t testing.TB, o Options) {
	t.Helper()
	for _, dir := range []string{o.Dir, partialsDir(o.StateDir)} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if len(entries) > 0 {
			t.Errorf("%s holds %v", filepath.Base(dir), entries)
		}
	}
}

// TestLiarsBeforeAnySpaceIsTaken is figure B4: whoever lies about the size or the
// manifest is cut off, named, and has cost no byte of the disk.
func TestLiarsBeforeAnySpaceIsTaken(t *testing.T) {
	s, other := newSample(t, 20*groupBytes+5, 1), newSample(t, 20*groupBytes+5, 2)
	small := newSample(t, 1000, 3)
	size := func(n uint64) func(*pb.Have) { return func(h *pb.Have) { h.SizeBytes = n } }
	for name, liar := range map[string]*fake{
		"a size of 2^63":                  {sample: s, have: size(1 << 63)},
		"a size of 2^64-1":                {sample: s, have: size(1<<64 - 1)},
		"the largest size":                {sample: s, have: size(uint64(content.MaxSizeBytes))},
		"a size of zero":                  {sample: s, have: size(0)},
		"one byte more":                   {sample: s, have: size(20*groupBytes + 6)},
		"one byte less":                   {sample: s, have: size(20*groupBytes + 4)},
		"one group more":                  {sample: s, have: size(21*groupBytes + 5)},
		"one group":                       {sample: s, have: size(100)},
		"the manifest of another file":    {sample: s, cvs: func([]byte) []byte { return other.manifest.AppendCVs(nil) }},
		"a manifest with a changed value": {sample: s, cvs: func(b []byte) []byte { return flip(0, b) }},
		"a short manifest":                {sample: s, cvs: func(b []byte) []byte { return b[:len(b)-32] }},
		"a long manifest":                 {sample: s, cvs: func(b []byte) []byte { return append(b, b[:32]...) }},
		"a wrong last group":              {sample: s, group: flip},
		"a small file's size":             {sample: small, have: size(999)},
		"a small file's bytes":            {sample: small, group: flip},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, true)
			n.serve("liar", liar.serve)
			o := n.options("z")
			z := n.start("z", o, nil)
			got := z.get(Request{ID: liar.id, SizeBytes: int64(len(liar.sample.data)), Sources: []Source{"liar"}})
			if got.State != Failed || got.Fail != FailVerification || !strings.Contains(got.Reason, "liar") {
				t.Errorf("%s, %q: %s", got.State, got.Fail, got.Reason)
			}
			if p := source(t, got, "liar"); p.State != SourceCutOff || p.Reason == "" || liar.greeted() != 1 {
				t.Errorf("the liar is %s (%s) after %d tries", p.State, p.Reason, liar.greeted())
			}
			nothingTaken(t, o)
		})
	}
}

// TestLiarsBesideAnHonestSource: the same, and the download ends right.
func TestLiarsBesideAnHonestSource(t *testing.T) {
	s := newSample(t, 20*groupBytes+5, 4)
	n := newNetwork(t, true)
	sources := []Source{}
	for i, lie := range []uint64{0, 100, 20*groupBytes + 4, 20*groupBytes + 6, uint64(content.MaxSizeBytes)} {
		name := Source(fmt.Sprint("liar", i))
		n.serve(name, (&fake{sample: s, have: func(h *pb.Have) { h.SizeBytes = lie }}).serve)
		sources = append(sources, name)
	}
	honest := &fake{sample: s}
	n.serve("honest", honest.serve)
	// The hit lied as well.
	got := n.start("z", n.options("z"), nil).get(Request{ID: s.id, SizeBytes: 77, Sources: append(sources, "honest")})
	want(t, s, got)
	if p := source(t, got, "honest"); p.Bytes != int64(len(s.data)) {
		t.Errorf("the honest source gave %d bytes", p.Bytes)
	}
}

// TestPoisoners are figures B1 and B2: sources that spoil bytes are out after one
// bad group each, no honest one is, and the file comes whole.
func TestPoisoners(t *testing.T) {
	for _, c := range []struct{ honest, poison int }{{7, 3}, {1, 9}} {
		t.Run(fmt.Sprint(c.poison, " of ", c.honest+c.poison), func(t *testing.T) {
			s := newSample(t, 120*groupBytes+99, 5)
			n := newNetwork(t, true)
			var sources []Source
			poisoners := make(map[Source]*fake)
			for i := range c.honest + c.poison {
				name := Source(fmt.Sprint("s", i))
				f := &fake{sample: s}
				if i < c.poison {
					every := 1 + 3*(i%3) // always, now and then
					f.group = func(g int, b []byte) []byte {
						if g%every == 0 && g != s.manifest.Groups()-1 {
							return flip(g, b)
						}
						return b
					}
					poisoners[name] = f
				}
				n.serve(name, f.serve)
				sources = append(sources, name)
			}
			got := n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: sources})
			want(t, s, got)
			cut := 0
			for _, p := range got.Sources {
				if p.State != SourceCutOff {
					continue
				}
				cut++
				if poisoners[p.Node] == nil {
					t.Errorf("the honest %s was cut off: %s", p.Node, p.Reason)
				}
				if !strings.Contains(p.Reason, "do not match, in group") || poisoners[p.Node].greeted() != 1 {
					t.Errorf("%s: %q, greeted %d times", p.Node, p.Reason, poisoners[p.Node].greeted())
				}
			}
			if cut == 0 {
				t.Error("nobody was cut off")
			}
			// One bad group each, and what was on its way from them: never asked again.
			if limit := int64(cut*groupBytes) + int64(wasteLimit*float64(len(s.data))); got.WastedBytes > limit {
				t.Errorf("%d bytes were wasted on %d poisoners", got.WastedBytes, cut)
			}
		})
	}
}

func TestOnlyPoison(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 10*groupBytes, 6)
		n := newNetwork(t, false)
		searches := 0
		find := func(context.Context, content.ID) []Source { searches++; return []Source{"b"} }
		for _, name := range []Source{"a", "b"} {
			n.serve(name, (&fake{sample: s, group: func(g int, b []byte) []byte {
				if g == 9 {
					return b
				}
				return flip(g, b)
			}}).serve)
		}
		z := n.start("z", n.options("z"), find)
		got := z.get(Request{ID: s.id, Sources: []Source{"a"}})
		if got.Fail != FailVerification || searches == 0 {
			t.Fatalf("%s, %s after %d searches", got.Fail, got.Reason, searches)
		}
		for _, name := range []Source{"a", "b"} {
			if p := source(t, got, name); p.State != SourceCutOff {
				t.Errorf("%s is %s", name, p.State)
			}
		}
		// What verified stays, and an honest source brings the rest.
		honest := &fake{sample: s}
		n.serve("c", honest.serve)
		got = z.get(Request{ID: s.id, Sources: []Source{"c"}})
		want(t, s, got)
		if honest.times(9) != 0 {
			t.Error("a verified group was fetched again")
		}
	})
}

// TestCutOffOutlivesRestart: a poisoner is not asked again by a later run.
func TestCutOffOutlivesRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 10*groupBytes, 7)
		n := newNetwork(t, false)
		bad := &fake{sample: s, group: flip}
		n.serve("bad", bad.serve)
		o, lib := n.options("z"), newLibrary(t)
		z := n.startWith("z", o, nil, lib)
		if got := z.get(Request{ID: s.id, Sources: []Source{"bad"}}); got.Fail != FailVerification {
			t.Fatal(got.Fail, got.Reason)
		}
		z.stop()
		z = n.startWith("z", o, nil, lib)
		if err := z.Resume(s.id); err != nil {
			t.Fatal(err)
		}
		z.wait(s.id, func(st Status) bool { return st.State.Final() })
		if bad.greeted() != 1 {
			t.Errorf("the poisoner was asked %d times", bad.greeted())
		}
	})
}

// raw is a peer that answers the greeting with given bytes.
func raw(b []byte) *fake {
	return &fake{instead: func(c *conn, m *pb.Message) bool {
		c.writeRaw(b)
		silence(c)
		return true
	}}
}

// TestNoise: whatever bytes a source sends, the download ends with a clear word or
// goes on with others, soon, and nothing is left running.
func TestNoise(t *testing.T) {
	s := newSample(t, 5*groupBytes, 8)
	ask := func(f func(c *conn)) *fake {
		return &fake{sample: s, instead: func(c *conn, m *pb.Message) bool {
			if m.GetRange() == nil {
				return false
			}
			f(c)
			silence(c)
			return true
		}}
	}
	data := func(d *pb.Data, n int) func(c *conn) {
		return func(c *conn) {
			c.write(&pb.Message{Kind: &pb.Message_Data{Data: d}})
			c.writeRaw(make([]byte, n))
		}
	}
	for name, f := range map[string]*fake{
		"garbage":               raw(bytes.Repeat([]byte{0xff, 0x13, 0x37}, 1000)),
		"zeros":                 raw(make([]byte, 5000)),
		"a giant frame":         raw([]byte{0xff, 0xff, 0xff, 0xff, 0x7f}),
		"a length of 2^64":      raw(bytes.Repeat([]byte{0xff}, 20)),
		"an HTTP answer":        raw([]byte("HTTP/1.1 200 OK\r\n\r\n")),
		"a cut frame":           raw([]byte{10, 1}),
		"data before all":       raw([]byte{4, 0x3a, 2, 8, 1}),
		"a group not asked for": ask(data(&pb.Data{Group: 77, Length: 5000}, 5000)),
		"a piece too long":      ask(data(&pb.Data{Group: 4, Length: 1 << 30}, 100)),
		"a wrong offset":        ask(data(&pb.Data{Group: 4, Offset: 5000, Length: 5000}, 5000)),
		"bits of nothing":       {sample: s, have: func(h *pb.Have) { h.Whole, h.Groups = false, []byte{0xff} }},
		"runs beyond the end": ask(func(c *conn) {
			c.write(&pb.Message{Kind: &pb.Message_HaveUpdate{HaveUpdate: &pb.HaveUpdate{Runs: []uint32{0, 1 << 31}}}})
		}),
		"a greeting back":  ask(func(c *conn) { c.write(&pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{}}}) }),
		"an empty message": ask(func(c *conn) { c.write(&pb.Message{}) }),
		"a manifest unasked": ask(func(c *conn) {
			c.write(&pb.Message{Kind: &pb.Message_Manifest{Manifest: &pb.Manifest{Length: 1 << 31}}})
		}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t, false)
				n.serve("noise", f.serve)
				n.serve("honest", (&fake{sample: s}).serve)
				start := time.Now()
				z := n.start("z", n.options("z"), nil)
				got := z.get(Request{ID: s.id, Sources: []Source{"noise"}})
				if got.State != Failed || time.Since(start) > 3*time.Minute {
					t.Errorf("%s after %v: %s", got.State, time.Since(start), got.Reason)
				}
				if strings.ContainsAny(got.Reason, "\x00\x1b\r\n") {
					t.Errorf("the reason is %q", got.Reason)
				}
				want(t, s, z.get(Request{ID: s.id, Sources: []Source{"noise", "honest"}}))
			})
		})
	}
}

// TestStrayFlood: a source that sends what nobody asked for is not read for ever.
func TestStrayFlood(t *testing.T) {
	s := newSample(t, 5*groupBytes, 9)
	var sent atomic.Int64
	f := &fake{sample: s, instead: func(c *conn, m *pb.Message) bool {
		if m.GetRange() == nil {
			return false
		}
		for g := 0; ; g = (g + 1) % 4 {
			if c.write(&pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: uint32(g), Length: groupBytes}}}) != nil ||
				c.writeRaw(make([]byte, groupBytes)) != nil {
				return true
			}
			sent.Add(groupBytes)
		}
	}}
	n := newNetwork(t, false)
	n.serve("flood", f.serve)
	got := n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"flood"}})
	if got.State != Failed || sent.Load() > strikesMax*(strayBytesMax+2*groupBytes) {
		t.Errorf("%s after %d bytes: %s", got.State, sent.Load(), got.Reason)
	}
}

// TestSilentSources is figure B3 on whole exchanges: sources that accept and then
// stall, in several ways, do not hold up a download.
func TestSilentSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 200*groupBytes, 10)
		n := newNetwork(t, false)
		var sources []Source
		stall := func(do func(c *conn)) *fake { return &fake{sample: s, instead: onRange(do)} }
		for i, f := range []*fake{
			{instead: func(c *conn, m *pb.Message) bool { silence(c); return true }},
			stall(silence),
			stall(chatter),
			stall(func(c *conn) { // half a group, then nothing
				c.write(&pb.Message{Kind: &pb.Message_Data{Data: &pb.Data{Group: 199, Length: groupBytes}}})
				c.writeRaw(make([]byte, groupBytes/2))
				silence(c)
			}),
			stall(func(c *conn) { trickle(c, 199, 1000) }),
		} {
			name := Source(fmt.Sprint("silent", i))
			n.serve(name, f.serve)
			sources = append(sources, name)
		}
		for i := range 5 {
			o := n.options("x")
			o.UpBytesPerSec = 1 << 20
			name := Source(fmt.Sprint("honest", i))
			n.start(name, o, nil).share(s)
			sources = append(sources, name)
		}
		start := time.Now()
		z := n.start("z", n.options("z"), nil)
		got := z.get(Request{ID: s.id, Sources: sources})
		want(t, s, got)
		// Five honest sources of 1 MiB/s need 10 s for 50 MiB.
		if took := time.Since(start); took > 12500*time.Millisecond+5*time.Second {
			t.Errorf("took %v", took)
		}
		if float64(got.WastedBytes) > wasteLimit*float64(len(s.data)) {
			t.Errorf("%d bytes were wasted", got.WastedBytes)
		}
		for _, p := range got.Sources {
			if p.State == SourceCutOff && strings.HasPrefix(string(p.Node), "honest") {
				t.Errorf("%s was cut off: %s", p.Node, p.Reason)
			}
		}
	})
}

// TestPendingIsBounded: a fetcher cannot make a source remember more than so many
// groups.
func TestPendingIsBounded(t *testing.T) {
	u := &upload{layout: content.LayoutOf(content.MaxGroups * groupBytes), current: -1, wake: make(chan struct{}, 1)}
	for range pendingMax / 1024 {
		if err := u.ranged(&pb.Range{Runs: []uint32{0, 1024}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := u.ranged(&pb.Range{Runs: []uint32{0, 1}}); !errors.Is(err, errProtocol) || len(u.pending) != pendingMax {
		t.Errorf("%d groups are pending: %v", len(u.pending), err)
	}
}
