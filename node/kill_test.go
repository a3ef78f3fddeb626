//go:build unix

package node

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"starling/share"
	"starling/share/content"
)

const (
	killDirEnv     = "STARLING_TEST_KILL_NODE"
	killAddressEnv = "STARLING_TEST_KILL_ADDRESS"
	killFileBytes  = 96<<20 + 12_345
	killName       = "killed.bin"
	// sentAgainMax is what a kill may cost: what was on its way, in buffers and not
	// yet verified.
	sentAgainMax = 12 << 20
	// momentMax is far beyond what the whole file takes, also where the race detector
	// and other tests share two cores.
	momentMax = 90 * time.Second
)

// nodeKills is how often TestKilledNode kills; STARLING_TEST_KILLS asks for more.
func nodeKills(t *testing.T) int {
	s := os.Getenv("STARLING_TEST_KILLS")
	if s == "" {
		return 8
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestKilledNode fetches a file again and again with a node of its own process,
// which is killed with SIGKILL in every phase of a download. Whatever it had
// verified it must keep, nothing wrong may be kept, the finished file is right
// and there once, and a kill costs at most what was on its way.
func TestKilledNode(t *testing.T) {
	if dir := os.Getenv(killDirEnv); dir != "" {
		runUntilKilled(t, dir)
		return
	}
	w := newKillWorld(t)
	seed := uint64(time.Now().UnixNano())
	w.rng = rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	for n := nodeKills(t); w.kills < n; {
		w.kill()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills, %d files finished, sent again: %.2f MiB in the mean, %.2f MiB at most; by phase: %v",
		w.kills, w.finished, float64(w.sentAgain)/float64(w.kills)/(1<<20), float64(w.worst)/(1<<20), w.phases)
}

// killWorld is a sender in this process, and the folder of the node that is
// killed.
type killWorld struct {
	t       *testing.T
	rng     *rand.Rand
	data    []byte
	id      content.ID
	link    string // names it
	holder  *Node
	holding *Client
	sent    atomic.Int64 // by uploads that have ended

	dir  string // of the node that is killed
	have int64  // bytes it holds

	kills, finished  int
	sentAgain, worst int64
	phases           map[string]int
}

func newKillWorld(t *testing.T) *killWorld {
	w := &killWorld{t: t, data: make([]byte, killFileBytes), phases: make(map[string]int)}
	rand.NewChaCha8([32]byte{77}).Read(w.data)
	id, _, err := content.Hash(bytes.NewReader(w.data), killFileBytes)
	if err != nil {
		t.Fatal(err)
	}
	w.id = id
	shared := t.TempDir()
	if err := os.WriteFile(filepath.Join(shared, killName), w.data, 0o600); err != nil {
		t.Fatal(err)
	}
	w.holder, w.holding = startTest(t, Options{
		Config: testConfig(t.TempDir()), Shares: []string{shared},
		Logger: slog.New(sentHandler{&w.sent}),
	})
	<-w.holder.library.Ready()
	link, err := w.holding.Link(t.Context(), id.String())
	if err != nil {
		t.Fatal(err)
	}
	w.link = link.Magnet
	return w
}

// sentHandler sums what ended uploads have sent, from the log.
type sentHandler struct{ sum *atomic.Int64 }

func (h sentHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h sentHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "upload ended" {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "sent_bytes" {
				h.sum.Add(a.Value.Int64())
			}
			return true
		})
	}
	return nil
}

func (h sentHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h sentHandler) WithGroup(string) slog.Handler      { return h }

// kill runs the node once, to a moment of one phase, and looks at what is left.
func (w *killWorld) kill() {
	t := w.t
	if w.dir == "" {
		w.dir, w.have = t.TempDir(), 0
	}
	limit := []int64{0, 40e6, 100e6}[w.rng.IntN(3)]
	if _, err := w.holding.Limit(t.Context(), Limits{Up: &limit}); err != nil {
		t.Fatal(err)
	}
	before := w.sent.Load()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledNode$")
	child.Env = append(os.Environ(), killDirEnv+"="+w.dir, killAddressEnv+"="+w.holder.overlay.Addresses()[0])
	var said bytes.Buffer
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	phase := w.await(child)
	_ = child.Process.Kill()
	_ = child.Wait() // it was killed
	w.kills++
	w.phases[phase]++
	have, done := w.remains(phase)
	var last int64 // the log speaks of an upload a little after its end
	eventually(t, "the uploads have ended", func() bool {
		now := w.sent.Load()
		ended := len(w.holder.exchange.Uploads()) == 0 && now == last && now-before >= have-w.have
		last = now
		return ended
	})
	if have < w.have {
		t.Errorf("%d bytes were kept, %d are left, killed while %s; the node said:\n%s", w.have, have, phase, &said)
	}
	again := w.sent.Load() - before - (have - w.have)
	w.sentAgain += again
	w.worst = max(w.worst, again)
	if again > sentAgainMax {
		t.Errorf("%d bytes must be sent again, killed while %s: %d sent, %d held of before %d; the node said:\n%s", again, phase, w.sent.Load()-before, have, w.have, &said)
	}
	if w.have = have; done {
		w.finished++
		if err := os.RemoveAll(w.dir); err != nil {
			t.Fatal(err)
		}
		w.dir = ""
	}
}

