package share

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// primed is a partial that is about to replace the file f, which has these bytes.
type primed struct {
	t testing.TB
	sample
	dir, path string
	state     FileState
	p         *Partial
}

func newPrimed(t *testing.T, s sample, old []byte) *primed {
	t.Helper()
	dir := t.TempDir()
	w := &primed{t: t, sample: s, dir: dir, path: filepath.Join(dir, "f")}
	must(t, os.WriteFile(w.path, old, 0o600))
	must(t, os.Chmod(w.path, 0o640))
	stat, _, err := stateAt(w.path)
	must(t, err)
	w.state = stat.state()
	w.open()
	must(t, w.p.SetManifest(context.Background(), s.manifest))
	return w
}

func (w *primed) open() {
	w.t.Helper()
	p, err := OpenPartial(context.Background(), PartialOptions{Dir: w.dir, Name: "f", ID: w.id, StateDir: filepath.Join(w.dir, "state")})
	must(w.t, err)
	w.t.Cleanup(func() { p.Close() })
	w.p = p
}

func (w *primed) prime(taken int, whole bool, missing ...int) {
	w.t.Helper()
	got, all, err := w.p.Prime(context.Background(), w.path, w.state)
	if err != nil || got != taken || all != whole {
		w.t.Errorf("took %d, whole %v, %v; want %d, %v", got, all, err, taken, whole)
	}
	have, left := w.p.Have(), []int(nil)
	for g := have.NextMissing(0); g >= 0; g = have.NextMissing(g + 1) {
		left = append(left, g)
	}
	if !slices.Equal(left, missing) {
		w.t.Errorf("%v are missing, want %v", left, missing)
	}
}

func (w *primed) fill(groups ...int) {
	w.t.Helper()
	for _, g := range groups {
		must(w.t, w.p.WriteGroup(g, w.group(g)))
	}
}

func (w *primed) finish() {
	w.t.Helper()
	path, err := w.p.Finish(context.Background(), "f", ExistsOverwrite)
	must(w.t, err)
	landed, err := w.p.LandedState()
	must(w.t, err)
	if stat, _, err := stateAt(path); err != nil || stat.state() != landed {
		w.t.Errorf("it landed in the state %s, not %s (%v)", landed, stat.state(), err)
	}
	got, err := os.ReadFile(path)
	if err != nil || path != w.path || !bytes.Equal(got, w.data) {
		w.t.Errorf("%s is not the file (%v)", path, err)
	}
	must(w.t, w.p.Forget())
	wantOnly(w.t, w.dir, "f", "state")
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		w.t.Errorf("the mode is %v (%v)", info.Mode(), err)
	}
}

func flipped(data []byte, at ...int) []byte {
	data = slices.Clone(data)
	for _, i := range at {
		data[i] ^= 8
	}
	return data
}

func TestPrimeTakesWhatIsGood(t *testing.T) {
	t.Parallel()
	s := newSample(t, 5*groupBytes+77, 3)
	for name, c := range map[string]struct {
		old     []byte
		taken   int
		whole   bool
		missing []int
	}{
		"two bad":   {flipped(s.data, groupBytes, 5*groupBytes+76), 4, false, []int{1, 5}},
		"all good":  {s.data, 6, true, nil},
		"cut":       {s.data[:2*groupBytes+1], 2, false, []int{2, 3, 4, 5}},
		"grown":     {append(slices.Clone(s.data), "more"...), 6, false, nil},
		"empty":     {nil, 0, false, []int{0, 1, 2, 3, 4, 5}},
		"all wrong": {bytes.Repeat([]byte("x"), len(s.data)), 0, false, []int{0, 1, 2, 3, 4, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newPrimed(t, s, c.old)
			w.prime(c.taken, c.whole, c.missing...)
			if left, err := os.ReadFile(w.path); err != nil || !bytes.Equal(left, c.old) {
				t.Errorf("the file was touched (%v)", err)
			}
			w.fill(c.missing...)
			w.finish()
		})
	}
}

// A later run knows by itself what was taken, and looks for the rest once more.
func TestPrimeGoesOn(t *testing.T) {
	t.Parallel()
	s := newSample(t, 6*groupBytes, 4)
	w := newPrimed(t, s, flipped(s.data, 0, groupBytes))
	w.prime(4, false, 0, 1)
	w.fill(1)
	must(t, w.p.Close())
	w.open()
	w.prime(0, false, 0)
	w.fill(0)
	w.finish()
}

