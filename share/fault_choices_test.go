package share

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"starling/share/content"
)

// TestChoiceFaults plays random histories of adopting and forgetting on a disk
// that fails, loses power and is killed at any step: a process finds all that the
// one before it was told is remembered, and after a power cut all that was synced.
func TestChoiceFaults(t *testing.T) {
	first, n := 0, faultSeeds
	if os.Getenv("STARLING_TEST_FULL") != "" {
		n = faultSeedsFull
	}
	if s := os.Getenv("STARLING_TEST_SEED"); s != "" {
		first, n = must1(strconv.Atoi(s)), 1
	}
	for seed := first; seed < first+n; seed++ {
		w := newChoiceWorld(t, seed)
		for range 2 + w.rng.IntN(4) {
			w.live()
			if t.Failed() {
				t.Fatalf("replay with STARLING_TEST_SEED=%d go test -run TestChoiceFaults ./share", seed)
			}
		}
	}
}

// choiceWorld is one history.
type choiceWorld struct {
	t    *testing.T
	rng  *rand.Rand
	disk *faultDisk
	said map[diskPath]*said
}

// said is what was said of a path: true, adopted; false, nothing or forgotten.
type said struct {
	safe  bool   // at the last sync
	since []bool // then
	now   bool   // at last, for certain
	maybe []bool // since then: it failed, or the end came
}

const choiceDir = "/state/library"

func newChoiceWorld(t *testing.T, seed int) *choiceWorld {
	rng := rand.New(rand.NewPCG(uint64(seed), 11))
	w := &choiceWorld{t: t, rng: rng, disk: newFaultDisk(rng), said: make(map[diskPath]*said)}
	must(t, makeDir(w.disk, choiceDir, 0o700))
	return w
}

// live is one process, from its start to its end.
func (w *choiceWorld) live() {
	broken := &catalog{log: slog.New(slog.DiscardHandler), broken: true} // its copies are of no help
	broken.forgetPending()
	c := newChoices(w.disk, choiceDir, broken, func(string, ...any) {})
	list, err := c.loadAdopted()
	must(w.t, err)
	w.check(list)
	w.disk.until, w.disk.power = 1+w.rng.IntN(40), w.rng.IntN(2) == 0
	w.disk.fails = []float64{0, 0.1, 0.3}[w.rng.IntN(3)]
	w.work(c)
	w.disk.fails = 0
	w.disk.restart()
}

// work says things until the process ends.
func (w *choiceWorld) work(c *choices) {
	defer func() {
		if r := recover(); r != nil && r != (ended{}) {
			panic(r)
		}
	}()
	for {
		path := diskPath(fmt.Sprintf("/downloads/%d", w.rng.IntN(6)))
		if w.rng.IntN(4) == 0 {
			if c.sync() == nil {
				for _, s := range w.said {
					s.safe, s.since = s.now, slices.Clone(s.maybe)
				}
			}
			continue
		}
		s := w.said[path]
		if s == nil {
			s = new(said)
			w.said[path] = s
		}
		a := adoptedChoice{ID: content.Sum([]byte(path)), Path: path, Forgotten: w.rng.IntN(3) == 0}
		s.since, s.maybe = append(s.since, !a.Forgotten), append(s.maybe, !a.Forgotten)
		if c.saveAdopted(a) == nil {
			s.now, s.maybe = !a.Forgotten, nil
		}
	}
}

func (w *choiceWorld) check(list []adoptedChoice) {
	found := make(map[diskPath]bool)
	for _, a := range list {
		if a.ID != content.Sum([]byte(a.Path)) {
			w.t.Errorf("%s has another's id", a.Path)
		}
		found[a.Path] = true
	}
	for path, s := range w.said {
		could := append(s.maybe, s.now)
		if w.disk.power {
			could = append(s.since, s.safe)
		}
		if !slices.Contains(could, found[path]) {
			w.t.Errorf("%s: found %v, after a power cut %v; it was %+v", path, found[path], w.disk.power, *s)
		}
		*s = said{safe: found[path], now: found[path]} // written anew at this start, and synced
	}
}

// TestTornLine: a line that did not fit leaves nothing behind for the next one.
func TestTornLine(t *testing.T) {
	d := newFaultDisk(rand.New(rand.NewPCG(5, 5)))
	must(t, makeDir(d, choiceDir, 0o700))
	l := adoptedLog{disk: d, path: choiceDir + "/adopted.jsonl"}
	must(t, l.replace(nil))
	long := adoptedChoice{Path: "/a/rather/long/path/that/does/not/fit"}
	for range 20 {
		d.failNext = 1
		if err := l.add(long); !errors.Is(err, ErrNoSpace) {
			t.Fatalf("a full disk gave %v", err)
		}
		must(t, l.add(adoptedChoice{Path: "/b"}))
	}
	b, err := l.read()
	must(t, err)
	if list, damaged := parseAdopted(b); damaged != 0 || len(list) != 1 {
		t.Fatalf("%d lines are damaged, %d paths are known", damaged, len(list))
	}
}
