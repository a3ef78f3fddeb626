package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// The sources that are measured.
const (
	sourcesSize   = 256 * mib
	sourcesRounds = 3
)

var ofSum = quantity{"rate ÷ sum of sources", "", 3}

// sources measures one receiver with more and more sources, each limited alike.
func (b *bench) sources(ctx context.Context, t *table) error {
	st, err := b.newStage(b.work, "sources")
	if err != nil {
		return err
	}
	defer st.clear()
	w := world{source: filepath.Join(st.dir, "source", "file.bin"), size: b.sizeOr(sourcesSize), up: swarmRate}
	if err := randomFile(w.source, w.size); err != nil {
		return err
	}
	t.note("%d MiB by `starling get` of a link that names every source; each sends %.0f MiB/s at most", w.size/mib, float64(w.up)/mib)
	for round := range b.roundsOr(sourcesRounds) {
		for _, n := range []int{1, 2, 4, 8} {
			if err := b.oneOfSources(ctx, t, w, n, round); err != nil {
				return fmt.Errorf("round %d, %d sources: %w", round+1, n, err)
			}
		}
	}
	return nil
}

func (b *bench) oneOfSources(ctx context.Context, t *table, w world, n, round int) error {
	st, err := b.newStage(b.work, "s")
	if err != nil {
		return err
	}
	defer st.clear()
	alone := time.Duration(float64(w.size) / float64(w.up) * float64(time.Second))
	ctx, cancel := context.WithTimeout(ctx, startTime+swarmPatience*alone)
	defer cancel()
	seeds, link, err := st.seeds(ctx, w, n)
	if err != nil {
		return err
	}
	receiver, err := st.peer(ctx, "r", peerOptions{})
	if err != nil {
		return err
	}
	everybody := append(seeds, receiver)
	before := cpuOfAll(everybody)
	began := time.Now()
	d, err := receiver.fetch(ctx, link)
	if err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	cpu := cpuOfAll(everybody) - before
	rate := float64(w.size) / took
	b.say("sources, round %d  %d: %.1f s, %.3f of the sum", round+1, n, took, rate/float64(int64(n)*w.up))
	who := fmt.Sprintf("%d × %.0f MiB/s", n, float64(w.up)/mib)
	t.add(who, elapsed, took)
	t.add(who, rateMiB, rate/mib)
	t.add(who, ofSum, rate/float64(int64(n)*w.up))
	t.add(who, wasted, 100*float64(d.WastedBytes)/float64(w.size))
	t.addKnown(who, cpuGiB, cpu.Seconds()/float64(w.size)*gib)
	return sameFile(w.source, d.Path)
}
