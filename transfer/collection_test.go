package transfer

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"starling/share"
	"starling/share/content"
	"starling/transfer/pb"
)

// shareFolder makes a running library that shares a folder of files as a
// collection, and gives its id.
func shareFolder(t testing.TB, files map[string]string) (lib *share.Library, dir string, id content.ID) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "Album.2024")
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lib, err := share.Open(share.Options{Dir: filepath.Join(t.TempDir(), "library"), QuietTime: -1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- lib.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended; lib.Close() })
	if _, err := lib.AddRootAs(ctx, dir, share.RootOptions{Collection: true}); err != nil {
		t.Fatal(err)
	}
	if err := lib.Rescan(ctx); err != nil {
		t.Fatal(err)
	}
	return lib, dir, lib.Roots()[0].ID
}

// someTree is 400 files in some folders, 5 MiB, with an index of two groups.
func someTree() map[string]string {
	rnd := rand.New(rand.NewPCG(5, 5))
	files := map[string]string{"empty": "", "notes/large.bin": strings.Repeat("0123456789abcdef", 60_000)}
	for i := range 400 {
		b := make([]byte, rnd.IntN(20<<10))
		for j := range b {
			b[j] = byte(rnd.Uint32())
		}
		long := strings.Repeat("long ", 38)
		files[fmt.Sprintf("%s%d/%s%d/%s%d", long, i%3, long, i%20, long, i)] = string(b)
	}
	return files
}

func wantTree(t testing.TB, files map[string]string, got Status) {
	t.Helper()
	if got.State != Done {
		t.Fatalf("state %s, %s: %s, sources %+v", got.State, got.Fail, got.Reason, got.Sources)
	}
	if got.Files != len(files) || got.FilesHeld != len(files) {
		t.Errorf("%d of %d files, want %d", got.FilesHeld, got.Files, len(files))
	}
	for name, text := range files {
		b, err := os.ReadFile(filepath.Join(got.Path, filepath.FromSlash(name)))
		if err != nil || string(b) != text {
			t.Fatalf("%s is wrong (%v)", name, err)
		}
	}
}

