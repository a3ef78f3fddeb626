package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"starling/node"
	"starling/share/content"
)

// starlingSwarm is the product: every node a process. Receivers are given the
// seed's link and nothing else; they hear of each other by alt-locations.
type starlingSwarm struct{}

func (starlingSwarm) name() string    { return "starling" }
func (starlingSwarm) missing() string { return "" }

func (starlingSwarm) swarm(ctx context.Context, s *stage, w world) (f flow, err error) {
	seeds, link, err := s.seeds(ctx, w, 1)
	if err != nil {
		return f, err
	}
	receivers, err := s.peers(ctx, "r", w.receivers, peerOptions{up: w.up})
	if err != nil {
		return f, err
	}
	everybody := append(seeds, receivers...)
	before := cpuOfAll(everybody)
	downloads, took, err := fetchAll(ctx, receivers, link)
	if err != nil {
		return f, err
	}
	f.cpu = cpuOfAll(everybody) - before
	f.first, f.last = took[0], took[0]
	for i, d := range downloads {
		f.first, f.last = min(f.first, took[i]), max(f.last, took[i])
		f.seeded += from(d, seeds[0].id)
		f.wasted += d.WastedBytes
		if err := sameFile(w.source, d.Path); err != nil {
			return f, err
		}
	}
	return f, nil
}

// seeds starts n nodes that share the source, and returns a link that names them all.
func (s *stage) seeds(ctx context.Context, w world, n int) ([]*peer, string, error) {
	seeds, err := s.peers(ctx, "s", n, peerOptions{up: w.up, shares: filepath.Dir(w.source)})
	if err != nil {
		return nil, "", err
	}
	link, err := seeds[0].client.Link(ctx, w.source)
	if err != nil {
		return nil, "", err
	}
	magnet, err := content.ParseMagnet(link.Magnet)
	if err != nil {
		return nil, "", err
	}
	magnet.Nodes = nil
	for _, seed := range seeds {
		magnet.Nodes = append(magnet.Nodes, seed.address)
	}
	return seeds, magnet.String(), nil
}

// peers starts n nodes at once.
func (s *stage) peers(ctx context.Context, name string, n int, o peerOptions) ([]*peer, error) {
	started := make([]*peer, n)
	var tasks errgroup.Group
	for i := range started {
		tasks.Go(func() (err error) {
			started[i], err = s.peer(ctx, fmt.Sprint(name, i), o)
			return err
		})
	}
	return started, tasks.Wait()
}

// fetchAll lets all receivers fetch at the same moment.
func fetchAll(ctx context.Context, receivers []*peer, link string) ([]node.Download, []time.Duration, error) {
	downloads, took := make([]node.Download, len(receivers)), make([]time.Duration, len(receivers))
	tasks, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for i, r := range receivers {
		tasks.Go(func() (err error) {
			downloads[i], err = r.fetch(ctx, link)
			took[i] = time.Since(began)
			if err != nil {
				err = fmt.Errorf("receiver %d: %w", i, err)
			}
			return err
		})
	}
	return downloads, took, tasks.Wait()
}

func cpuOfAll(peers []*peer) (sum time.Duration) {
	for _, p := range peers {
		sum += p.cpu()
	}
	return sum
}
