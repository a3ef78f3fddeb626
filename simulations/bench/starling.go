package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// starling is the product: a node that shares the file, and for every round a
// new node that fetches it.
type starling struct {
	binary, work, source string
	sender               *process
	magnet, address      string
}

func newStarling(binary, work, source string) *starling {
	return &starling{binary: binary, work: work, source: source}
}

func (s *starling) name() string { return "starling get" }

// command is one call of the binary on a state folder of its own.
func (s *starling) command(ctx context.Context, state string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, s.binary, append([]string{"--state", filepath.Join(s.work, state)}, args...)...)
}

// up starts a node and waits until its API answers.
func (s *starling) up(ctx context.Context, state string, args ...string) (*process, error) {
	args = append([]string{"up", "--lan=false", "--listen", "/ip4/127.0.0.1/tcp/0"}, args...)
	cmd := s.command(ctx, state, args...)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	return p, s.until(ctx, state, func(status) bool { return true })
}

// status is what the bench needs of `starling status --json`.
type status struct {
	Addresses   []string `json:"addresses"`
	Neighbours  int      `json:"neighbours"`
	SharedFiles int      `json:"shared_files"`
}

// until waits for a node's status.
func (s *starling) until(ctx context.Context, state string, holds func(status) bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		var st status
		out, err := s.command(ctx, state, "status", "--json").Output()
		if err == nil && json.Unmarshal(out, &st) == nil && holds(st) {
			s.address = first(st.Addresses)
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("node %s is not as it should be: %s", state, out), err)
		case <-ticker.C:
		}
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func (s *starling) start(ctx context.Context) (err error) {
	if s.sender, err = s.up(ctx, "sender", "--share", filepath.Dir(s.source)); err != nil {
		return err
	}
	if err := s.until(ctx, "sender", func(st status) bool { return st.SharedFiles == 1 }); err != nil {
		return err
	}
	out, err := s.command(ctx, "sender", "link", s.source).Output()
	s.magnet = strings.TrimSpace(string(out))
	return err
}

// transfer measures `starling get` between two running nodes that are
// neighbours, from the command to its end, with the CPU of all three processes.
func (s *starling) transfer(ctx context.Context, round int) (result, error) {
	state := fmt.Sprintf("receiver-%d", round)
	target := filepath.Join(s.work, state+"-files")
	defer os.RemoveAll(target)
	defer os.RemoveAll(filepath.Join(s.work, state))
	address := s.address
	receiver, err := s.up(ctx, state, "--connect", address)
	if err != nil {
		return result{}, err
	}
	defer receiver.stop()
	if err := s.until(ctx, state, func(st status) bool { return st.Neighbours == 1 }); err != nil {
		return result{}, err
	}
	s.address = address
	before := cpuOf(receiver.pid())
	r, err := timed(s.sender, s.command(ctx, state, "get", s.magnet, "--to", target))
	if err != nil {
		return r, err
	}
	r.cpu += cpuOf(receiver.pid()) - before
	r.rss[1] = peakOf(receiver.pid())
	return r, s.sameContent(filepath.Join(target, filepath.Base(s.source)))
}

// sameContent compares the bytes, outside of what is timed.
func (s *starling) sameContent(path string) error {
	want, err := os.Open(s.source)
	if err != nil {
		return err
	}
	defer want.Close()
	got, err := os.Open(path)
	if err != nil {
		return err
	}
	defer got.Close()
	return sameBytes(want, got)
}

func sameBytes(want, got io.Reader) error {
	a, b := make([]byte, copyBuffer), make([]byte, copyBuffer)
	for {
		n, wantErr := io.ReadFull(want, a)
		m, gotErr := io.ReadFull(got, b)
		if !bytes.Equal(a[:n], b[:m]) || (wantErr == nil) != (gotErr == nil) {
			return errors.New("the file that arrived is another one")
		}
		if errors.Is(wantErr, io.EOF) || errors.Is(wantErr, io.ErrUnexpectedEOF) {
			return nil
		}
		if wantErr != nil {
			return wantErr
		}
	}
}

func (s *starling) stop() { s.sender.stop() }
