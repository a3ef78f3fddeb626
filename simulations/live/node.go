package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"starling/config"
	"starling/node"
)

// A wholeNode is one running node of the network, and the client that gives it
// orders.
type wholeNode struct {
	id, address string
	client      *node.Client
	cancel      context.CancelFunc
	ended       chan error
}

// configOf is a node that hears this machine only and keeps its state in dir.
func configOf(dir string) *config.Config {
	c := config.Default()
	c.Node.StateDir = filepath.Join(dir, "state")
	c.Node.Downloads = filepath.Join(dir, "downloads")
	c.Node.API = ""
	c.Overlay.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	c.Overlay.LAN = false
	c.Share.QuietTime, c.Share.WatchFolders = -1, -1 // its files are there and stay as they are
	return c
}

// startNode runs a node and returns when it answers. It runs until stop, whatever
// becomes of ctx.
func startNode(ctx context.Context, options node.Options) (*wholeNode, error) {
	made, err := node.New(options)
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	n := &wholeNode{cancel: cancel, ended: make(chan error, 1)}
	go func() { n.ended <- made.Run(running) }()
	select {
	case <-made.Ready():
	case err := <-n.ended:
		cancel()
		return nil, errors.Join(errors.New("a node stopped before it was ready"), err)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), n.stop())
	}
	if err := n.meet(ctx, options.Config.Node.StateDir); err != nil {
		return nil, errors.Join(err, n.stop())
	}
	return n, nil
}

// meet opens the client and learns the node's id and address.
func (n *wholeNode) meet(ctx context.Context, stateDir string) (err error) {
	if n.client, err = node.Dial(stateDir); err != nil {
		return err
	}
	status, err := n.client.Status(ctx)
	if err != nil {
		return err
	}
	if len(status.Addresses) == 0 {
		return errors.New("a node listens nowhere")
	}
	n.id, n.address = status.ID, status.Addresses[0]
	return nil
}

// stop ends the node and waits until it has said bye and closed its files.
func (n *wholeNode) stop() error {
	n.cancel()
	if n.client != nil {
		n.client.Close()
	}
	return <-n.ended
}

// parentDir is where temporary folders go: the system's place, or another one
// where that lies hidden, since nothing in a hidden folder can be shared.
func parentDir() string {
	for _, dir := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && !strings.Contains(filepath.ToSlash(dir), "/.") {
			return dir
		}
	}
	return os.TempDir()
}

// lookEvery is how often a condition is looked at.
const lookEvery = 20 * time.Millisecond

// await looks until a condition holds.
func await(ctx context.Context, what string, holds func() (bool, error)) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		done, err := holds()
		if err != nil {
			return fmt.Errorf("waiting until %s: %w", what, err)
		}
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, context.Cause(ctx))
		case <-look.C:
		}
	}
}
