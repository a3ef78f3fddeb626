package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"starling/node"
)

// demoWait bounds the whole demonstration; it usually takes two or three seconds.
const demoWait = 60 * time.Second

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show a whole network on this machine: five nodes, a search, a fetch from several of them",
		Long: "Show a whole network on this machine: five real nodes on loopback with state folders of their own, real files, a search that\n" +
			"travels several links, and a fetch from several sources, verified. Nothing is reachable from outside, and nothing stays behind.\n\n" +
			"On a terminal it then stays at the prompt of the first node.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context()) },
	}
}

func (a *app) demo(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp(demoParent(), "starling-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demonstration: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	bounded, cancel := context.WithTimeoutCause(ctx, demoWait, errDemoSlow)
	defer cancel()
	files, err := chooseDemoFiles()
	if err != nil {
		return err
	}
	w := &demoWorld{app: a, dir: dir, files: files, began: time.Now()}
	defer func() { err = errors.Join(err, w.stop()) }()
	if err := w.show(bounded); err != nil {
		if cause := context.Cause(bounded); errors.Is(cause, errDemoSlow) {
			err = cause
		}
		return &exitError{code: exitFailed, err: fmt.Errorf("the demonstration failed: %w", err)}
	}
	if !a.json && a.inTerminal && a.out.terminal {
		return w.stay(ctx)
	}
	return nil
}

// demoParent is the folder for temporary files, or another one where that lies hidden: nothing in a hidden folder can be shared.
func demoParent() string {
	for _, dir := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && !strings.Contains(filepath.ToSlash(dir), "/.") {
			return dir
		}
	}
	return os.TempDir()
}

var errDemoSlow = fmt.Errorf("it took longer than %v", demoWait)

// show performs the demonstration, one step after another.
func (w *demoWorld) show(ctx context.Context) error {
	steps := []func(context.Context) error{w.layOut, w.start, w.join, w.index, w.searchNear, w.searchFar, w.fetch, w.verify}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	w.say("done in %s: no server, no configuration, every byte verified", humanDuration(time.Since(w.began)))
	return nil
}

// stay opens the prompt of the first node; the network lives as long.
func (w *demoWorld) stay(ctx context.Context) error {
	first := w.nodes[0]
	w.say("")
	w.say("You are now at node %s. Try: rewrite, then get 1, or neighbours, browse %s, status. Ctrl-D ends the demonstration.", first.name, shortNode(w.nodes[1].id))
	client, err := node.Dial(first.config.Node.StateDir)
	if err != nil {
		return err
	}
	w.app.settings = &settings{loaded: first.config}
	return w.app.promptOn(ctx, client, first.config.Node.StateDir)
}
