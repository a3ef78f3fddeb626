package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"starling/node"
)

func (a *app) downCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Stop the running node",
		Args:  cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			if err := c.Shutdown(ctx); err != nil {
				return err
			}
			return a.awaitDown(ctx, c)
		}),
	}
}

// awaitDown returns when the node has let go of its state folder.
func (a *app) awaitDown(ctx context.Context, c *node.Client) error {
	ctx, cancel := context.WithTimeout(ctx, stopWait)
	defer cancel()
	dir, err := a.settings.stateDir()
	if err != nil {
		return err
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for node.Busy(dir) {
		select {
		case <-ctx.Done():
			return &exitError{code: codeOf(ctx.Err()), err: fmt.Errorf("the node (process %d) was asked to stop and has not ended yet", c.PID())}
		case <-look.C:
		}
	}
	a.sayf("stopped")
	return nil
}
