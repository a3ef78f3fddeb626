package share

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"starling/share/content"
)

// TestFsyncThatFailed: a failed fsync loses writes that the cache goes on to
// show, and the next one succeeds. What is called finished after it is on the
// disk all the same, whether this run or the next one goes on.
func TestFsyncThatFailed(t *testing.T) {
	s := newSample(t, 3*groupBytes+5, 54)
	for seed := range uint64(20) {
		t.Run("in this run", func(t *testing.T) { fsyncFails(t, s, seed, false) })
		t.Run("in the last run", func(t *testing.T) { fsyncFails(t, s, seed, true) })
	}
}

func fsyncFails(t *testing.T, s sample, seed uint64, nextRun bool) {
	d := newFaultDisk(rand.New(rand.NewPCG(seed, 3)))
	ctx, cancel := context.WithCancel(context.Background())
	fails := true
	o := PartialOptions{Dir: faultDir, Name: "f", ID: s.id, StateDir: faultState, disk: d, Hook: func(step string) {
		if step == StepSyncing && fails {
			fails, d.failNext = false, 1
			cancel() // before the disk is read again
		}
	}}
	p := begin(t, s, o)
	writeAll := func() {
		for g := range s.manifest.Groups() {
			writeGroups(t, p, s, g)
		}
	}
	writeAll()
	if nextRun {
		if err := p.Close(); err == nil {
			t.Fatal("the fsync did not fail")
		}
		d.restart()
		p = openPartial(t, o)
	} else if _, err := p.Finish(ctx, "f", ExistsRename); !errors.Is(err, context.Canceled) {
		t.Fatalf("finishing gave %v", err)
	}
	path, err := p.Finish(context.Background(), "f", ExistsRename)
	if errors.Is(err, content.ErrBadGroup) || errors.Is(err, ErrIncomplete) {
		writeAll()
		path, err = p.Finish(context.Background(), "f", ExistsRename)
	}
	must(t, err)
	d.power = true
	d.restart()
	if b, err := d.read(path, 1<<30); err != nil || !bytes.Equal(b, s.data) {
		t.Fatalf("seed %d: the finished file is wrong after a power cut (%v)", seed, err)
	}
}
