package transfer

import (
	"context"
	"errors"
	"testing"

	"starling/share/content"
	"starling/transfer/pb"
)

// reading is a session whose source is played by hand.
type reading struct {
	*session
	t   *testing.T
	far Stream
}

const readingBytes = wholeGroupBytes // the least there may be

func newReading(t *testing.T) *reading {
	near, far := pipe()
	t.Cleanup(func() { near.Close() })
	return &reading{t: t, far: far, session: &session{
		fetcher: &fetcher{memory: newMemory(readingBytes), wholeMax: readingBytes}, conn: newConn(near), lane: unlimited(),
		layout: content.LayoutOf(readingBytes), jobs: make(chan job, 100), wake: make(chan struct{}, 1),
		wanted: make(map[int]*incoming), underWay: -1,
	}}
}

// piece is one Data message of the source and its bytes.
func (r *reading) piece(g int, off, n int64) (stray int64, err error) {
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = r.far.Write(make([]byte, n)) // the pipe ends with the test
	}()
	r.sweep()
	stray, err = r.data(context.Background(), &pb.Data{Group: uint32(g), Offset: uint64(off), Length: uint32(n)})
	if err == nil {
		<-sent
	}
	return stray, err
}

func (r *reading) wantPiece(g int, off, n int64) {
	r.t.Helper()
	if stray, err := r.piece(g, off, n); err != nil || stray != 0 {
		r.t.Fatalf("%d bytes at %d of group %d: %d of them unasked, %v", n, off, g, stray, err)
	}
}

// wantJobs takes what has come whole, and looks whether all other memory is free.
func (r *reading) wantJobs(groups ...int) {
	r.t.Helper()
	for _, g := range groups {
		select {
		case j := <-r.jobs:
			if j.group != g || !j.last {
				r.t.Errorf("group %d came, not %d", j.group, g)
			}
			r.fetcher.memory.free(j.blocks, j.reserved)
		default:
			r.t.Errorf("group %d has not come", g)
		}
	}
	if len(r.jobs) > 0 {
		r.t.Errorf("%d groups more have come", len(r.jobs))
	}
	if !r.fetcher.memory.room.TryAcquire(readingBytes) {
		r.t.Fatal("memory is held")
	}
	r.fetcher.memory.room.Release(readingBytes)
}

// TestTakenBack: a group that is taken back in the middle holds no memory, and is
// asked for anew whether the source goes on with it, begins again, or does both.
func TestTakenBack(t *testing.T) {
	const part = groupBytes / 4
	for name, scene := range map[string]func(r *reading){
		"held no more": func(r *reading) {
			r.wantPiece(0, 0, part)
			r.cancel(0)
			r.ask([]int{1}, nil)
			r.wantPiece(1, 0, groupBytes)
			r.wantJobs(1)
		},
		"goes on, then comes again": func(r *reading) {
			r.wantPiece(0, 0, part)
			r.cancel(0)
			r.ask([]int{0}, nil)
			r.wantPiece(0, part, 3*part)
			r.wantPiece(0, 0, groupBytes)
			r.wantJobs(0)
		},
		"begins again": func(r *reading) {
			r.wantPiece(0, 0, part)
			r.cancel(0)
			r.ask([]int{0}, nil)
			r.wantPiece(0, 0, part)
			r.wantPiece(0, part, 3*part)
			r.wantJobs(0)
		},
		"its end was dropped": func(r *reading) {
			r.wantPiece(0, 0, part)
			r.cancel(0)
			r.wantPiece(0, part, part)
			r.ask([]int{0}, nil)
			r.wantPiece(0, 2*part, 2*part)
			r.wantPiece(0, 0, groupBytes)
			r.wantJobs(0)
		},
		"another group between": func(r *reading) {
			r.wantPiece(0, 0, part)
			r.cancel(0)
			r.ask([]int{1, 0}, nil)
			r.wantPiece(1, 0, groupBytes)
			r.wantPiece(0, 0, groupBytes)
			r.wantJobs(1, 0)
		},
		"twice": func(r *reading) {
			for range 2 {
				r.wantPiece(0, 0, part)
				r.cancel(0)
				r.ask([]int{0}, nil)
			}
			r.wantPiece(0, 0, groupBytes)
			r.wantJobs(0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReading(t)
			r.ask([]int{0}, nil)
			r.orders = orders{} // sent
			scene(r)
		})
	}
}

// TestTakenBackUnsent: the source hears nothing of a group that was taken back
// before it could.
func TestTakenBackUnsent(t *testing.T) {
	r := newReading(t)
	r.ask([]int{0, 1}, nil)
	r.cancel(0)
	if len(r.orders.cancel) > 0 || len(r.orders.ask) != 1 || r.orders.ask[0] != 1 {
		t.Errorf("it is told %+v", r.orders)
	}
	r.ask([]int{0}, nil)
	r.wantPiece(1, 0, groupBytes)
	r.wantPiece(0, 0, groupBytes)
	r.wantJobs(1, 0)
}

// TestPiecesOutOfTurn: one group at a time, and no piece without bytes. What nobody
// asked for is no progress.
func TestPiecesOutOfTurn(t *testing.T) {
	r := newReading(t)
	r.ask([]int{0, 1}, nil)
	if _, err := r.piece(6, groupBytes, 0); !errors.Is(err, errProtocol) {
		t.Errorf("an empty piece gave %v", err)
	}
	if stray, err := r.piece(5, 0, groupBytes); err != nil || stray != groupBytes || r.fetcher.moved.Load() != 0 || r.came.Load() != groupBytes {
		t.Errorf("unasked: %d bytes, %v; %d count as moved, %d as come", stray, err, r.fetcher.moved.Load(), r.came.Load())
	}
	r.wantPiece(0, 0, groupBytes/2)
	if r.fetcher.moved.Load() != groupBytes/2 {
		t.Errorf("%d bytes count as moved", r.fetcher.moved.Load())
	}
	if _, err := r.piece(1, 0, groupBytes/2); !errors.Is(err, errProtocol) {
		t.Errorf("a second group before the first was whole gave %v", err)
	}
}
