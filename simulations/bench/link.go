package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

const (
	linkSize   = 1 * gib
	linkRounds = 3
	// Of a frame of Ethernet, 1,514 bytes as the token bucket counts them (its
	// checksum and the gap are not the kernel's), a TCP segment with timestamps
	// fills 1,448: 14 go to Ethernet, 20 to IP, 32 to TCP.
	segmentBytes = 1448
	frameBytes   = 1514
	// linkBurst is how long the bucket may send at once: less than a timer's
	// lateness would waste the link, and it is nothing beside seconds.
	linkBurst = 5 * time.Millisecond
	// linkQueue is the longest a frame waits before the bucket, as in a switch.
	linkQueue = 10 * time.Millisecond
)

var (
	ofLink  = quantity{"share of payload rate", "", 3}
	overRaw = quantity{"rate ÷ raw TCP", "", 2}
)

// payloadRate is the most file bytes a second that one TCP connection could move
// over a link of so many bits.
func payloadRate(bits int64) float64 { return float64(bits) / 8 * segmentBytes / frameBytes }

// link moves a file over links of a known rate.
func (b *bench) link(ctx context.Context, t *table) (err error) {
	size := b.sizeOr(linkSize)
	t.note("%d MiB between two network namespaces; a token bucket (tc tbf, burst %v, latency %v) at both ends", size/mib, linkBurst, linkQueue)
	t.note("payload rate = link rate × %d/%d, what TCP leaves of each frame that the bucket counts; time is from the command to its end", segmentBytes, frameBytes)
	for _, gbits := range []int64{1, 10} {
		if err := b.oneLink(ctx, t, gbits, size); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) oneLink(ctx context.Context, t *table, gbits, size int64) error {
	st, err := b.newStage(b.work, "link")
	if err != nil {
		return err
	}
	defer st.clear()
	bits := gbits * 1_000_000_000
	at, err := st.linked(ctx, bits)
	if err != nil {
		return err
	}
	source := filepath.Join(st.dir, "source", "file.bin")
	if err := randomFile(source, size); err != nil {
		return err
	}
	programs := present[contender](t, &rawTCP{}, &bare{}, &httpServer{}, &rsyncDaemon{}, &starling{})
	for _, c := range programs {
		if err := c.start(ctx, st, source, at); err != nil {
			return fmt.Errorf("start %s: %w", c.name(), err)
		}
	}
	last := map[contender]result{} // the round's, and the raw copy and the bare stream come first
	lastRound := 0
	return inTurn(ctx, t, b.roundsOr(linkRounds), programs, func(c contender, round int) error {
		if round != lastRound {
			clear(last)
			lastRound = round
		}
		r, err := transferWithin(ctx, c, round)
		if err != nil {
			return err
		}
		who := fmt.Sprintf("%d Gbit/s, %s", gbits, c.name())
		last[c] = r
		share := float64(size) / r.elapsed.Seconds() / payloadRate(bits)
		b.say("link, round %d  %-34s %6.2f s, %.3f of the link", round+1, who, r.elapsed.Seconds(), share)
		t.add(who, elapsed, r.elapsed.Seconds())
		t.add(who, ofLink, share)
		if raw := last[programs[0]].elapsed; raw > 0 {
			t.add(who, overRaw, raw.Seconds()/r.elapsed.Seconds())
		}
		if wall := last[programs[1]].elapsed; wall > 0 {
			t.add(who, overBare, wall.Seconds()/r.elapsed.Seconds())
		}
		t.addKnown(who, cpuGiB, r.cpu.Seconds()/float64(size)*gib)
		return nil
	})
}

// linked makes two namespaces with a cable between them.
func (s *stage) linked(ctx context.Context, bits int64) (at place, err error) {
	if at.server, err = s.namespace(ctx, "a"); err != nil {
		return at, err
	}
	if at.client, err = s.namespace(ctx, "b"); err != nil {
		return at, err
	}
	at.address = "10.77.1.1"
	burst := int64(float64(bits) / 8 * linkBurst.Seconds())
	return at, cable{from: at.server, to: at.client, fromAddress: at.address, toAddress: "10.77.1.2", bits: bits, burst: burst, latency: linkQueue}.lay(ctx)
}
