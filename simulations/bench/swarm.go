package main

import (
	"context"
	"path/filepath"
	"time"
)

// The swarm that is measured.
const (
	swarmSize      = 256 * mib
	swarmReceivers = 8
	swarmRate      = 4 * mib // bytes/s, of every uplink
	swarmRounds    = 3
	swarmPatience  = 5 // times the fluid bound, then it is given up
)

// world is a swarm's setting.
type world struct {
	source    string // the seed's file
	size      int64
	receivers int
	up        int64 // bytes/s, of the seed and of every receiver
}

// bound is the least time in which fluid would have flowed to all: max(F/u_s,
// F/d_min, N·F/(u_s+Σu_i)); nothing limits the way down here. (Kumar and Ross,
// Peer-assisted file distribution: the minimum distribution time, 2006.)
func (w world) bound() time.Duration {
	one := float64(w.size) / float64(w.up)
	all := float64(w.receivers) * float64(w.size) / float64(w.up+int64(w.receivers)*w.up)
	return time.Duration(max(one, all) * float64(time.Second))
}

// flow is what one swarm came to.
type flow struct {
	first, last time.Duration
	seeded      int64         // bytes the seed sent
	wasted      int64         // bytes that came and were not needed; -1 when not known
	cpu         time.Duration // of all
}

// A swarmer is a program that swarms.
type swarmer interface {
	program
	swarm(ctx context.Context, s *stage, w world) (flow, error)
}

var (
	firstTime = quantity{"first", "s", 1}
	lastTime  = quantity{"last", "s", 1}
	overBound = quantity{"last ÷ bound", "", 3}
	copies    = quantity{"copies the seed sent", "", 3}
)

func (b *bench) swarm(ctx context.Context, t *table) error {
	st, err := b.newStage(b.work, "swarm")
	if err != nil {
		return err
	}
	defer st.clear()
	w := world{source: filepath.Join(st.dir, "source", "file.bin"), size: b.sizeOr(swarmSize), receivers: swarmReceivers, up: swarmRate}
	if err := randomFile(w.source, w.size); err != nil {
		return err
	}
	t.note("%d MiB to %d receivers that start together, every uplink %.0f MiB/s by the program's own limiter, every way down free",
		w.size/mib, w.receivers, float64(w.up)/mib)
	t.note("the fluid bound is %.1f s; one server alone would need %.0f s", w.bound().Seconds(), float64(w.receivers)*float64(w.size)/float64(w.up))
	t.note("CPU is of all processes, for each GiB delivered")
	swarmers := present[swarmer](t, starlingSwarm{}, torrentSwarm{aria2{}}, torrentSwarm{transmission{}})
	return inTurn(ctx, t, b.roundsOr(swarmRounds), swarmers, func(s swarmer, round int) error { return b.oneSwarm(ctx, t, s, w, round) })
}

func (b *bench) oneSwarm(ctx context.Context, t *table, s swarmer, w world, round int) error {
	st, err := b.newStage(b.work, "s")
	if err != nil {
		return err
	}
	defer st.clear()
	ctx, cancel := context.WithTimeout(ctx, time.Minute+swarmPatience*w.bound())
	defer cancel()
	f, err := s.swarm(ctx, st, w)
	if err != nil {
		return err
	}
	b.say("swarm, round %d  %-14s last after %.1f s, %.3f × bound, seed sent %.3f copies", round+1, s.name(),
		f.last.Seconds(), f.last.Seconds()/w.bound().Seconds(), float64(f.seeded)/float64(w.size))
	t.add(s.name(), firstTime, f.first.Seconds())
	t.add(s.name(), lastTime, f.last.Seconds())
	t.add(s.name(), overBound, f.last.Seconds()/w.bound().Seconds())
	t.add(s.name(), copies, float64(f.seeded)/float64(w.size))
	delivered := float64(w.size) * float64(w.receivers)
	t.addKnown(s.name(), cpuGiB, f.cpu.Seconds()/delivered*gib)
	if f.wasted >= 0 {
		t.add(s.name(), wasted, 100*float64(f.wasted)/delivered)
	}
	return nil
}
