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
	cmd.AddCommand(a.shareAddCommand(), a.shareRemoveCommand(), a.shareListCommand(), a.shareRescanCommand(), a.shareVerifyCommand())
	return cmd
}

func (a *app) shareAddCommand() *cobra.Command {
	var dryRun, yes, collection bool
	cmd := &cobra.Command{
		Use:   "add DIR",
		Short: "Show what a folder would share, ask, and share it",
		Long: "Show what a folder would share, ask, and share it. With --collection the folder is also one thing with a content id of its own:\n" +
			"it is found by its name, fetched whole by one 'starling get', and made anew when its files have changed and rested for a while.",
		Args: exactlyOne("name one folder"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			path, err := absolute(args[0])
			if err != nil {
				return err
			}
			preview, err := c.PreviewShare(ctx, path)
			if err != nil {
				return err
			}
			return a.addShare(ctx, c, addition{preview, collection}, dryRun, yes)
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only show what would be shared")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "share it without asking")
	cmd.Flags().BoolVar(&collection, "collection", false, "share it as one thing, too, that can be found and fetched whole")
	return cmd
}

// An addition is a folder that may come to be shared.
type addition struct {
	node.SharePreview
	collection bool
}

func (a *app) addShare(ctx context.Context, c *node.Client, preview addition, dryRun, yes bool) error {
	if dryRun && a.json {
		return a.emit(preview.SharePreview)
	}
	if !yes || dryRun {
		a.sayPreview(preview.SharePreview)
		if preview.collection {
			a.sayf("  and all of them together as one collection called %q", node.Display(preview.Name))
		}
	}
	if dryRun {
		return nil
	}
	if !yes {
		if err := a.confirmShare(preview.SharePreview); err != nil {
			return err
		}
	}
	share, err := c.AddShare(ctx, preview.Path, preview.collection)
	if err != nil || a.json {
		return firstError(err, func() error { return a.emit(share) })
	}
	a.sayf("%s %s as %q: %s, %s; names can be searched once they are hashed", green.in(a.talk, "sharing"), node.Display(preview.Path),
		node.Display(share.Name), plural(preview.Files, "file"), humanSize(preview.SizeBytes))
	if share.Collection {
		a.sayf("'starling link %s' prints the link of the whole collection once it is hashed", node.QuoteArg(share.Path))
	}
	return nil
}

func (a *app) confirmShare(preview node.SharePreview) error {
	yes, err := a.ask("Share this folder with everyone in the network?")
	if errors.Is(err, errNoTerminal) {
		return usageError("sharing a folder needs your word: look at what 'starling share add --dry-run %s' shows, then add --yes", preview.Path)
	}
	if err == nil && !yes {
		a.sayf("nothing was shared")
		return silent(exitFailed)
	}
	return err
}

// sayPreview shows what a stranger would see.
func (a *app) sayPreview(p node.SharePreview) {
	a.sayf("%s  %s, %s", bold.in(a.talk, node.Display(p.Path)), plural(p.Files, "file"), humanSize(p.SizeBytes))
	for _, file := range p.Largest {
		a.sayf("  %9s  %s", humanSize(file.SizeBytes), node.Display(file.Name))
	}
	if rest := p.Files - len(p.Largest); rest > 0 && len(p.Largest) > 0 {
		a.sayf("  and %s", plural(rest, "more file"))
	}
	if p.Skipped > 0 {
		a.sayf("  left out: %s hidden or not plain", plural(p.Skipped, "entry"))
	}
	if p.FlaggedFiles > 0 {
		a.sayf("  %s: %s whose names look private", yellow.in(a.talk, "left out"), plural(p.FlaggedFiles, "file"))
	}
	for _, flag := range p.Flagged[:min(len(p.Flagged), 10)] {
		a.sayf("    %s: %s", node.Display(flag.Name), node.Display(flag.Reason))
	}
	if p.Problem != "" {
		a.sayf("  %s: %s", yellow.in(a.talk, "not read"), node.Display(p.Problem))
	}
}

func (a *app) shareRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rm NAME|DIR",
		Short: "Stop sharing a folder; its files stay where they are",
		Args:  exactlyOne("name one shared folder; 'starling share ls' lists them"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
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

func (a *app) shareListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list"},
		Short:   "List the shared folders",
		Args:    cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			shares, err := c.Shares(ctx)
			return firstError(err, func() error { return a.printShares(shares) })
		}),
	}
}

func (a *app) printShares(shares []node.Share) error {
	if a.json {
		return emitAll(a, shares)
	}
	if len(shares) == 0 {
		a.sayf("no folder is shared; 'starling share add DIR' shares one")
	}
	t := table{columns: []column{{"n", true}, {"name", false}, {"files", true}, {"size", true}, {"folder", false}}}
	for _, s := range shares {
		path := node.Display(s.Path)
		if s.Collection {
			path += dim.in(a.out, "  "+collectionNote(s.ID))
		}
		if s.Problem != "" {
			path += "  " + red.in(a.out, node.Display(s.Problem))
		}
		t.add(strconv.Itoa(s.N), node.Display(s.Name), grouped(s.Files), humanSize(s.SizeBytes), path)
	}
	t.print(a.out)
	return nil
}

func collectionNote(id string) string {
	if id == "" {
		return "collection, being hashed"
	}
	return "collection " + shortID(id)
}

func (a *app) shareRescanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rescan",
		Short: "Look through the shared folders again now",
		Args:  cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			shares, err := c.Rescan(ctx)
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
