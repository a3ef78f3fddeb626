package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"starling/node"
)

// peer is a starling node in a process of its own.
type peer struct {
	*process
	state, id, address string
	client             *node.Client
}

// peerOptions say how a node is started. The zero value is one on loopback that
// knows nobody and shares nothing.
type peerOptions struct {
	namespace string // of the network; empty: the machine's own
	listen    string // multiaddr
	shares    string // folder; start waits until its files are hashed
	up        int64  // limit, bytes/s; 0: none
	arguments []string
}

const (
	startTime = time.Minute           // for a node to answer, and to hash what it shares
	lookEvery = 20 * time.Millisecond // while waiting
)

// peer starts a node and waits until its API answers.
func (s *stage) peer(ctx context.Context, name string, o peerOptions) (*peer, error) {
	if o.listen == "" {
		o.listen = "/ip4/127.0.0.1/tcp/0"
	}
	p := &peer{state: filepath.Join(s.dir, name)}
	args := append([]string{s.binary, "--state", p.state, "up", "--lan=false", "--static-mesh", "--listen", o.listen,
		"--downloads", filepath.Join(s.dir, name+"-files")}, o.arguments...)
	if o.shares != "" {
		args = append(args, "--share", o.shares)
	}
	var err error
	if p.process, err = s.launch(ctx, within(o.namespace, args...)...); err != nil {
		return nil, err
	}
	if err := p.ready(ctx); err != nil {
		return nil, fmt.Errorf("node %s: %w", name, err)
	}
	s.later(p.client.Close)
	if o.shares != "" {
		if err := p.hashed(ctx); err != nil {
			return nil, fmt.Errorf("node %s: %w", name, err)
		}
	}
	_, err = p.client.Limit(ctx, node.Limits{Up: &o.up})
	return p, err
}

func (p *peer) ready(ctx context.Context) error {
	return until(ctx, startTime, lookEvery, "the API", func() (bool, error) {
		if err := p.alive(); err != nil {
			return false, err
		}
		client, err := node.Dial(p.state)
		if err != nil {
			return false, err
		}
		status, err := client.Status(ctx)
		if err != nil || len(status.Addresses) == 0 {
			client.Close()
			return false, err
		}
		p.client, p.id, p.address = client, status.ID, status.Addresses[0]
		return true, nil
	})
}

// hashed waits until what is shared can be found.
func (p *peer) hashed(ctx context.Context) error {
	return p.until(ctx, "hashes", func(s node.Status) bool { return s.SharedFiles > 0 && s.HashingFiles == 0 })
}

func (p *peer) until(ctx context.Context, what string, holds func(node.Status) bool) error {
	return until(ctx, startTime, lookEvery, what, func() (bool, error) {
		status, err := p.client.Status(ctx)
		return err == nil && holds(status), err
	})
}

// fetch gets what a link names and returns the download at its end.
func (p *peer) fetch(ctx context.Context, magnet string) (last node.Download, err error) {
	downloads, err := p.client.Get(ctx, node.GetRequest{Targets: []string{magnet}})
	if err != nil {
		return last, err
	}
	for d, err := range p.client.Watch(ctx, downloads[0].ID) {
		if err != nil {
			return last, err
		}
		last = d
	}
	if last.State != "done" {
		return last, fmt.Errorf("the download is %s: %s", last.State, last.Reason)
	}
	return last, nil
}

// from counts the verified bytes that came from a node.
func from(d node.Download, id string) (bytes int64) {
	for _, source := range d.Sources {
		if source.Node == id {
			bytes += source.Bytes
		}
	}
	return bytes
}

// starling is a call of the program on a node.
func (s *stage) starling(ctx context.Context, p *peer, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, s.binary, append([]string{"--state", p.state}, args...)...)
}
