package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"starling/node"
)

const (
	restartRounds  = 5
	restartFiles   = 100_000
	restartFolders = 1000
	restartTime    = 20 * time.Minute // for a large tree to be hashed the first time
)

// The quantities of a restart.
var (
	toServing = quantity{"start → all served", "s", 2}
	toAPI     = quantity{"start → API", "s", 2}
	hashedNow = quantity{"files hashed", "", 0}
	nodeCPU   = quantity{"CPU until then", "s", 2}
	nodeRSS   = quantity{"RSS", "MiB", 0}
)

// restart measures how soon a node serves a large folder again that has not
// changed.
func (b *bench) restart(ctx context.Context, t *table) error {
	st, err := b.newStage(b.work, "restart")
	if err != nil {
		return err
	}
	defer st.clear()
	tree := b.tree
	if tree == "" {
		tree = filepath.Join(st.dir, "shared")
		if err := plainTree(tree); err != nil {
			return err
		}
	}
	o := peerOptions{arguments: []string{"--share", tree}}
	began := time.Now()
	p, err := st.peer(ctx, "node", o)
	if err != nil {
		return err
	}
	files, bytes, err := p.settled(ctx)
	if err != nil {
		return err
	}
	t.note("%d files, %d MiB in %s; hashed the first time in %.1f s", files, bytes>>20, tree, time.Since(began).Seconds())
	p.stop()
	for round := range b.roundsOr(restartRounds) {
		if err := b.startAgain(ctx, st, o, t, files); err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
	}
	return nil
}

// settled waits until all is hashed.
func (p *peer) settled(ctx context.Context) (files int, bytes int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, restartTime)
	defer cancel()
	if _, err := p.client.Rescan(ctx); err != nil {
		return 0, 0, err
	}
	status, err := p.client.Status(ctx)
	return status.SharedFiles, status.SharedBytes, err
}

func (b *bench) startAgain(ctx context.Context, st *stage, o peerOptions, t *table, files int) error {
	began := time.Now()
	p, err := st.peer(ctx, "node", o)
	if err != nil {
		return err
	}
	defer p.stop()
	answers := time.Since(began)
	var last node.Status
	if err := p.until(ctx, "files", func(s node.Status) bool { last = s; return s.SharedFiles >= files }); err != nil {
		return fmt.Errorf("%w: %d of %d files are served", err, last.SharedFiles, files)
	}
	took := time.Since(began)
	b.say("restart  %6.2f s", took.Seconds())
	t.add("starling up", toServing, took.Seconds())
	t.add("starling up", toAPI, answers.Seconds())
	t.add("starling up", hashedNow, float64(last.HashingFiles+last.HashingDoneFiles))
	t.addKnown("starling up", nodeCPU, p.cpu().Seconds())
	t.addKnown("starling up", nodeRSS, float64(peakOf(p.pid()))/mib)
	return nil
}

// plainTree makes many small files that have been there for a while.
func plainTree(root string) error {
	past := time.Now().Add(-time.Hour)
	for i := range restartFiles {
		dir := filepath.Join(root, fmt.Sprintf("folder %03d", i%restartFolders))
		if i < restartFolders {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
		path := filepath.Join(dir, fmt.Sprintf("some file %05d.txt", i))
		if err := os.WriteFile(path, fmt.Append(nil, i), 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(path, past, past); err != nil {
			return err
		}
	}
	return nil
}
