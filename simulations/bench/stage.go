package main

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
)

// stage is where one round or one section plays: a folder, processes and network
// namespaces, all of which go when the curtain falls, whatever happened.
type stage struct {
	*bench
	dir        string
	namespaces atomic.Int64 // made so far

	mu    sync.Mutex // guards undos
	undos []func()
}

// newStage makes a folder below parent.
func (b *bench) newStage(parent, name string) (*stage, error) {
	dir, err := os.MkdirTemp(parent, name+"-")
	if err != nil {
		return nil, err
	}
	s := &stage{bench: b, dir: dir}
	s.later(func() { os.RemoveAll(dir) })
	return s, nil
}

// room is a stage within a stage, which ends with it.
func (s *stage) room(name string) (*stage, error) {
	inner, err := s.newStage(s.dir, name)
	if err == nil {
		s.later(inner.clear)
	}
	return inner, err
}

// later notes what to do at the end; the last noted is done first.
func (s *stage) later(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undos = append(s.undos, f)
}

func (s *stage) clear() {
	s.mu.Lock()
	undos := s.undos
	s.undos = nil
	s.mu.Unlock()
	for _, undo := range slices.Backward(undos) {
		undo()
	}
}

// launch starts a command that ends with the stage.
func (s *stage) launch(ctx context.Context, line ...string) (*process, error) {
	return s.launchCommand(ctx, exec.Command(line[0], line[1:]...))
}

func (s *stage) launchCommand(ctx context.Context, cmd *exec.Cmd) (*process, error) {
	p, err := launch(ctx, cmd)
	if err != nil {
		return nil, err
	}
	s.later(p.stop)
	return p, nil
}
