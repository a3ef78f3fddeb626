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
	for c.read(&m) == nil {
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
			<-time.After(100 * time.Millisecond)
			return receivedMessage(came)
		})
		if came != uint64(len(s.data)) {
			t.Errorf("%d bytes came of %d", came, len(s.data))
		}
	})
}

// TestFetcherAnswers: every mark is answered with what has come, and without marks
// a word comes now and then, for as long as bytes do.
func TestFetcherAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSample(t, 3*groupBytes, 43)
		n := newNetwork(t, false)
		var words []uint64
		heard := make(chan uint64, 1000)
		const slice = 64 << 10
		source := &fake{sample: s, pieceMax: slice, data: func(d *pb.Data) { d.Mark = d.GetOffset() == slice }}
		source.instead = func(_ *conn, m *pb.Message) bool {
			if r := m.GetReceived(); r != nil {
				heard <- r.GetBytes()
			}
			return m.GetReceived() != nil
		}
		// One group comes without marks, a slice every two seconds.
		source.group = func(g int, b []byte) []byte {
			if g == 1 {
				<-time.After(2 * keepAliveEvery)
			}
			return b
		}
		n.serve("fake", source.serve)
		want(t, s, n.start("z", n.options("z"), nil).get(Request{ID: s.id, Sources: []Source{"fake"}}))
		for len(heard) > 0 {
			words = append(words, <-heard)
		}
		marks := 0
		for i, w := range words {
			if i > 0 && w < words[i-1] || w > uint64(len(s.data)) {
				t.Errorf("the words were %v", words)
			}
			if w%groupBytes == 2*slice {
				marks++
			}
		}
		if marks == 0 || len(words) < 3 {
			t.Errorf("the words were %v", words)
		}
	})
}