// await asks for the file and waits for the moment to kill.
func (w *killWorld) await(child *exec.Cmd) (phase string) {
	pause := func(most time.Duration) { time.Sleep(time.Duration(w.rng.Int64N(int64(most)))) }
	kind := w.rng.IntN(10)
	if kind < 2 {
		pause(500 * time.Millisecond)
		return "starting"
	}
	state := testConfig(w.dir).Node.StateDir
	var c *Client
	eventually(w.t, "the node answers", func() (up bool) {
		var err error
		c, err = Dial(state)
		return err == nil && c.PID() == child.Process.Pid
	})
	defer c.Close()
	list, err := c.Downloads(w.t.Context())
	if err == nil && len(list) == 0 { // else it goes on by itself
		_, err = c.Get(w.t.Context(), GetRequest{Targets: []string{w.link}})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var until func(Download) bool
	switch phase = "fetching"; {
	case kind < 4:
		phase = "beginning"
		until = func(d Download) bool { return d.State != "queued" }
	case kind < 6:
		phase = "ending"
		until = func(d Download) bool { return d.HaveBytes > killFileBytes-8<<20 }
	case kind < 8:
		phase = "landing"
		until = func(d Download) bool { return d.State == "verifying" && d.HaveBytes == killFileBytes }
	default:
		at := w.rng.Int64N(killFileBytes)
		until = func(d Download) bool { return d.HaveBytes >= at }
	}
	var last []Download
	deadline := time.Now().Add(momentMax)
	for {
		list, err := c.Downloads(w.t.Context())
		if err == nil && len(list) == 1 && (list[0].State == "done" || until(list[0])) {
			break
		}
		if last = list; time.Now().After(deadline) {
			w.t.Fatalf("no such moment: %s; the downloads are %+v (%v)", phase, last, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	pause(60 * time.Millisecond)
	return phase
}

// remains checks what the node has left: the finished file, or the groups that
// its journal marks.
func (w *killWorld) remains(phase string) (have int64, done bool) {
	t := w.t
	c := testConfig(w.dir)
	entries, err := os.ReadDir(c.Node.Downloads)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	landed, part := false, false
	for _, e := range entries {
		switch {
		case share.IsPartialName(e.Name()):
			part = true
		case e.Name() == killName:
			landed = true
		default:
			t.Errorf("killed while %s, it left %s", phase, e.Name())
		}
	}
	if landed {
		if b, err := os.ReadFile(filepath.Join(c.Node.Downloads, killName)); err != nil || !bytes.Equal(b, w.data) {
			t.Errorf("the finished file is wrong (%v), killed while %s", err, phase)
		}
		// In every other case the next run must recognise it by itself.
		return killFileBytes, !part && w.rng.IntN(2) == 0
	}
	if part {
		have = w.held(c.Node.Downloads, filepath.Join(c.Node.StateDir, transferDir, "partials"))
	}
	return have, false
}

// held opens the .part by a copy of its journal and compares what it marks.
func (w *killWorld) held(dir, journals string) (have int64) {
	t := w.t
	copied := t.TempDir()
	name := w.id.String() + ".journal"
	b, err := os.ReadFile(filepath.Join(journals, name))
	if os.IsNotExist(err) {
		return 0
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(copied, name), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := share.OpenPartial(t.Context(), share.PartialOptions{Dir: dir, Name: killName, ID: w.id, StateDir: copied})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for g := range p.Have().All() {
		off, n := p.Manifest().Span(g)
		b := make([]byte, n)
		if _, err := p.ReadAt(b, off); err != nil || !bytes.Equal(b, w.data[off:off+n]) {
			t.Errorf("group %d is kept and wrong (%v)", g, err)
		}
	}
	return p.HaveBytes()
}

// runUntilKilled is the child.
func runUntilKilled(t *testing.T, dir string) {
	c := testConfig(dir)
	c.Overlay.Connect = strings.Fields(os.Getenv(killAddressEnv))
	n, err := New(Options{Config: c, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err == nil {
		err = n.Run(context.Background())
	}
	fmt.Println("ended:", err)
}
