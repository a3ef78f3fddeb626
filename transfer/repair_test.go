package transfer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"starling/share"
	"starling/transfer/pb"
)

// mender is a node with a file that should be the sample, and is not.
type mender struct {
	*node
	sample
	library *share.Library
	path    string
	old     []byte
}

func rotten(data []byte, at ...int) []byte {
	data = bytes.Clone(data)
	for _, i := range at {
		data[i] ^= 1
	}
	return data
}

func (n *network) mender(s sample, old []byte) *mender {
	n.t.Helper()
	m := &mender{sample: s, library: newLibrary(n.t).(*share.Library), path: filepath.Join(n.t.TempDir(), "song: live?.bin"), old: old}
	if err := os.WriteFile(m.path, old, 0o600); err != nil {
		n.t.Fatal(err)
	}
	m.node = n.startWith("m", n.options("m"), nil, m.library)
	return m
}

// request asks for the repair; the manifest is left to the network.
func (m *mender) request(sources ...Source) Request {
	m.t.Helper()
	e, err := m.library.Expected(m.path)
	if err != nil && !errors.Is(err, share.ErrNotShared) {
		m.t.Fatal(err)
	}
	return Request{ID: m.id, Sources: sources, Repair: &Repair{Path: e.Path, State: e.State, Manifest: e.Manifest, Adopt: true}}
}

func (m *mender) repair(q Request) Status {
	m.t.Helper()
	if _, err := m.Get(q); err != nil {
		m.t.Fatal(err)
	}
	return m.wait(m.id, func(s Status) bool { return s.State.Final() })
}

// expect checks a repaired file, and that nothing else lies beside it.
func (m *mender) expect(got Status, fetchedMax int64) {
	m.t.Helper()
	want(m.t, m.sample, got)
	if got.Path != m.path || got.FetchedBytes > fetchedMax || got.Repairs != m.path {
		m.t.Errorf("%s, %d bytes fetched of at most %d, repairs %q", got.Path, got.FetchedBytes, fetchedMax, got.Repairs)
	}
	m.alone()
}

func (m *mender) alone() {
	m.t.Helper()
	if list, err := os.ReadDir(filepath.Dir(m.path)); err != nil || len(list) != 1 {
		m.t.Errorf("the folder holds %v (%v)", list, err)
	}
}

func (m *mender) untouched() {
	m.t.Helper()
	if b, err := os.ReadFile(m.path); err != nil || !bytes.Equal(b, m.old) {
		m.t.Errorf("the file was touched (%v)", err)
	}
}

func TestRepairFetchesTheBadGroupsOnly(t *testing.T) {
	t.Parallel()
	s := newSample(t, 20*groupBytes+77, 91)
	for name, c := range map[string]struct {
		old     []byte
		fetched int64
		own     bool // the manifest is known here
	}{
		"known":            {rotten(s.data, 0, 7*groupBytes+1), 2 * groupBytes, true},
		"last group":       {rotten(s.data, 20*groupBytes+1), 77, true},
		"by id":            {rotten(s.data, 0, 7*groupBytes+1), 2*groupBytes + 77, false},
		"cut, by id":       {s.data[:18*groupBytes], 2*groupBytes + 77, false},
		"grown, by id":     {append(bytes.Clone(s.data), 1), 77, false},
		"something else":   {[]byte("x"), int64(len(s.data)), false},
		"nothing, by id":   {nil, int64(len(s.data)), false},
		"nothing is wrong": {s.data, 77, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t, true)
			a, asked := &fake{sample: s}, atomic.Int64{}
			a.instead = func(_ *conn, m *pb.Message) bool {
				for i, n := range m.GetRange().GetRuns() {
					asked.Add(int64(i%2) * int64(n))
				}
				return false
			}
			n.serve("a", a.serve)
			m := n.mender(s, c.old)
			q := m.request("a")
			if c.own {
				q.Repair.Manifest = s.manifest
			}
			m.expect(m.repair(q), c.fetched)
			if c.fetched < int64(len(s.data)) && asked.Load() > c.fetched/groupBytes+1 {
				t.Errorf("%d groups were asked for", asked.Load())
			}
			if h, err := m.library.Open(s.id); err != nil {
				t.Errorf("it is not served: %v", err)
			} else {
				h.Close()
			}
		})
	}
}

