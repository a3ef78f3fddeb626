package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"

	"starling/config"
	"starling/node"
)

// logName is the log of a node without a screen of its own, in its state folder.
const logName = "starling.log"

type upFlags struct {
	shares     []string
	detach     bool
	searchable bool
}

func (a *app) upCommand() *cobra.Command {
	var flags upFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run the node in the foreground",
		Long:  "Run the node in the foreground until it is interrupted or 'starling down' stops it.\n\nA folder named by --share is shared without asking again: naming it here is your word.",
		Args:  cobra.NoArgs,
	}
	f := cmd.Flags()
	addNode(f)
	f.StringArrayVar(&flags.shares, "share", nil, "folder to share (repeatable)")
	f.BoolVarP(&flags.detach, "detach", "d", false, "run in the background; return when the node answers")
	f.BoolVar(&flags.searchable, "searchable", false, "let others find by searching what this node fetches (without it, fetched files are served by id only)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if flags.detach {
			return a.detach(cmd.Context())
		}
		return a.up(cmd.Context(), &flags, cmd.Flags().Changed("searchable"))
	}
	return cmd
}

func (a *app) up(ctx context.Context, flags *upFlags, searchableGiven bool) error {
	loaded, err := a.settings.load()
	if err != nil {
		return err
	}
	options := node.Options{Config: loaded, Logger: a.logger(a.talk, loaded)}
	for _, dir := range flags.shares {
		path, err := absolute(dir)
		if err != nil {
			return err
		}
		options.Shares = append(options.Shares, path)
	}
	if searchableGiven {
		options.Searchable = &flags.searchable
	}
	n, err := node.New(options)
	if err != nil {
		return err
	}
	return a.runUp(ctx, n, loaded.Node.StateDir)
}

// runUp says when the node is ready and stays until it ends.
func (a *app) runUp(ctx context.Context, n *node.Node, stateDir string) error {
	running, err := startNode(ctx, n)
	if err != nil {
		return err
	}
	if err := a.sayReady(ctx, stateDir); err != nil {
		return errors.Join(err, running.stop())
	}
	select {
	case err := <-running.ended:
		return err
	case <-ctx.Done():
		a.sayf("stopping")
		return running.stop()
	}
}

func (a *app) sayReady(ctx context.Context, stateDir string) error {
	client, err := node.Dial(stateDir)
	if err != nil {
		return err
	}
	defer client.Close()
	status, err := client.Status(ctx)
	if err != nil || a.json {
		return firstError(err, func() error { return a.emit(status) })
	}
	a.sayf("%s  %s", green.in(a.talk, "up"), status.ID)
	for _, address := range status.Addresses {
		a.sayf("  listening at  %s", node.Display(address))
	}
	a.sayf("  to join this node from another machine:  %s", bold.in(a.talk, node.Display(status.Reach.Invite)))
	a.sayf("  stop it with Ctrl-C, or from another terminal: %s", downLine(stateDir))
	return nil
}

// logger logs for the node: coloured lines on a terminal, plain or JSON lines elsewhere.
func (a *app) logger(s screen, loaded *config.Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(loaded.Node.LogLevel)); err != nil || a.verbose > 0 {
		level = slog.LevelDebug
	}
	if loaded.Node.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(s, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(s, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !s.colour}))
}

// downLine is the command that stops the node of a state folder.
func downLine(stateDir string) string { return "starling --state " + node.QuoteArg(stateDir) + " down" }
