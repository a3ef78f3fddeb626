package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	// slowTime is how long a transfer may take for a program to be measured in
	// every round; a slower one is measured once.
	slowTime       = time.Minute
	singleSize     = 1 * gib
	singleRounds   = 5
	singlePatience = 10 * time.Minute // for one transfer
)

// result is one transfer.
type result struct {
	elapsed time.Duration
	cpu     time.Duration // both sides, user and system; 0 when not known
	rss     [2]int64      // most bytes held by sender and receiver; 0 when not known
}

// contender is one way to move a file. It serves from start on; each transfer is
// a new receiver.
type contender interface {
	program
	start(ctx context.Context, s *stage, source string, at place) error
	transfer(ctx context.Context, round int) (result, error)
}

// place says where the two sides are: in network namespaces, "" being the
// machine's own, and at which address the server listens.
type place struct{ server, client, address string }

var loopback = place{address: "127.0.0.1"}

// contenders begin with what the others are compared with: HTTP, then the bare
// stream. Neither is ever missing.
func contenders() []contender {
	return []contender{&httpServer{}, &bare{}, &starling{}, &httpServer{secure: true}, &rsyncDaemon{}, &croc{},
		&torrentSingle{torrentProgram: aria2{}}, &torrentSingle{torrentProgram: transmission{}}}
}

var overBare = quantity{"rate ÷ bare stream", "", 2}

// single moves one file from one source, every way in turn, round by round.
func (b *bench) single(ctx context.Context, t *table) error {
	size := b.sizeOr(singleSize)
	t.note("%d MiB from a file in the page cache to a new file, two processes, loopback, in %s", size/mib, b.memory)
	t.note("HTTP, HTTPS and the bare stream verify nothing, rsync and croc weakly, BitTorrent by SHA-1; starling verifies every part before it is kept")
	if err := b.singleIn(ctx, t, b.work, "", size); err != nil || b.disk == "" {
		return err
	}
	t.note("the lines of (disk) were in %s; what was written is flushed before the next transfer, outside of its time", b.disk)
	return b.singleIn(ctx, t, b.disk, " (disk)", size)
}

func (b *bench) singleIn(ctx context.Context, t *table, dir, suffix string, size int64) error {
	st, err := b.newStage(dir, "sbench")
	if err != nil {
		return err
	}
	defer st.clear()
	source := filepath.Join(st.dir, "source", "file.bin")
	if err := randomFile(source, size); err != nil {
		return err
	}
	serving := present(t, contenders()...)
	for _, c := range serving {
		if err := c.start(ctx, st, source, loopback); err != nil {
			return fmt.Errorf("start %s: %w", c.name(), err)
		}
	}
	last := map[contender]result{} // the round's, and HTTP and the bare stream come first
	lastRound := 0
	return inTurn(ctx, t, b.roundsOr(singleRounds), serving, func(c contender, round int) error {
		if dir == b.disk {
			_ = exec.CommandContext(ctx, "sync").Run() // where there is none the times are noisier
		}
		if round != lastRound {
			clear(last)
			lastRound = round
		}
		r, err := transferWithin(ctx, c, round)
		if err != nil {
			return err
		}
		who := c.name() + suffix
		b.say("single, round %d  %-26s %7.2f s", round+1, who, r.elapsed.Seconds())
		last[c] = r
		t.addTransfer(who, r, size)
		if http := last[serving[0]].elapsed; http > 0 {
			t.add(who, overHTTP, r.elapsed.Seconds()/http.Seconds())
		}
		if wall := last[serving[1]].elapsed; wall > 0 {
			t.add(who, overBare, wall.Seconds()/r.elapsed.Seconds())
		}
		if r.elapsed > slowTime {
			return errOnce
		}
		return nil
	})
}

func transferWithin(ctx context.Context, c contender, round int) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, singlePatience)
	defer cancel()
	return c.transfer(ctx, round)
}

func (t *table) addTransfer(who string, r result, size int64) {
	t.add(who, elapsed, r.elapsed.Seconds())
	t.addKnown(who, cpuGiB, r.cpu.Seconds()/float64(size)*gib)
	t.addKnown(who, sendRSS, float64(r.rss[0])/mib)
	t.addKnown(who, recvRSS, float64(r.rss[1])/mib)
}

// timed runs a receiver to its end beside a serving process and measures both.
func timed(sender *process, receiver *exec.Cmd) (r result, err error) {
	touchMemory()
	before := sender.cpu()
	resetPeak(sender.pid())
	words := &lastWords{}
	receiver.Stdout, receiver.Stderr, receiver.WaitDelay = words, words, stopTime
	tie(receiver)
	began := time.Now()
	if err := receiver.Start(); err != nil {
		return r, err
	}
	sending, receiving := watchMemory(sender.pid()), watchMemory(receiver.Process.Pid)
	err = receiver.Wait()
	r.elapsed = time.Since(began)
	r.rss = [2]int64{sending.end(), receiving.end()}
	if err != nil {
		return r, fmt.Errorf("%s: %w: %s", receiver.Args, err, words)
	}
	reaped(sender.pid())
	r.cpu = sender.cpu() - before + receiver.ProcessState.UserTime() + receiver.ProcessState.SystemTime()
	return r, nil
}