// TestCollection: fetched from its owner, fetched on from the fetcher alone,
// after a restart as well.
func TestCollection(t *testing.T) {
	n := newNetwork(t, true)
	files := someTree()
	lib, _, id := shareFolder(t, files)
	n.startWith("owner", n.options("owner"), nil, lib)
	o := n.options("b")
	b := n.start("b", o, nil)
	got := b.get(Request{ID: id, Name: "Album.2024", Sources: []Source{"owner"}})
	wantTree(t, files, got)
	if filepath.Base(got.Path) != "Album.2024" {
		t.Errorf("landed as %s", got.Path)
	}
	if left, _ := os.ReadDir(o.Dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	c := n.start("c", n.options("c"), nil)
	wantTree(t, files, c.get(Request{ID: id, Name: "again", Sources: []Source{"b"}}))
	b.stop()
	b = n.startWith("b", o, nil, b.lib)
	if s := b.Downloads(); len(s) > 0 && s[0].State == Done && s[0].Files != len(files) {
		t.Errorf("after a restart: %+v", s[0])
	}
	d := n.start("d", n.options("d"), nil)
	wantTree(t, files, d.get(Request{ID: id, Sources: []Source{"b"}}))
	single := []byte(files["notes/large.bin"])
	one := content.Sum(single)
	e := n.start("e", n.options("e"), nil)
	if got := e.get(Request{ID: one, Sources: []Source{"c"}}); got.State != Done {
		t.Errorf("one file of it by its id: %+v", got)
	} else if data, err := os.ReadFile(got.Path); err != nil || !bytes.Equal(data, single) {
		t.Errorf("one file of it by its id: %v", err)
	}
}

// The index is asked for first, whatever else is missing.
func TestPickerAsksFirstGroupsFirst(t *testing.T) {
	p := newTestPicker(100, PickerOptions{First: 3})
	p.Join("s", fullSet(100), testEpoch)
	p.Join("z", fullSet(50), testEpoch)
	first := append(p.Ask("s", 2*groupBytes, testEpoch), p.Ask("z", 2*groupBytes, testEpoch)...)
	if len(first) != 4 || first[0] != 0 || first[1] != 1 || first[2] != 2 || first[3] < 3 {
		t.Errorf("asked %v", first)
	}
}

func TestHaveNamesTheIndex(t *testing.T) {
	for claim, want := range map[uint32]int{0: 0, 2: 2, 20: 20, 21: 20, 1 << 31: 20} {
		h, err := holdingOf(&pb.Have{SizeBytes: 20 * groupBytes, Whole: true, IndexGroups: claim})
		if err != nil || h.index != want {
			t.Errorf("claim %d: %d, %v", claim, h.index, err)
		}
	}
	h, _ := holdingOf(&pb.Have{SizeBytes: 1 << 32, Whole: true, IndexGroups: 1 << 14})
	if h.index != content.CollectionIndexMax/groupBytes {
		t.Errorf("%d groups of index", h.index)
	}
}

// TestFalseCollection: a publisher who lies about the files in a collection is
// found out, and nothing lands.
func TestFalseCollection(t *testing.T) {
	n := newNetwork(t, true)
	col, err := content.NewCollection([]content.Member{
		{Path: "a", SizeBytes: 300_000, ID: content.Sum([]byte("another"))}, {Path: "b", SizeBytes: 3, ID: content.Sum([]byte("bbb"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := sample{data: []byte(col.Index() + strings.Repeat("a", 300_000) + "bbb")}
	s.id, s.manifest, err = content.Hash(bytes.NewReader(s.data), int64(len(s.data)))
	if err != nil {
		t.Fatal(err)
	}
	n.start("liar", n.options("liar"), nil).share(s)
	o := n.options("b")
	got := n.start("b", o, nil).get(Request{ID: s.id, Name: "Album", Sources: []Source{"liar"}})
	if got.State != Failed || got.Fail != FailVerification || !strings.Contains(got.Reason, "false") {
		t.Errorf("%+v", got)
	}
	if left, _ := os.ReadDir(o.Dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestCollectionIsNeverMerged: what has the folder's name stays, and the owner is
// told.
func TestCollectionIsNeverMerged(t *testing.T) {
	n := newNetwork(t, true)
	files := map[string]string{"a": "1", "b/c": "2"}
	lib, _, id := shareFolder(t, files)
	n.startWith("owner", n.options("owner"), nil, lib)
	o := n.options("b")
	theirs := filepath.Join(o.Dir, "Album")
	if err := os.MkdirAll(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	b := n.start("b", o, nil)
	got := b.get(Request{ID: id, Name: "Album", OnExists: share.ExistsOverwrite, Sources: []Source{"owner"}})
	wantTree(t, files, got)
	if got.Path != theirs+" (2)" || !strings.Contains(got.Reason, "never overwritten") {
		t.Errorf("%q, %q", got.Path, got.Reason)
	}
	if inside, err := os.ReadDir(theirs); err != nil || len(inside) > 0 {
		t.Errorf("%v, %v", inside, err)
	}
}

// TestCollectionGoesOn: paused in the middle, it goes on with what it has, which
// others were served meanwhile.
func TestCollectionGoesOn(t *testing.T) {
	n := newNetwork(t, true)
	files := someTree()
	lib, _, id := shareFolder(t, files)
	from := n.options("owner")
	from.UpBytesPerSec = 2 << 20
	owner := n.startWith("owner", from, nil, lib)
	b, c := n.start("b", n.options("b"), nil), n.start("c", n.options("c"), nil)
	if _, err := b.Get(Request{ID: id, Name: "Album", Sources: []Source{"owner"}}); err != nil {
		t.Fatal(err)
	}
	b.wait(id, func(s Status) bool { return s.FilesHeld > 20 })
	if _, err := c.Get(Request{ID: id, Name: "Album", Sources: []Source{"b"}}); err != nil {
		t.Fatal(err)
	}
	c.wait(id, func(s Status) bool { return s.Files == len(files) && s.HaveBytes > 0 })
	if err := b.Pause(id); err != nil {
		t.Fatal(err)
	}
	held := b.wait(id, func(Status) bool { return true }).HaveBytes
	owner.SetLimits(Limits{})
	if err := b.Resume(id); err != nil {
		t.Fatal(err)
	}
	got := b.wait(id, func(s Status) bool { return s.State.Final() })
	wantTree(t, files, got)
	if got.FetchedBytes > got.SizeBytes || held == 0 {
		t.Errorf("fetched %d of %d bytes, %d were held", got.FetchedBytes, got.SizeBytes, held)
	}
	wantTree(t, files, c.wait(id, func(s Status) bool { return s.State.Final() }))
}

// BenchmarkCollection10k fetches 10,000 files of 20 KiB as one collection.
func BenchmarkCollection10k(b *testing.B) {
	files := make(map[string]string)
	rnd := rand.New(rand.NewPCG(5, 5))
	data := make([]byte, 20<<10)
	for i := range 10_000 {
		for j := 0; j < len(data); j += 64 {
			data[j] = byte(rnd.Uint32())
		}
		files[fmt.Sprintf("d%02d/file %03d.dat", i/100, i%100)] = string(data)
	}
	n := newNetwork(b, true)
	lib, _, id := shareFolder(b, files)
	n.startWith("owner", n.options("owner"), nil, lib)
	b.SetBytes(10_000 * 20 << 10)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		name := Source(fmt.Sprint("z", i))
		z := n.start(name, n.options(name), nil)
		b.StartTimer()
		got := z.get(Request{ID: id, Name: "Album", Sources: []Source{"owner"}})
		b.StopTimer()
		if got.State != Done || got.Files != 10_000 {
			b.Fatalf("%+v", got)
		}
		z.stop()
		os.RemoveAll(got.Path)
		b.StartTimer()
	}
}
