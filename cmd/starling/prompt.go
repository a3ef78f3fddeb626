package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"starling/config"
	"starling/node"
)

// prompt opens the prompt on the running node, or on one of its own that lives as long as the prompt.
func (a *app) prompt(ctx context.Context) error {
	loaded, err := a.settings.load()
	if err != nil {
		return err
	}
	client, stop, err := a.attach(ctx, loaded)
	if err != nil {
		return err
	}
	err = a.promptOn(ctx, client, loaded.Node.StateDir)
	if client.PID() == os.Getpid() {
		a.sayUnfinished(client)
	}
	return errors.Join(err, stop())
}

// sayUnfinished tells what becomes of downloads under way when their node ends with the prompt.
func (a *app) sayUnfinished(client *node.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	status, err := client.Status(ctx)
	if err == nil && status.Downloads > 0 {
		a.sayf("%s under way: they go on at the next start; 'starling up' runs the node without the prompt", plural(status.Downloads, "download"))
	}
}

// promptOn runs the prompt that this terminal can bear.
func (a *app) promptOn(ctx context.Context, client *node.Client, stateDir string) error {
	defer client.Close()
	sh := &shell{settings: a.settings.pinned()}
	if a.plain || !a.inTerminal || !a.out.terminal || os.Getenv("TERM") == "dumb" {
		return a.plainPrompt(ctx, sh)
	}
	return a.livePrompt(ctx, sh, client, openHistory(filepath.Join(stateDir, "history")))
}

// attach dials the running node; when there is none it starts one here. stop ends what attach has started.
func (a *app) attach(ctx context.Context, loaded *config.Config) (*node.Client, func() error, error) {
	client, err := node.Dial(loaded.Node.StateDir)
	if err == nil {
		return client, func() error { return nil }, nil
	}
	if !errors.Is(err, node.ErrNotRunning) {
		return nil, nil, err
	}
	logger, closeLog, err := a.fileLogger(loaded)
	if err != nil {
		return nil, nil, err
	}
	n, err := node.New(node.Options{Config: loaded, Logger: logger})
	if err != nil {
		return nil, nil, errors.Join(err, closeLog())
	}
	running, err := startNode(ctx, n)
	if err != nil {
		return nil, nil, errors.Join(err, closeLog())
	}
	stop := func() error { return errors.Join(running.stop(), closeLog()) }
	client, err = node.Dial(loaded.Node.StateDir)
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return client, stop, nil
}

// fileLogger logs beside the state, where it does not disturb the screen. The file starts anew each time.
func (a *app) fileLogger(loaded *config.Config) (*slog.Logger, func() error, error) {
	if err := os.MkdirAll(loaded.Node.StateDir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the state folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(loaded.Node.StateDir, logName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the log: %w", err)
	}
	return a.logger(screen{Writer: file, width: noWidth}, loaded), file.Close, nil
}

// A runningNode is a node of this process.
type runningNode struct {
	cancel context.CancelFunc
	ended  chan error // holds Run's result once
}

// startNode runs a node and returns when its API answers. It outlives ctx until stop: whoever interrupts the prompt still gets a clean end.
func startNode(ctx context.Context, n *node.Node) (*runningNode, error) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &runningNode{cancel: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- n.Run(running) }()
	select {
	case <-n.Ready():
		return r, nil
	case err := <-r.ended:
		cancel()
		if err == nil {
			err = errors.New("the node stopped before it was ready")
		}
		return nil, err
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), r.stop())
	}
}

// stop ends the node and waits until it has said good-bye and closed its files.
func (r *runningNode) stop() error {
	r.cancel()
	return <-r.ended
}
