package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"starling/node"
)

func (a *app) shareCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "share",
		Short: "Choose the folders that others may find and fetch from",
		Long:  "Choose the folders that others may find and fetch from. Nothing is shared until you say so.",
	}
	return withCommands(cmd, a.shareAddCommand(), a.shareSetCommand(), a.shareListCommand(), a.shareRemoveCommand(), a.shareRescanCommand(),
		a.shareVerifyCommand())
}

func (a *app) shareRemoveCommand() *cobra.Command {
	var collection bool
	cmd := &cobra.Command{
		Use:     "rm NAME|DIR",
		Aliases: []string{"remove"},
		Short:   "Stop sharing a folder; its files stay where they are",
		Args:    exactlyOne("name one shared folder; 'starling share ls' lists them"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			if collection {
				return a.removeCollection(ctx, c, args[0])
			}
			name, err := a.shareNamed(ctx, c, args[0])
			if err != nil {
				return err
			}
			if err := c.RemoveShare(ctx, name); err != nil {
				return err
			}
			a.sayf("no longer shared: %s", node.Display(name))
			return nil
		}),
	}
	cmd.Flags().BoolVar(&collection, "collection", false, "only stop sharing it as one thing; its files stay shared one by one")
	return cmd
}

func (a *app) removeCollection(ctx context.Context, c *node.Client, word string) error {
	path, err := absolute(word)
	if err != nil {
		return err
	}
	if named, err := a.shareNamed(ctx, c, word); err == nil {
		path = named
	}
	if err := c.RemoveCollection(ctx, path); err != nil {
		return err
	}
	a.sayf("no longer one thing: %s; its files stay shared", node.Display(path))
	return nil
}

// shareNamed finds a shared folder by its number, name or path, relative ones included.
func (a *app) shareNamed(ctx context.Context, c *node.Client, word string) (string, error) {
	shares, err := c.Shares(ctx)
	if err != nil {
		return "", err
	}
	path, err := absolute(word)
	if err != nil {
		return "", err
	}
	for _, s := range shares {
		if s.Name == word || s.Path == path || strconv.Itoa(s.N) == word {
			return s.Path, nil
		}
	}
	return "", &node.Problem{Code: node.CodeNotFound, Message: fmt.Sprintf("%q is not shared; 'starling share ls' lists what is", word)}
}

func (a *app) shareRescanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rescan",
		Short: "Look through the shared folders again now",
		Long: "Look through the shared folders again now, and wait until what is new is hashed.\n" +
			"A file that is still being written is not waited for. Ctrl-C leaves the node\n" +
			"going on. Changes are noticed without it, where the system tells of them;\n" +
			"elsewhere every share.rescan_every.",
		Args: cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			rescan := c.Rescan
			if a.follows() {
				rescan = func(ctx context.Context) ([]node.Share, error) { return a.followHashing(ctx, c) }
			}
			shares, err := rescan(ctx)
			return firstError(err, func() error { return a.printShares(shares) })
		}),
	}
}

func exactlyOne(hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError("%s; see '%s --help'", hint, cmd.CommandPath())
		}
		return nil
	}
}