// What the owner makes of the file meanwhile is never overwritten.
func TestPrimeLeavesAFileThatChangedAlone(t *testing.T) {
	t.Parallel()
	s := newSample(t, 3*groupBytes, 5)
	for name, change := range map[string]func(path string) error{
		"written": func(path string) error { return os.WriteFile(path, []byte("mine"), 0o600) },
		"gone":    os.Remove,
		"a link":  func(path string) error { return errors.Join(os.Remove(path), os.Symlink("elsewhere", path)) },
		"a folder": func(path string) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newPrimed(t, s, flipped(s.data, 5))
			w.prime(2, false, 0)
			w.fill(0)
			must(t, change(w.path))
			before, beforeErr := os.Lstat(w.path)
			if _, err := w.p.Finish(context.Background(), "f", ExistsOverwrite); !errors.Is(err, ErrChanged) {
				t.Errorf("it landed: %v", err)
			}
			after, afterErr := os.Lstat(w.path)
			if beforeErr == nil && (afterErr != nil || !os.SameFile(before, after)) || beforeErr != nil && afterErr == nil {
				t.Errorf("the owner's file is another: %v, %v", beforeErr, afterErr)
			}
			if _, _, err := w.p.Prime(context.Background(), w.path, w.state); err == nil {
				t.Error("it primes again")
			}
		})
	}
}

// What is written to the file while it is read makes it another, though all that was
// read of it was good.
func TestPrimeOfAFileThatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	w := newPrimed(t, newSample(t, 4*groupBytes, 8), nil)
	must(t, w.p.Discard())
	must(t, os.WriteFile(w.path, w.data, 0o600))
	stat, _, err := stateAt(w.path)
	must(t, err)
	const edit = "the owner's edit"
	o := PartialOptions{Dir: w.dir, Name: "f", ID: w.id, StateDir: filepath.Join(w.dir, "state"), Hook: func(step string) {
		if step == StepMarked {
			must(t, os.WriteFile(w.path, []byte(edit+string(w.data[len(edit):])), 0o600))
		}
	}}
	w.p, err = OpenPartial(context.Background(), o)
	must(t, err)
	defer w.p.Close()
	must(t, w.p.SetManifest(context.Background(), w.manifest))
	if taken, whole, err := w.p.Prime(context.Background(), w.path, stat.state()); whole || taken != 4 || !errors.Is(err, ErrChanged) {
		t.Errorf("took %d, whole %v, %v", taken, whole, err)
	}
}

func TestPrimeRefuses(t *testing.T) {
	t.Parallel()
	s := newSample(t, 2*groupBytes, 6)
	w := newPrimed(t, s, s.data)
	if _, _, err := w.p.Prime(context.Background(), filepath.Join(t.TempDir(), "f"), w.state); err == nil {
		t.Error("a file of another folder")
	}
	if _, _, err := w.p.Prime(context.Background(), w.path, "another"); !errors.Is(err, ErrChanged) {
		t.Errorf("another state: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := w.p.Prime(ctx, w.path, w.state); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
}

// Groups that do not fit in memory are taken in pieces.
func TestPrimeStreamsLargeGroups(t *testing.T) {
	t.Parallel()
	s := newSample(t, 3*groupBytes, 7)
	w := newPrimed(t, s, flipped(s.data, groupBytes+9))
	old, err := openRegular(w.path)
	must(t, err)
	defer old.Close()
	for g, want := range []bool{true, false, true} {
		off, n := s.manifest.Span(g)
		good, err := w.p.takeGroup(io.NewSectionReader(old, off, n), g, make([]byte, 1000))
		if err != nil || good != want || w.p.Have().Has(g) != want {
			t.Errorf("group %d: %v, %v", g, good, err)
		}
	}
	if good, err := w.p.takeGroup(io.NewSectionReader(bytes.NewReader(nil), 0, groupBytes), 1, make([]byte, 1000)); good || err != nil {
		t.Errorf("a group that cannot be read: %v, %v", good, err)
	}
	w.fill(1)
	if !w.p.Have().Complete() {
		t.Error("a failed group is not given back")
	}
}
