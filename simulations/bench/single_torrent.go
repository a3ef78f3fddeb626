package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// torrentSingle is one seed of a BitTorrent program, and a new receiver for every
// round.
type torrentSingle struct {
	torrentProgram
	stage  *stage
	world  *torrentWorld
	source string
	seed   *process
}

func (t *torrentSingle) name() string { return t.torrentProgram.name() + " (BitTorrent)" }

func (t *torrentSingle) start(ctx context.Context, s *stage, source string, _ place) (err error) {
	t.source = source
	if t.stage, err = s.room(t.torrentProgram.name()); err != nil {
		return err
	}
	if t.world, err = newTorrentWorld(ctx, t.stage, source, t.ownAddresses()); err != nil {
		return err
	}
	t.seed, _, err = t.world.seed(ctx, t.stage, t.torrentProgram, source, 0)
	return err
}

// transfer is from the moment the receiver is given the torrent until it says
// that it has the file.
func (t *torrentSingle) transfer(ctx context.Context, round int) (r result, err error) {
	st, err := t.stage.newStage(t.stage.dir, "r")
	if err != nil {
		return r, err
	}
	defer st.clear()
	at, err := t.world.seat(ctx, st, fmt.Sprint("r", round), filepath.Join(st.dir, "files"), 0)
	if err != nil {
		return r, err
	}
	add, err := t.open(ctx, st, at)
	if err != nil {
		return r, err
	}
	touchMemory()
	before := t.seed.cpu()
	resetPeak(t.seed.pid())
	began := time.Now()
	p, err := add()
	if err != nil {
		return r, err
	}
	when, err := at.finished(ctx, p)
	if err != nil {
		return r, err
	}
	r.elapsed = when.Sub(began)
	r.cpu = t.seed.cpu() - before + p.cpu()
	r.rss = [2]int64{peakOf(t.seed.pid()), peakOf(p.pid())}
	return r, sameFile(t.source, filepath.Join(at.dir, filepath.Base(t.source)))
}
