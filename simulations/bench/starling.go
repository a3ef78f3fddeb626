package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// starling is the product: a node that shares the source, and for every round a
// new node that fetches it.
type starling struct {
	folder bool // the source is a folder, shared as a collection
	at     place
	stage  *stage
	source string
	sender *peer
	magnet string
}

func (s *starling) name() string    { return "starling get" }
func (s *starling) missing() string { return "" }

func (s *starling) start(ctx context.Context, st *stage, source string, at place) (err error) {
	s.stage, s.source, s.at = st, source, at
	o := peerOptions{namespace: at.server, listen: at.listen()}
	if !s.folder {
		o.shares = filepath.Dir(source)
	}
	if s.sender, err = st.peer(ctx, "sender", o); err != nil {
		return err
	}
	if s.folder {
		if out, err := st.starling(ctx, s.sender, "share", "add", "--collection", "--yes", source).CombinedOutput(); err != nil {
			return fmt.Errorf("share add --collection: %w: %s", err, out)
		}
	}
	// A collection is there when all its files are hashed, and put together.
	return until(ctx, startTime, 100*time.Millisecond, "a link", func() (bool, error) {
		link, err := s.sender.client.Link(ctx, source)
		s.magnet = link.Magnet
		return err == nil, err
	})
}

// listen is the address of the server as a node takes it.
func (p place) listen() string { return "/ip4/" + p.address + "/tcp/0" }

// transfer measures `starling get` of the link, from the command to its end, with
// the CPU of all three processes.
func (s *starling) transfer(ctx context.Context, round int) (result, error) {
	st, err := s.stage.newStage(s.stage.dir, "r")
	if err != nil {
		return result{}, err
	}
	defer st.clear()
	o := peerOptions{namespace: s.at.client}
	if s.at.client != "" {
		o.listen = "/ip4/0.0.0.0/tcp/0"
	}
	receiver, err := st.peer(ctx, fmt.Sprint(round), o)
	if err != nil {
		return result{}, err
	}
	before := receiver.cpu()
	resetPeak(receiver.pid())
	target := filepath.Join(st.dir, "files")
	r, err := timed(s.sender.process, st.starling(ctx, receiver, "get", s.magnet, "--to", target))
	if err != nil {
		return r, err
	}
	r.cpu += receiver.cpu() - before
	r.rss[1] = peakOf(receiver.pid())
	return r, sameTree(s.source, filepath.Join(target, filepath.Base(s.source)))
}
