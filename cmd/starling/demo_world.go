package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"starling/config"
	"starling/node"
)

// The demonstration's network is a chain. Node A asks; the files lie with D and E, three and four links away:
//
//	A ── B ── C ── D ── E
var demoNames = []string{"A", "B", "C", "D", "E"}

// demoHolders are the nodes, by place in the chain, that share the files.
var demoHolders = []int{3, 4}

// demoUpRate limits what each holder sends, in bytes per second, so that a small file takes long enough for both to give a share.
const demoUpRate = 1_000_000

// A demoNode is one node of the demonstration: a real one, with its own state folder, identity, listener and control API.
type demoNode struct {
	name    string
	config  *config.Config
	id      string
	running *runningNode
	client  *node.Client
}

// A demoWorld is the network and what the steps hand on to each other.
type demoWorld struct {
	app   *app
	dir   string
	began time.Time
	files demoFiles
	nodes []*demoNode
	hit   node.Hit
	got   node.Download
}

// say tells the story on stdout: it is what the command is for. With --json the data speaks.
func (w *demoWorld) say(format string, args ...any) {
	if !w.app.json {
		fmt.Fprintf(w.app.out, format+"\n", args...)
	}
}

// layOut gives each holder a folder with the files.
func (w *demoWorld) layOut(context.Context) error {
	w.say("%s", bold.in(w.app.out, "Starling demonstration: a network of five nodes on this machine"))
	for _, holder := range demoHolders {
		if err := w.files.copyTo(w.shareOf(holder)); err != nil {
			return err
		}
	}
	return nil
}

func (w *demoWorld) shareOf(i int) string {
	return filepath.Join(w.dir, demoNames[i], "shared", w.files.folder)
}

// configOf is a node that hears this machine only and knows nobody it was not told of.
func (w *demoWorld) configOf(i int) *config.Config {
	c := config.Default()
	c.Node.StateDir = filepath.Join(w.dir, demoNames[i], "state")
	c.Node.Downloads = filepath.Join(w.dir, demoNames[i], "downloads")
	c.Node.API = ""
	c.Overlay.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	c.Overlay.LAN = false
	c.Overlay.StaticMesh = true
	c.Share.QuietTime = -1 // its files have just been written, by us
	if i > 0 {
		c.Overlay.Connect = []string{w.nodes[i-1].address()}
	}
	return c
}

// start runs the nodes; each knows the address of the one before it.
func (w *demoWorld) start(ctx context.Context) error {
	for i, name := range demoNames {
		n := &demoNode{name: name, config: w.configOf(i)}
		options := node.Options{Config: n.config}
		for _, holder := range demoHolders {
			if holder == i {
				options.Shares = []string{w.shareOf(i)}
			}
		}
		if err := n.start(ctx, options); err != nil {
			return fmt.Errorf("node %s: %w", name, err)
		}
		w.nodes = append(w.nodes, n)
		w.say("  node %s  %s  %s", name, n.id, n.listening())
	}
	return nil
}

func (n *demoNode) start(ctx context.Context, options node.Options) error {
	made, err := node.New(options)
	if err != nil {
		return err
	}
	if n.running, err = startNode(ctx, made); err != nil {
		return err
	}
	if n.client, err = node.Dial(n.config.Node.StateDir); err == nil {
		var status node.Status
		status, err = n.client.Status(ctx)
		n.id = status.ID
	}
	if err == nil && len(n.config.Overlay.Listen) > 0 {
		rate := int64(demoUpRate)
		_, err = n.client.Limit(ctx, node.Limits{Up: &rate})
	}
	if err != nil {
		return errors.Join(err, n.running.stop())
	}
	return nil
}

// address is the full multiaddr, with the node id.
func (n *demoNode) address() string {
	status, err := n.client.Status(context.Background())
	if err != nil || len(status.Addresses) == 0 {
		return ""
	}
	return status.Addresses[0]
}

func (n *demoNode) listening() string {
	address, _, _ := strings.Cut(n.address(), "/p2p/")
	return address
}

// stop ends the nodes, the last first.
func (w *demoWorld) stop() error {
	var err error
	for i := len(w.nodes) - 1; i >= 0; i-- {
		w.nodes[i].client.Close()
		err = errors.Join(err, w.nodes[i].running.stop())
	}
	return err
}

// nameOf calls a node by its letter.
func (w *demoWorld) nameOf(id string) string {
	for _, n := range w.nodes {
		if n.id == id {
			return n.name
		}
	}
	return shortNode(id)
}

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
			return fmt.Errorf("waiting until %s: %w", what, ctx.Err())
		case <-look.C:
		}
	}
}
