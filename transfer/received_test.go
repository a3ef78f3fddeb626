package transfer

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"starling/transfer/pb"
)

// greedy opens a stream to a node as a fetcher that asks for all groups of s and
// reads what comes; word says what it answers to a piece, nil for nothing. It tells
// how many raw bytes came before the stream ended, and when that was.
func greedy(t *testing.T, n *network, s sample, word func(d *pb.Data, came uint64) *pb.Message) (came uint64, took time.Duration) {
	t.Helper()
	stream, err := n.dialAs("greedy")(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	c := newConn(stream)
	alive := time.NewTicker(keepAliveEvery)
	defer alive.Stop()
	words := make(chan *pb.Message, 64)
	ended := make(chan struct{})
	defer close(ended)
	go func() { // pipes have no buffer: one reads, one writes
		c.write(&pb.Message{Kind: &pb.Message_Hello{Hello: &pb.Hello{Id: s.id[:]}}})
		c.write(&pb.Message{Kind: &pb.Message_Range{Range: &pb.Range{Runs: []uint32{0, uint32(s.manifest.Groups())}}}})
		for {
			select {
			case m := <-words:
				c.write(m)
			case <-alive.C:
				c.write(keepAlive())
			case <-ended:
				return
			}
		}
	}()
	start := time.Now()
	var m pb.Message
	for c.read(&m) == nil && time.Since(start) < 10*time.Minute {
		d := m.GetData()
		if d == nil {
			continue
		}
		if _, err := io.CopyN(io.Discard, c.in, int64(d.GetLength())); err != nil {
			break
		}
		came += uint64(d.GetLength())
		if answer := word(d, came); answer != nil {
			words <- answer
		}
	}
	return came, time.Since(start)
}

func receivedMessage(bytes uint64) *pb.Message {
	return &pb.Message{Kind: &pb.Message_Received{Received: &pb.Received{Bytes: bytes}}}
}

// TestFetchersThatDoNotAnswer: whoever keeps its stream alive and never says what
// it has received gets one window and is cut off as stalled; whoever says what
// cannot be is cut off at once.
func TestFetchersThatDoNotAnswer(t *testing.T) {
	s := newSample(t, 40*groupBytes, 41)
	for _, c := range []struct {
		name   string
		word   func(d *pb.Data, came uint64) *pb.Message
		took   time.Duration // at least, and no more than two ticks longer
		cameTo uint64        // at most
	}{
		{"never", func(*pb.Data, uint64) *pb.Message { return nil }, progressTime, windowFirst},
		{"never more than once", func(d *pb.Data, came uint64) *pb.Message {
			if came > windowFirst {
				return nil
			}
			return receivedMessage(came)
		}, progressTime, 8 * windowFirst},
		{"always nothing", func(*pb.Data, uint64) *pb.Message { return receivedMessage(0) }, progressTime, windowFirst},
		{"more than was sent", func(_ *pb.Data, came uint64) *pb.Message { return receivedMessage(came + windowMax) }, 0, windowFirst},
		{"the most", func(*pb.Data, uint64) *pb.Message { return receivedMessage(1<<64 - 1) }, 0, windowFirst},
		{"less than before", func(_ *pb.Data, came uint64) *pb.Message { return receivedMessage(5*windowFirst/4 - came) }, 0, 2 * windowFirst},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t, false)
				a := n.start("a", n.options("a"), nil)
				a.share(s)
				came, took := greedy(t, n, s, c.word)
				if came == 0 || came > c.cameTo || took < c.took || took > c.took+2*uploadTick+keepAliveEvery {
					t.Errorf("%d bytes came, the stream ended after %v", came, took)
				}
				want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"a"}}))
			})
		})
	}
}

// TestOnlyMarksAnswered: a fetcher that answers marks and nothing else, late, gets
// the whole file.
func TestOnlyMarksAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 12*groupBytes+7, 42)
		n := newNetwork(t, false)
		n.start("a", n.options("a"), nil).share(s)
		whole := make(chan struct{})
		n.wrap = func(_, _ Source, stream Stream) Stream {
			go func() { <-whole; stream.Close() }()
			return stream
		}
		came, _ := greedy(t, n, s, func(d *pb.Data, came uint64) *pb.Message {
			if came == uint64(len(s.data)) {
				close(whole)
			}
			if !d.GetMark() {
				return nil
			}
			<-time.After(20 * time.Millisecond)
			return receivedMessage(came)
		})
		if came != uint64(len(s.data)) {
			t.Errorf("%d bytes came of %d", came, len(s.data))
		}
	})
}

// TestFetcherAnswers: a source that stops after each piece until it is told of it
// sends its whole file, told at once of what it marks, and of the rest within the
// time of a keep-alive.
func TestFetcherAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		mark   bool
		within time.Duration
	}{
		"with marks":    {true, 0},
		"without marks": {false, keepAliveEvery},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSample(t, 2*groupBytes, 43)
				n := newNetwork(t, false)
				n.serve("fake", func(_ Source, stream Stream) {
					reads := newConn(stream)
					f := &fake{sample: s, pieceMax: 32 << 10}
					told, asked := make(chan uint64, 100), make(chan *pb.Message, 100)
					go func() {
						defer close(told)
						defer close(asked)
						for {
							m := new(pb.Message)
							if reads.read(m) != nil {
								return
							}
							if r := m.GetReceived(); r != nil {
								told <- r.GetBytes()
							} else if m.GetKeepAlive() == nil {
								asked <- m
							}
						}
					}()
					sent, was := uint64(0), time.Now()
					f.data = func(d *pb.Data) {
						for heard := uint64(0); heard < sent; {
							var more bool
							if heard, more = <-told; !more {
								break
							}
							if heard > sent {
								t.Errorf("%d bytes were received of %d", heard, sent)
							}
						}
						if took := time.Since(was); took > c.within {
							t.Errorf("told of %d bytes after %v", sent, took)
						}
						sent, was, d.Mark = sent+uint64(d.GetLength()), time.Now(), c.mark
					}
					for m := range asked {
						if f.answer(reads, m) != nil {
							break
						}
					}
					stream.Close()
				})
				want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"fake"}}))
			})
		})
	}
}
