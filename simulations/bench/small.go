package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
)

const (
	smallFiles     = 10_000
	smallFileBytes = 20 << 10
	smallFolders   = 100
	smallRounds    = 5
)

var overRsync = quantity{"time ÷ rsync", "", 2}

// small moves a folder of many small files as one thing.
func (b *bench) small(ctx context.Context, t *table) error {
	st, err := b.newStage(b.work, "small")
	if err != nil {
		return err
	}
	defer st.clear()
	source := filepath.Join(st.dir, "source", "folder")
	if err := manyFiles(source); err != nil {
		return err
	}
	t.note("%d files of %d KiB in %d folders, loopback, from the page cache to new files in %s", smallFiles, smallFileBytes>>10, smallFolders, b.memory)
	programs := present[contender](t, &rsyncDaemon{}, &starling{folder: true})
	for _, c := range programs {
		if err := c.start(ctx, st, source, loopback); err != nil {
			return fmt.Errorf("start %s: %w", c.name(), err)
		}
	}
	var rsync result // this round's
	lastRound := 0
	return inTurn(ctx, t, b.roundsOr(smallRounds), programs, func(c contender, round int) error {
		r, err := transferWithin(ctx, c, round)
		if err != nil {
			return err
		}
		b.say("small, round %d  %-14s %6.2f s", round+1, c.name(), r.elapsed.Seconds())
		t.addTransfer(c.name(), r, smallFiles*smallFileBytes)
		if round != lastRound {
			rsync, lastRound = result{}, round
		}
		if _, ok := c.(*rsyncDaemon); ok {
			rsync = r
		}
		if rsync.elapsed > 0 {
			t.add(c.name(), overRsync, r.elapsed.Seconds()/rsync.elapsed.Seconds())
		}
		return nil
	})
}

func manyFiles(root string) error {
	data := make([]byte, smallFileBytes)
	for i := range smallFiles {
		dir := filepath.Join(root, fmt.Sprintf("folder %02d", i%smallFolders))
		if i < smallFolders {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
		if _, err := rand.Read(data); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file %05d.bin", i)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
