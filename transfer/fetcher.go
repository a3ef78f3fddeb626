package transfer

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"starling/share"
	"starling/share/content"
)

const (
	// dialTime bounds the opening of a stream, discovery of addresses included.
	dialTime = 15 * time.Second
	// A source that fails so often in a row is left alone until it is found anew.
	triesMax     = 6
	triesGoneMax = 2 // when it says that it does not have the file
	strikesMax   = 3 // when it sends what makes no sense
	retryFirst   = 500 * time.Millisecond
	retryMax     = 30 * time.Second
)

// fetcher keeps one source of one download going: it dials, runs a session, and
// after a failure waits and tries again. It owns one goroutine, and the
// session's three below it.
type fetcher struct {
	source Source
	id     content.ID
	dial   Dial
	memory *memory
	events chan<- any
	serves bool

	self      Source // this node
	directory Directory
	lane      func() lane // of a stream to the source
	// wholeMax is the largest group that is held in memory until it is verified.
	wholeMax int64

	sizeBytes func() int64          // as far as it is known
	partial   func() *share.Partial // set before any group is asked for

	moved  atomic.Int64 // raw bytes of groups that came
	groups atomic.Int64 // groups that verified
	wasted atomic.Int64 // those of them that were not wanted any more
}

// count is told of raw bytes as they come.
func (f *fetcher) count(n int) { f.moved.Add(int64(n)) }

// post tells the loop, unless ctx ends first.
func (f *fetcher) post(ctx context.Context, event any) error {
	select {
	case f.events <- event:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run serves the source until it is done with or ctx ends.
func (f *fetcher) run(ctx context.Context) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = retryFirst, retryMax
	tries, strikes := 0, 0
	for ctx.Err() == nil {
		before := f.groups.Load()
		err := f.session(ctx)
		if f.groups.Load() > before {
			tries = 0
			pause.Reset()
		}
		tries++
		if errors.Is(err, errProtocol) {
			strikes++
		}
		if isFull(err) {
			tries = 0 // it will have room some time, as a queue moves on
		}
		final := forGood(err) || strikes >= strikesMax || tries >= triesAllowed(err)
		if f.post(ctx, closed{f, err, final}) != nil || final {
			return
		}
		select {
		case <-time.After(pause.NextBackOff()):
		case <-ctx.Done():
		}
	}
}

func triesAllowed(err error) int {
	var gone *goneError
	var disk *diskError
	switch {
	case errors.As(err, &gone):
		return triesGoneMax
	case errors.As(err, &disk):
		return 1
	}
	return triesMax
}

// session opens a stream and moves what it can.
func (f *fetcher) session(ctx context.Context) error {
	dialing, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	stream, err := f.dial(dialing, f.source)
	if err != nil {
		return err
	}
	unhook := context.AfterFunc(ctx, func() { stream.Reset() })
	s, h, err := openSession(f, stream, f.sizeBytes(), f.serves)
	if err == nil {
		err = f.post(ctx, opened{f, s, h})
	}
	if !unhook() || err != nil {
		stream.Reset()
		return errors.Join(err, context.Cause(ctx))
	}
	return s.run(ctx)
}