// A file that the library has found damaged comes back to it.
func TestRepairOfASharedFile(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, true)
	s := newSample(t, 5*groupBytes, 92)
	a := n.start("a", n.options("a"), nil)
	m := n.mender(s, s.data)
	if _, err := m.library.Adopt(m.path, s.manifest, s.id, false); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(m.path)
	if err == nil {
		m.old = rotten(s.data, 3*groupBytes)
		err = errors.Join(os.WriteFile(m.path, m.old, 0o600), os.Chtimes(m.path, info.ModTime(), info.ModTime()))
	}
	if err != nil {
		t.Fatal(err)
	}
	if v, err := m.library.VerifyFile(t.Context(), m.path); err != nil || v.State != share.VerifiedDamaged {
		t.Fatalf("%+v, %v", v, err)
	}
	got := m.repair(m.request("a")) // who does not have it yet
	if got.State != Failed || got.Fail != FailNotFound && got.Fail != FailTimeout {
		t.Fatalf("%s, %s: %s", got.State, got.Fail, got.Reason)
	}
	m.untouched()
	if m.library.DamagedFiles() != 1 {
		t.Error("it is not known as damaged any more")
	}
	a.share(s)
	m.expect(m.repair(m.request("a")), groupBytes)
	if _, served := m.library.ByID(s.id); !served || m.library.DamagedFiles() != 0 {
		t.Errorf("served %v, damaged %+v", served, m.library.Damaged())
	}
	if again := m.repair(m.request("a")); again.State != Done || again.FetchedBytes != 0 || again.Reason == "" {
		t.Errorf("%+v", again)
	}
	m.alone()
}

// What its owner stops sharing while it is repaired is not served from then on, to
// anyone.
func TestRepairOfWhatIsNoLongerShared(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, true)
	s := newSample(t, 5*groupBytes, 98)
	a := &fake{sample: s}
	n.serve("a", a.serve)
	m := n.mender(s, rotten(s.data, 0))
	q := m.request("a")
	q.Repair.Manifest, q.Repair.Adopt, q.Searchable = s.manifest, false, true
	m.expect(m.repair(q), groupBytes)
	if f, served := m.library.ByID(s.id); served {
		t.Errorf("it is served as %+v", f)
	}
}

// Another good copy on this disk spares the network.
func TestRepairFromAnotherCopy(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, true)
	s := newSample(t, 5*groupBytes, 93)
	m := n.mender(s, rotten(s.data, 1))
	m.share(s)
	m.expect(m.repair(m.request()), 0)
}

// A repair goes on after the end of a process, and remembers what file it is for.
func TestRepairOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, true)
	s := newSample(t, 9*groupBytes, 94)
	m := n.mender(s, rotten(s.data, 1, 5*groupBytes))
	q := m.request()
	q.Repair.Manifest = s.manifest
	if got := m.repair(q); got.State != Failed {
		t.Fatalf("%+v", got)
	}
	m.untouched()
	m.stop()
	o := m.o
	n.start("a", n.options("a"), nil).share(s)
	m.node = n.startWith("m", o, nil, m.library)
	if list := m.Downloads(); len(list) != 1 || list[0].Repairs != m.path {
		t.Fatalf("%+v", list)
	}
	if err := errors.Join(m.AddSources(s.id, "a"), m.Resume(s.id)); err != nil {
		t.Fatal(err)
	}
	m.wait(s.id, func(st Status) bool { return st.State == Finding || st.State.Final() })
	_ = m.AddSources(s.id, "a")
	got := m.wait(s.id, func(st Status) bool { return st.State.Final() })
	if got.State != Done { // it was resumed before it heard of the source
		got = m.repair(Request{ID: s.id, Sources: []Source{"a"}, Repair: q.Repair})
	}
	m.expect(got, 2*groupBytes)
}

