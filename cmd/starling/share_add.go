package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"starling/node"
)

const addHelp = `Show what a folder would share, ask, and share it. Files that come into it
later are shared as well, a few seconds after they were written to last.

  starling share add ~/Music                  with everyone, after a question
  starling share add --dry-run ~/Music        list every file it would serve
  starling share add --to 1,2 ~/Music         with two neighbours only
  starling share add --collection ~/Debut     findable as one thing, too
  starling share add --ignore '*.bak' ~/Docs  without some of its files

--to NODE,... shares it with these nodes only: numbers of 'starling neighbours'
or node ids. They find it by words while they are neighbours of this node; from
further away they browse it and fetch by id.

--hidden lets nobody find or list it, and serves it to whoever knows a content
id. Ids are no secrets: whoever fetches one asks the network for it.

--collection gives the folder a content id of its own: it is found by its name
and fetched whole by one 'get'. A folder in a shared one can be made one thing.

--ignore takes a pattern as .gitignore has them; it overrules the setting
share.ignore and every .starlingignore in the folder. Adding the folder again
with --ignore replaces its patterns, and --ignore '' takes them away.

--dry-run lists on stdout every file that would be served, by the name others
see, and on stderr what is left out and why. Nothing is shared by it.

Hidden files, links, unfinished downloads and what looks private by its name are
never shared. 'starling share set' changes with whom. docs/sharing.md says more.`

func (a *app) shareAddCommand() *cobra.Command {
	var dryRun, yes bool
	var add addition
	var to audienceFlags
	var patterns []string
	cmd := &cobra.Command{
		Use:   "add DIR",
		Short: "Show what a folder would share, ask, and share it",
		Long:  addHelp,
		Args:  exactlyOne("name one folder"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) (err error) {
			if add.path, err = absolute(args[0]); err != nil {
				return err
			}
			add.ignore = patternsGiven(patterns)
			if add.with, err = to.audience(ctx, c); err != nil {
				return err
			}
			if add.with, err = standing(ctx, c, add); err != nil {
				return err
			}
			if dryRun {
				return a.dryRunShare(ctx, c, add)
			}
			return a.addShare(ctx, c, add, yes)
		}),
	}
	f := cmd.Flags()
	f.BoolVar(&dryRun, "dry-run", false, "only list every file that would be served, and what is left out")
	f.StringArrayVar(&patterns, "ignore", nil, "pattern of names to leave out (repeatable)")
	f.BoolVarP(&yes, "yes", "y", false, "share it without asking")
	f.BoolVarP(&add.detach, "detach", "d", false, "do not wait until all is hashed")
	f.BoolVar(&add.collection, "collection", false, "share it as one thing, too, that can be found and fetched whole")
	to.add(cmd)
	return cmd
}

// An addition is a folder that may come to be shared.
type addition struct {
	path       string // absolute
	collection bool
	with       node.Audience // empty: nothing was said of it
	ignore     []string
	detach     bool
}

func (add addition) options() node.ShareOptions {
	return node.ShareOptions{Collection: add.collection, Ignore: add.ignore}
}

// resolved is the path as the node keeps it.
func (add addition) resolved() string {
	if path, err := filepath.EvalSymlinks(add.path); err == nil {
		return path
	}
	return add.path // the node says what is wrong with it
}

func (a *app) addShare(ctx context.Context, c *node.Client, add addition, yes bool) error {
	preview, err := c.PreviewShare(ctx, add.path, add.options())
	if err != nil {
		return err
	}
	if !yes {
		a.sayPreview(preview, add)
		if err := a.confirmShare(ctx, add); err != nil {
			return err
		}
	}
	options := add.options()
	options.Audience = add.with
	share, err := c.AddShare(ctx, preview.Path, options)
	if err != nil || a.json {
		return firstError(err, func() error { return a.emit(share) })
	}
	a.sayShared(preview, share)
	if add.collection {
		a.sayf("'starling link %s' prints the link of the whole collection once it is hashed", node.QuoteArg(preview.Path))
	}
	if add.detach || !a.follows() {
		return nil
	}
	shares, err := a.followAdded(ctx, c, newlyAdded(share, preview.Files))
	return firstError(err, func() error { return a.sayHashed(shares, share) })
}

// sayHashed tells what can be had of a folder that was added.
func (a *app) sayHashed(shares []node.Share, added node.Share) error {
	for _, s := range shares {
		if s.Path == added.Path {
			a.sayf("%s  %s: %s, %s%s", green.in(a.talk, "hashed"), node.Display(s.Name), plural(s.Files, "file"), humanSize(s.SizeBytes), nowHad(s.Audience))
		}
	}
	return nil
}

func (a *app) sayShared(preview node.SharePreview, share node.Share) {
	if preview.Path != share.Path {
		a.sayf("%s %s, a folder of %q, as one thing: %s, %s", green.in(a.talk, "sharing"), node.Display(preview.Path),
			node.Display(share.Name), plural(preview.Files, "file"), humanSize(preview.SizeBytes))
		return
	}
	a.sayf("%s %s as %q with %s: %s, %s; %s", green.in(a.talk, "sharing"), node.Display(preview.Path),
		node.Display(share.Name), withWhom(share.Audience), plural(preview.Files, "file"), humanSize(preview.SizeBytes), reachedHow(share.Audience))
}

func (a *app) confirmShare(ctx context.Context, add addition) error {
	yes, err := a.ask(ctx, shareQuestion(add.with))
	if errors.Is(err, errNoTerminal) {
		return usageError("sharing a folder needs your word: add --yes once you have seen what this shows: starling share add --dry-run %s", node.QuoteArg(add.path))
	}
	if err == nil && !yes {
		a.sayf("nothing was shared")
		return silent(exitFailed)
	}
	return err
}
