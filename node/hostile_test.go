package node_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"starling/config"
	"starling/node"
	"starling/query"
	"starling/share/content"
	"starling/simulations/hostile"
)

// patience bounds every wait of these tests.
const patience = time.Minute

// whole is a running node and its owner's client.
type whole struct {
	*node.Client
	t         *testing.T
	status    node.Status
	downloads string
}

// startWhole runs a whole node on loopback, with a static mesh.
func startWhole(t *testing.T, change func(*config.Config), shares ...string) whole {
	t.Helper()
	dir := t.TempDir()
	c := config.Default()
	c.Node.StateDir, c.Node.Downloads = filepath.Join(dir, "state"), filepath.Join(dir, "downloads")
	c.Overlay.Listen, c.Overlay.LAN, c.Overlay.StaticMesh = []string{"/ip4/127.0.0.1/tcp/0"}, false, true
	c.Share.QuietTime = -1
	if change != nil {
		change(c)
	}
	n, err := node.New(node.Options{Config: c, Shares: shares})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the node ended with %v", err)
		}
	})
	select {
	case <-n.Ready():
	case <-time.After(patience):
		t.Fatal("the node is not ready")
	}
	client, err := node.Dial(c.Node.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w := whole{Client: client, t: t, downloads: c.Node.Downloads}
	if w.status, err = client.Status(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// holding runs a whole node that shares one file.
func holding(t *testing.T, name string, b []byte, change func(*config.Config)) whole {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shared")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
		t.Fatal(err)
	}
	w := startWhole(t, change, dir)
	w.eventually("the file is shared", func() bool {
		status, err := w.Status(t.Context())
		return err == nil && status.SharedFiles == 1
	})
	return w
}

func (w whole) eventually(what string, holds func() bool) {
	w.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			w.t.Fatalf("not after %v: %s", patience, what)
		}
	}
}

func (w whole) connect(address string) {
	w.t.Helper()
	if _, err := w.Connect(w.t.Context(), address); err != nil {
		w.t.Fatal(err)
	}
}

// find searches until a row with so many sources is there, and returns it.
func (w whole) find(text string, sources int) (found node.Hit) {
	w.t.Helper()
	w.eventually("a row with all sources", func() bool {
		for e, err := range w.Search(w.t.Context(), node.SearchRequest{Expression: text}) {
			if err != nil {
				w.t.Fatal(err)
			}
			if e.Hit != nil {
				found = *e.Hit
			}
		}
		return found.Sources == sources
	})
	return found
}

// fetch gets a target and returns how the download ended. look is called at
// every change.
func (w whole) fetch(target string, look func(node.Download)) (last node.Download) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	started, err := w.Get(ctx, node.GetRequest{Targets: []string{target}})
	if err != nil {
		w.t.Fatal(err)
	}
	for d, err := range w.Watch(ctx, started[0].ID) {
		if err != nil {
			w.t.Fatalf("%v; it stood at %+v", err, last)
		}
		if last = d; look != nil {
			look(d)
		}
	}
	return last
}

func (w whole) fetched(d node.Download, want []byte) {
	w.t.Helper()
	if d.State != "done" {
		w.t.Fatalf("the download ended as %+v", d)
	}
	got, err := os.ReadFile(d.Path)
	if err != nil || !bytes.Equal(got, want) {
		w.t.Errorf("the file differs: %d bytes, %v", len(got), err)
	}
}

func sourceOf(d node.Download, id string) (s node.Source) {
	for _, s := range d.Sources {
		if s.Node == id {
			return s
		}
	}
	return s
}

// noise is content that compresses to nothing else.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{byte(seed)})
	rng.Read(b)
	return b
}

