package transfer

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// countedStream counts what is read.
type countedStream struct {
	Stream
	n *atomic.Int64
}

func (s countedStream) Read(p []byte) (int, error) {
	n, err := s.Stream.Read(p)
	s.n.Add(int64(n))
	return n, err
}

// BenchmarkLimits moves a file under a limit over loopback, to one fetcher or from
// one source and to or from eight, and tells what came in four seconds in percent
// of the limit. After them the limit is doubled, and another four seconds told.
//
//	go test -run xxx -bench Limits -benchtime 1x ./transfer
func BenchmarkLimits(b *testing.B) {
	for _, side := range []string{"up", "down"} {
		for _, limit := range []int64{50_000, 1_000_000, 100_000_000} {
			for _, streams := range []int{1, 8} {
				b.Run(fmt.Sprintf("%s/%dB/s/%dstreams", side, limit, streams), func(b *testing.B) {
					for range b.N {
						benchLimit(b, side, limit, streams)
					}
				})
			}
		}
	}
}

func benchLimit(b *testing.B, side string, limit int64, streams int) {
	var came atomic.Int64
	n := newNetwork(b, true)
	n.wrap = func(_, _ Source, s Stream) Stream { return countedStream{s, &came} }
	s := newSample(b, int(max(limit*16, 64<<20)), 1)
	seeds, fetchers := 1, streams
	if side == "down" {
		seeds, fetchers = streams, 1
	}
	var sources []Source
	var limited []*node
	for i := range seeds {
		o := n.options("a")
		o.Slots = streams
		a := n.start(Source(fmt.Sprint("a", i)), o, nil)
		a.share(s)
		sources = append(sources, a.name)
		limited = append(limited, a)
	}
	set := func(rate int64) {
		for _, p := range limited {
			if side == "up" {
				p.SetLimits(Limits{Up: rate})
			} else {
				p.SetLimits(Limits{Down: rate})
			}
		}
	}
	if side == "down" {
		limited = nil
	} else {
		set(limit)
	}
	for i := range fetchers {
		o := n.options("z")
		o.NoSeed = true
		z := n.start(Source(fmt.Sprint("z", i)), o, nil)
		if side == "down" {
			limited = append(limited, z)
			set(limit)
		}
		if _, err := z.Get(Request{ID: s.id, Name: "f", Sources: sources}); err != nil {
			b.Fatal(err)
		}
	}
	share := func(rate int64, name string) {
		time.Sleep(time.Second)
		start, before := time.Now(), came.Load()
		time.Sleep(4 * time.Second)
		b.ReportMetric(100*float64(came.Load()-before)/time.Since(start).Seconds()/float64(rate), name)
	}
	share(limit, "%")
	set(2 * limit)
	share(2*limit, "%doubled")
}
