package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"starling/node"
)

func TestHashingLine(t *testing.T) {
	for want, s := range map[string]node.Status{
		"looking through the shared folders":                             {},
		"waiting for 2 files to be left alone":                           {RestingFiles: 2},
		"hashing 0 of 1 file, 0 B of 5 B":                                {HashingFiles: 1, HashingBytes: 5, HashingETAMS: -1, RestingFiles: 1},
		"hashing 1 of 2 files, 5 B of 10 B, 1 B/s":                       {HashingFiles: 1, HashingBytes: 5, HashingDoneFiles: 1, HashingDoneBytes: 5, HashingRate: 1, HashingETAMS: -1},
		"hashing 1 of 2 files, 5 B of 10 B":                              {HashingFiles: 1, HashingBytes: 5, HashingDoneFiles: 1, HashingDoneBytes: 5},
		"hashing 0 of 1 file, 0 B of 2.00 MB, 1.00 MB/s, about 3 s left": {HashingFiles: 1, HashingBytes: 2e6, HashingRate: 1e6, HashingETAMS: 2000},
		"hashing 1,234 of 20,000 files, 12.3 GB of 80.0 GB, 512 MB/s, about 2 min left": {
			HashingFiles: 18_766, HashingBytes: 67_700e6, HashingDoneFiles: 1234, HashingDoneBytes: 12_300e6, HashingRate: 512e6, HashingETAMS: 132_000},
		"hashing 0 of 1 file, 0 B of 1.00 TB, 10.0 MB/s, about 1 d 3 h left": {HashingFiles: 1, HashingBytes: 1e12, HashingRate: 1e7, HashingETAMS: 1e8},
	} {
		if got := hashingLine(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A slowNode hashes until it has been asked for its status a few times, or for ever.
type slowNode struct {
	mu    sync.Mutex // guards asked
	asked int
	until int
	done  chan struct{}
	ask   func()
}

func (n *slowNode) Rescan(ctx context.Context) ([]node.Share, error) {
	select {
	case <-n.done:
		return []node.Share{{Name: "music", Files: 7}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *slowNode) Status(context.Context) (node.Status, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.asked++; n.asked == n.until {
		n.ask()
	}
	return node.Status{HashingFiles: 1000, HashingDoneFiles: n.asked, HashingETAMS: -1}, nil
}

func TestFollowHashing(t *testing.T) {
	var out bytes.Buffer
	a := &app{talk: screen{Writer: &out, terminal: true, width: func() int { return 30 }}}
	n := &slowNode{until: 2, done: make(chan struct{})}
	n.ask = func() { close(n.done) }
	shares, err := a.followHashing(t.Context(), n)
	if err != nil || len(shares) != 1 || shares[0].Files != 7 {
		t.Errorf("%v, %v", shares, err)
	}
	if text := out.String(); !strings.Contains(text, "hashing 1 of 1,001 files") || !strings.HasSuffix(text, "\r\x1b[K") || strings.Contains(text, "\n") {
		t.Errorf("drawn: %q", text)
	}
	for line := range strings.SplitSeq(out.String(), "\r\x1b[K") {
		if cells.StringWidth(line) >= 30 {
			t.Errorf("%q fills the terminal's line", line)
		}
	}
}

func TestFollowHashingIsLeft(t *testing.T) {
	var out bytes.Buffer
	a := &app{talk: screen{Writer: &out, terminal: true, width: func() int { return 80 }}}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	_, err := a.followHashing(ctx, &slowNode{until: 2, done: make(chan struct{}), ask: interrupt})
	var exit *exitError
	if !errors.As(err, &exit) || exit.code != exitInterrupted || !strings.Contains(out.String(), "the node goes on hashing") {
		t.Errorf("%v, %q", err, out.String())
	}
	if (&app{talk: screen{terminal: true}, json: true}).follows() || (&app{talk: screen{terminal: true}, prompted: true}).follows() || (&app{}).follows() || !a.follows() {
		t.Error("progress is for a person at a terminal only")
	}
}