// offering is a hostile peer that offers a source to whoever searches.
func offering(t *testing.T, name string, s *hostile.Source) *hostile.Peer {
	t.Helper()
	p, err := hostile.New(context.Background(), hostile.Options{OnQuery: func(l *hostile.Link, c hostile.Copy) {
		l.Hits(l.Peer().Found(c.Query.GUID, s.Entry(name)))
		l.Echo(c, query.Sums{Reached: 1, Hits: 1, Holders: 1})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if err := p.Serve(s); err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	songName  = "song.bin"
	songBytes = 3<<20 + 7
	oddGroups = "odd groups"
)

// Sources that alter bytes are cut off at the first group that does not verify,
// and named; the file comes right from the others.
func TestPoisonersAreCutOffAndNamed(t *testing.T) {
	song := noise(songBytes, 1)
	flip := func(data []byte, at int) []byte {
		data[at] ^= 1
		return data
	}
	poisons := map[string]func(g int, data []byte) []byte{
		"first byte": func(_ int, data []byte) []byte { return flip(data, 0) },
		"last byte":  func(_ int, data []byte) []byte { return flip(data, len(data)-1) },
		"another's":  func(g int, data []byte) []byte { return noise(len(data), uint64(g)) },
		oddGroups: func(g int, data []byte) []byte {
			if g%2 == 0 {
				return data
			}
			return flip(data, len(data)/2)
		},
		"nothing but 0s": func(_ int, data []byte) []byte { return make([]byte, len(data)) },
	}
	honest := holding(t, songName, song, func(c *config.Config) { c.Transfer.UpBytesPerSec = 2 << 20 }) // slow, so that all are asked
	w := startWhole(t, nil)
	w.connect(honest.status.Addresses[0])
	peers, sources := map[string]*hostile.Peer{}, map[string]*hostile.Source{}
	for name, poison := range poisons {
		sources[name] = &hostile.Source{Bytes: song, Group: poison}
		peers[name] = offering(t, songName, sources[name])
		w.connect(peers[name].Address())
	}
	w.find("song", 1+len(poisons))
	d := w.fetch("1", nil)
	w.fetched(d, song)
	caught := 0
	for name, p := range peers {
		s, asked := sourceOf(d, p.ID()), sources[name].Asked()
		if !slices.ContainsFunc(asked, func(g int) bool { return name != oddGroups || g%2 == 1 }) {
			t.Logf("%s was asked for %v", name, asked)
			continue
		}
		caught++
		if s.State != "cut off" || !strings.Contains(s.Reason, "do not match") {
			t.Errorf("%s, asked for %v: %+v", name, asked, s)
		}
		if n := sources[name].Streams(); n != 1 {
			t.Errorf("%s was asked again: %d streams", name, n)
		}
		if s.Bytes != 0 && name != oddGroups {
			t.Errorf("%s: %d bytes of it were kept", name, s.Bytes)
		}
	}
	if caught < len(poisons)-1 {
		t.Errorf("only %d of %d could be caught", caught, len(poisons))
	}
	if s := sourceOf(d, honest.status.ID); s.State == "cut off" || s.Bytes == 0 {
		t.Errorf("the honest source: %+v", s)
	}
}

// Sources that lie about what a file is cost no byte of space, and the file can
// still be had from one that does not.
func TestLiarsTakeNoSpace(t *testing.T) {
	song := noise(songBytes, 2)
	liars := lies(song, noise(songBytes, 3))
	w := startWhole(t, func(c *config.Config) { c.Transfer.GiveUpAfter = 3 * time.Second })
	peers := map[string]*hostile.Peer{}
	for name, s := range liars {
		if s.ID = content.Sum(song); s.Bytes == nil {
			s.Bytes = song
		}
		peers[name] = offering(t, songName, s)
		w.connect(peers[name].Address())
	}
	w.find("song", len(liars))
	empty := func(d node.Download) {
		if entries, err := os.ReadDir(w.downloads); err == nil && len(entries) > 0 {
			t.Errorf("space was taken in state %s: %v", d.State, entries)
		}
		if d.HaveBytes > 0 || d.FetchedBytes > 0 {
			t.Errorf("bytes of liars were kept: %+v", d)
		}
	}
	d := w.fetch("1", empty)
	empty(d)
	if d.State != "failed" || d.Code != node.CodeVerification {
		t.Errorf("the download ended as %+v", d)
	}
	for name, p := range peers {
		if s := sourceOf(d, p.ID()); s.State != "cut off" && s.State != "gone" || s.Reason == "" {
			t.Errorf("%s: %+v", name, s)
		}
	}
	honest := holding(t, songName, song, nil)
	w.connect(honest.status.Addresses[0])
	w.find("song", 1+len(liars))
	w.fetched(w.fetch("1", nil), song)
}

// plain says that a text moves no cursor on its reader's screen.
func plain(s string) bool {
	return !slices.ContainsFunc([]rune(s), func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 })
}
