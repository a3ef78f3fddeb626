package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// starling is the product: a node that shares the file, and for every round a
// new node that fetches it.
type starling struct {
	stage  *stage
	source string
	sender *peer
	magnet string
}

func (s *starling) name() string    { return "starling get" }
func (s *starling) missing() string { return "" }

func (s *starling) start(ctx context.Context, st *stage, source string) (err error) {
	s.stage, s.source = st, source
	if s.sender, err = st.peer(ctx, "sender", peerOptions{shares: filepath.Dir(source)}); err != nil {
		return err
	}
	link, err := s.sender.client.Link(ctx, source)
	s.magnet = link.Magnet
	return err
}

// transfer measures `starling get` of the link, from the command to its end, with
// the CPU of all three processes.
func (s *starling) transfer(ctx context.Context, round int) (result, error) {
	st, err := s.stage.newStage(s.stage.dir, "r")
	if err != nil {
		return result{}, err
	}
	defer st.clear()
	receiver, err := st.peer(ctx, fmt.Sprint(round), peerOptions{})
	if err != nil {
		return result{}, err
	}
	before := receiver.cpu()
	target := filepath.Join(st.dir, "files")
	r, err := timed(s.sender.process, st.command(ctx, receiver, "get", s.magnet, "--to", target))
	if err != nil {
		return r, err
	}
	r.cpu += receiver.cpu() - before
	r.rss[1] = peakOf(receiver.pid())
	got := filepath.Join(target, filepath.Base(s.source))
	defer os.Remove(got)
	return r, sameFile(s.source, got)
}
