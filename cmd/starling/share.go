package main

import (
	"context"
	"errors"
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

func (a *app) shareAddCommand() *cobra.Command {
	var dryRun, yes, collection, detach bool
	var with audienceFlags
	var patterns []string
	cmd := &cobra.Command{
		Use:   "add DIR",
		Short: "Show what a folder would share, ask, and share it",
		Long: "Show what a folder would share, ask, and share it. With --collection the folder is also one thing with a content id of its own:\n" +
			"it is found by its name, fetched whole by one 'starling get', and made anew when its files have changed and rested for a while.\n" +
			"A folder in a shared one can be made one thing, too.\n\n" +
			audienceHelp + "\n\n" + leftOutLong + "\n\n" +
			"On a terminal it shows how far the hashing is until all can be found; Ctrl-C leaves the node going on, --detach does so at once.\n" +
			"New files in a shared folder are found by themselves, a few seconds after they were written to last (share.quiet, share.watch_folders).",
		Args: exactlyOne("name one folder"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			path, err := absolute(args[0])
			if err != nil {
				return err
			}
			ignore := patternsGiven(patterns)
			if dryRun {
				return a.dryRunShare(ctx, c, path, collection, ignore)
			}
			preview, err := c.PreviewShare(ctx, path, node.ShareOptions{Collection: collection, Ignore: ignore})
			if err != nil {
				return err
			}
			to, err := with.audience(ctx, c)
			if err != nil {
				return err
			}
			if to, err = standing(ctx, c, preview.Path, to); err != nil {
				return err
			}
			return a.addShare(ctx, c, addition{preview, collection, to, ignore, detach}, yes)
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only list every file that would be served, and what is left out")
	cmd.Flags().StringArrayVar(&patterns, "ignore", nil, "pattern of names to leave out, as in .gitignore (repeatable; '' takes those of a shared folder back)")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "share it without asking")
	cmd.Flags().BoolVarP(&detach, "detach", "d", false, "do not wait until all is hashed")
	cmd.Flags().BoolVar(&collection, "collection", false, "share it as one thing, too, that can be found and fetched whole")
	with.add(cmd)
	return cmd
}

// An addition is a folder that may come to be shared.
type addition struct {
	node.SharePreview
	collection bool
	with       node.Audience // empty: nothing was said of it
	ignore     []string
	detach     bool
}

func (a *app) addShare(ctx context.Context, c *node.Client, preview addition, yes bool) error {
	if !yes {
		a.sayPreview(preview.SharePreview, preview.collection)
		if err := a.confirmShare(preview); err != nil {
			return err
		}
	}
	share, err := c.AddShareAs(ctx, preview.Path, node.ShareOptions{Collection: preview.collection, Ignore: preview.ignore, Audience: preview.with})
	if err != nil || a.json {
		return firstError(err, func() error { return a.emit(share) })
	}
	a.sayShared(preview, share)
	if preview.collection {
		a.sayf("'starling link %s' prints the link of the whole collection once it is hashed", node.QuoteArg(preview.Path))
	}
	if preview.detach || !a.follows() {
		return nil
	}
	shares, err := a.followHashing(ctx, c)
	return firstError(err, func() error { return a.sayHashed(shares, share) })
}

// sayHashed tells what can be found of a folder that was added.
func (a *app) sayHashed(shares []node.Share, added node.Share) error {
	for _, s := range shares {
		if s.Path == added.Path {
			a.sayf("%s  %s: %s, %s can be found", green.in(a.talk, "hashed"), node.Display(s.Name), plural(s.Files, "file"), humanSize(s.SizeBytes))
		}
	}
	return nil
}

func (a *app) sayShared(preview addition, share node.Share) {
	if preview.Path != share.Path {
		a.sayf("%s %s, a folder of %q, as one thing: %s, %s", green.in(a.talk, "sharing"), node.Display(preview.Path),
			node.Display(share.Name), plural(preview.Files, "file"), humanSize(preview.SizeBytes))
		return
	}
	a.sayf("%s %s as %q with %s: %s, %s; %s", green.in(a.talk, "sharing"), node.Display(preview.Path),
		node.Display(share.Name), withWhom(share.Audience), plural(preview.Files, "file"), humanSize(preview.SizeBytes), reachedHow(share.Audience))
}

func (a *app) confirmShare(preview addition) error {
	yes, err := a.ask(shareQuestion(preview.with))
	if errors.Is(err, errNoTerminal) {
		return usageError("sharing a folder needs your word: look at what 'starling share add --dry-run %s' shows, then add --yes", preview.Path)
	}
	if err == nil && !yes {
		a.sayf("nothing was shared")
		return silent(exitFailed)
	}
	return err
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
		Long: "Look through the shared folders again now, and wait until what is new is hashed. Ctrl-C leaves the node going on.\n" +
			"Changes are noticed without it, where the system tells of them; elsewhere every share.rescan_every.",
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
