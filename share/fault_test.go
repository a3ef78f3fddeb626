package share

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"starling/share/content"
)

// faultSeeds is how many histories TestFaults plays; STARLING_TEST_FULL asks for
// more, STARLING_TEST_SEED for a single one.
const (
	faultSeeds     = 200
	faultSeedsFull = 10_000
)

// TestFaults plays random histories of partials on a disk that fails, loses
// power and is killed at any step. However they go: no group is kept that does
// not verify, no finished file is lost or changed, no file of others touched,
// and a killed process is not asked for a group again.
func TestFaults(t *testing.T) {
	first, n := 0, faultSeeds
	if os.Getenv("STARLING_TEST_FULL") != "" {
		n = faultSeedsFull
	}
	if s := os.Getenv("STARLING_TEST_SEED"); s != "" {
		first, n = must1(strconv.Atoi(s)), 1
	}
	folder, one := newFolderSample(t, map[string]string{"a": "1", "b/c": strings.Repeat("c", 300<<10), "d/e": strings.Repeat("e", 400<<10), "f": ""}), newFolderSample(t, map[string]string{"a": "1", "b/c": "", "b/d": "22"})
	samples := []sample{
		newSample(t, 700, 50), newSample(t, groupBytes+1, 51), newSample(t, 3*groupBytes+5000, 52), newSample(t, 0, 53),
		folder.sample, one.sample,
	}
	var sum faultCounts
	for seed := first; seed < first+n; seed++ {
		w := newFaultWorld(t, seed, samples)
		w.empty = []int64{0, 1}[seed%2]
		w.folders = map[int]folderSample{4: folder, 5: one}
		w.play()
		sum.add(w.counts)
		if t.Failed() {
			t.Fatalf("replay with STARLING_TEST_SEED=%d go test -run TestFaults ./share", seed)
		}
	}
	t.Logf("%d histories: %+v", n, sum)
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// faultCounts shows that the histories reach what they are for.
type faultCounts struct{ Kills, PowerCuts, Groups, Finished, Errors int }

func (c *faultCounts) add(o faultCounts) {
	c.Kills += o.Kills
	c.PowerCuts += o.PowerCuts
	c.Groups += o.Groups
	c.Finished += o.Finished
	c.Errors += o.Errors
}

// faultWorld is one history.
type faultWorld struct {
	t       *testing.T
	seed    int
	rng     *rand.Rand
	disk    *faultDisk
	samples []sample
	open    []*Partial           // by sample; nil while it is not
	acked   []map[int]bool       // by sample: groups that WriteGroup returned from
	folders map[int]folderSample // those of samples that land as folders
	empty   int64                // see PartialOptions
	landed  map[string]int       // path to sample, of which Finish returned nil
	counts  faultCounts
}

const (
	faultDir   = "/downloads/music"
	faultState = "/state/partials"
	theirs     = "theirs, and nobody else's"
)

func newFaultWorld(t *testing.T, seed int, samples []sample) *faultWorld {
	rng := rand.New(rand.NewPCG(uint64(seed), 7))
	w := &faultWorld{
		t: t, seed: seed, rng: rng, disk: newFaultDisk(rng), samples: samples,
		open: make([]*Partial, len(samples)), acked: make([]map[int]bool, len(samples)), landed: make(map[string]int),
	}
	must(t, w.disk.mkdirAll("/downloads", 0o755))
	must(t, w.disk.syncDir("/"))
	must(t, w.disk.mkdirAll(faultDir, 0o755))
	must(t, w.disk.syncDir("/downloads"))
	f, err := w.disk.open(filepath.Join(faultDir, w.name(0)), os.O_CREATE, 0o600)
	must(t, err)
	_, err = f.WriteAt([]byte(theirs), 0)
	must(t, errors.Join(err, f.Sync(), w.disk.syncDir(faultDir)))
	return w
}

func (w *faultWorld) name(i int) string { return fmt.Sprintf("file %d.bin", i) }

func (w *faultWorld) options(i int) PartialOptions {
	return PartialOptions{Dir: faultDir, Name: w.name(i), ID: w.samples[i].id, StateDir: faultState, disk: w.disk, emptyFromBytes: w.empty}
}

// play lets a few processes work on the disk, one after the other.
func (w *faultWorld) play() {
	for range 2 + w.rng.IntN(5) {
		w.disk.until, w.disk.power = 1+w.rng.IntN(60), w.rng.IntN(2) == 0
		w.disk.fails = []float64{0, 0, 0.02, 0.2}[w.rng.IntN(4)]
		w.work()
		w.disk.fails = 0
		if w.disk.power {
			w.counts.PowerCuts++
		} else {
			w.counts.Kills++
		}
		if w.disk.power || w.disk.lost {
			clear(w.acked)
		}
		w.disk.restart()
		clear(w.open)
		w.check()
		if w.t.Failed() {
			return
		}
	}
}

// work does things until the process ends.
func (w *faultWorld) work() {
	defer func() {
		if r := recover(); r != nil && r != (ended{}) {
			panic(r)
		}
	}()
	for {
		i := w.rng.IntN(len(w.samples))
		var err error
		switch w.rng.IntN(10) {
		case 0:
			err = w.close(i)
		case 1:
			err = w.cancel(i)
		case 2, 3:
			err = w.finish(i)
		default:
			err = w.write(i)
		}
		if w.disk.lost {
			clear(w.acked)
		}
		if err != nil {
			w.counts.Errors++
		}
	}
}

func (w *faultWorld) partial(i int) (*Partial, error) {
	if w.open[i] != nil {
		return w.open[i], nil
	}
	p, err := OpenPartial(context.Background(), w.options(i))
	if err != nil {
		return nil, err
	}
	w.open[i] = p
	return p, p.SetManifest(context.Background(), w.samples[i].manifest)
}

func (w *faultWorld) write(i int) error {
	p, err := w.partial(i)
	if err != nil {
		return err
	}
	s := w.samples[i]
	g := w.rng.IntN(s.manifest.Groups())
	if w.rng.IntN(8) == 0 {
		bad := bytes.Clone(s.group(g))
		if len(bad) > 0 {
			bad[w.rng.IntN(len(bad))] ^= 1
		}
		if err := p.WriteGroup(g, bad); err == nil && !p.Have().Has(g) {
			w.t.Errorf("a bad group was taken")
		}
		return nil
	}
	if w.rng.IntN(3) == 0 {
		err = w.stream(p, g, s.group(g))
	} else {
		err = p.WriteGroup(g, s.group(g))
	}
	if err == nil && p.Have().Has(g) {
		w.counts.Groups++
		if w.acked[i] == nil {
			w.acked[i] = make(map[int]bool)
		}
		w.acked[i][g] = true
	}
	return err
}

// stream writes a group in pieces, and now and then gives it up.
func (w *faultWorld) stream(p *Partial, g int, b []byte) error {
	gw, err := p.Group(g)
	if gw == nil || err != nil {
		return err
	}
	for len(b) > 0 {
		n := min(len(b), 1+w.rng.IntN(groupBytes))
		if _, err := gw.Write(b[:n]); err != nil || w.rng.IntN(20) == 0 {
			gw.Abort()
			return err
		}
		b = b[n:]
	}
	return gw.Commit()
}

func (w *faultWorld) close(i int) error {
	p := w.open[i]
	if p == nil {
		return nil
	}
	w.open[i] = nil
	return p.Close()
}

func (w *faultWorld) cancel(i int) error {
	w.acked[i] = nil
	return errors.Join(w.close(i), DiscardPartial(w.options(i)))
}

func (w *faultWorld) finish(i int) error {
	p, err := w.partial(i)
	if err != nil {
		return err
	}
	path, err := p.Finish(context.Background(), w.name(i), ExistsRename)
	if errors.Is(err, content.ErrBadGroup) {
		w.acked[i] = nil
	}
	if err != nil {
		return err
	}
	w.counts.Finished++
	w.landed[path] = i
	w.acked[i] = nil
	return w.close(i)
}

// check looks at what a process finds that starts now.
func (w *faultWorld) check() {
	w.t.Helper()
	if b, err := w.disk.read(filepath.Join(faultDir, w.name(0)), 1000); err != nil || string(b) != theirs {
		w.t.Errorf("seed %d: the file that was there is %d bytes now (%v)", w.seed, len(b), err)
	}
	for path, i := range w.landed {
		if err := w.wantLanded(path, i); err != nil {
			w.t.Errorf("seed %d: the finished %s is lost: %v", w.seed, path, err)
		}
	}
	for i, s := range w.samples {
		if !PartialExists(w.options(i)) {
			continue
		}
		p, err := w.partial(i)
		if err != nil {
			w.t.Errorf("seed %d: open %s: %v", w.seed, w.name(i), err)
			continue
		}
		for g := range p.Have().All() {
			off, n := s.manifest.Span(g)
			b := make([]byte, n)
			if _, err := p.ReadAt(b, off); err != nil || !bytes.Equal(b, s.group(g)) {
				w.t.Errorf("seed %d: group %d of %s is held and wrong (%v) after power cut %v", w.seed, g, w.name(i), err, w.disk.power)
			}
		}
		for g := range w.acked[i] {
			if !p.Have().Has(g) {
				w.t.Errorf("seed %d: group %d of %s was kept and is asked for again", w.seed, g, w.name(i))
			}
		}
	}
}