func TestRepairLeavesAFileThatChangedAlone(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, true)
	s := newSample(t, 5*groupBytes, 95)
	n.start("a", n.options("a"), nil).share(s)
	m := n.mender(s, rotten(s.data, 1))
	q := m.request("a")
	m.old = []byte("the owner's own words")
	if err := os.WriteFile(m.path, m.old, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := m.repair(q); got.State != Failed || got.Fail != FailOther || got.Reason == "" {
		t.Errorf("%+v", got)
	}
	m.untouched()
	m.alone()
}

// A disk that is away takes nothing with it: no folder is made in its place, where
// fetched files would then be missing for good.
func TestRepairOfAFileWhoseDiskIsAway(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, true)
	s := newSample(t, 5*groupBytes, 99)
	m := n.mender(s, rotten(s.data, 1))
	disk := filepath.Join(filepath.Dir(m.path), "usb", "music")
	at := filepath.Join(disk, filepath.Base(m.path))
	if err := errors.Join(os.MkdirAll(disk, 0o700), os.Rename(m.path, at)); err != nil {
		t.Fatal(err)
	}
	m.path = at
	q := m.request()
	q.Repair.Manifest = s.manifest
	if got := m.repair(q); got.State != Failed || got.HaveBytes != 4*groupBytes { // nobody has it
		t.Fatalf("%+v", got)
	}
	away := filepath.Dir(disk) + " unplugged"
	if err := os.Rename(filepath.Dir(disk), away); err != nil {
		t.Fatal(err)
	}
	got := m.repair(q)
	if _, err := os.Lstat(filepath.Dir(disk)); got.State != Failed || got.Fail != FailOther || !strings.Contains(got.Reason, "disk is away") || !os.IsNotExist(err) {
		t.Errorf("%+v; the folder: %v", got, err)
	}
	n.start("a", n.options("a"), nil).share(s)
	if err := os.Rename(away, filepath.Dir(disk)); err != nil {
		t.Fatal(err)
	}
	q = m.request("a")
	q.Repair.Manifest = s.manifest
	m.expect(m.repair(q), groupBytes)
}

// One content goes one way at a time: a repair is not lost in a download to another
// place, nor in the repair of another file.
func TestRepairBesideADownloadOfTheSame(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, true)
	s := newSample(t, 5*groupBytes, 96)
	m := n.mender(s, rotten(s.data, 1))
	if _, err := m.Get(Request{ID: s.id, Name: "elsewhere"}); err != nil {
		t.Fatal(err)
	}
	_ = m.Pause(s.id)
	if st := m.Downloads()[0]; st.State == Paused {
		if _, err := m.Get(m.request()); !errors.Is(err, ErrBusy) {
			t.Errorf("beside a paused download: %v", err)
		}
		if err := m.Cancel(s.id); err != nil {
			t.Fatal(err)
		}
	}
	if got := m.repair(m.request()); got.State != Failed {
		t.Fatalf("%+v", got)
	}
	m.untouched()
	if err := m.Cancel(s.id); err != nil {
		t.Fatal(err)
	}
	m.untouched()
	m.alone()
}

// A collection's id is no file's.
func TestRepairIsNoCollection(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, true)
	f := newSample(t, 3*groupBytes, 97)
	lib := newLibrary(t).(*share.Library)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- lib.Run(ctx) }()
	defer func() { cancel(); <-done }()
	dir := filepath.Join(t.TempDir(), "Album")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "one"), f.data, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := lib.AddRootAs(ctx, dir, share.RootOptions{Collection: true}); err != nil {
		t.Fatal(err)
	}
	if err := lib.Rescan(ctx); err != nil {
		t.Fatal(err)
	}
	col, ok := lib.CollectionAt(dir)
	if !ok {
		resolved, _ := filepath.EvalSymlinks(dir)
		if col, ok = lib.CollectionAt(resolved); !ok {
			t.Fatal("no collection")
		}
	}
	n.startWith("a", n.options("a"), nil, lib)
	m := n.mender(f, f.data)
	m.id = col.ID
	if got := m.repair(m.request("a")); got.State != Failed || got.Fail != FailOther {
		t.Errorf("%s, %s: %s", got.State, got.Fail, got.Reason)
	}
	m.untouched()
	m.alone()
}
