package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"starling/node"
)

const audienceHelp = `--to NODE,... shares it with these nodes only: numbers of 'starling neighbours'
or node ids; to others it does not exist. They find it by words while they are
neighbours of this node; from further away they browse it and fetch by id.

--hidden lets nobody find or list it, and serves it to whoever knows a content
id. Ids are no secrets: whoever fetches one asks the network for it.`

// audienceFlags are those that say with whom a folder is shared.
type audienceFlags struct {
	cmd      *cobra.Command
	to       []string
	hidden   bool
	everyone bool // of 'share set' alone
}

func (f *audienceFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().StringSliceVar(&f.to, "to", nil, "share it with these nodes only: numbers of 'starling neighbours' or node ids, with commas")
	cmd.Flags().BoolVar(&f.hidden, "hidden", false, "let nobody find or list it, and serve it to whoever knows a content id (not about hidden files: those are never shared)")
}

// check refuses more than one choice; it names those that the command has.
func (f *audienceFlags) check() error {
	var names []string
	chosen := 0
	for _, name := range []string{"everyone", "to", "hidden"} {
		if flag := f.cmd.Flags().Lookup(name); flag != nil {
			names = append(names, "--"+name)
			if flag.Changed {
				chosen++
			}
		}
	}
	if chosen > 1 {
		return usageError("choose one of %s; see '%s --help'", joined(names, "and"), f.cmd.CommandPath())
	}
	return nil
}

// audience asks the node which nodes are meant, before anything is shown or asked.
func (f *audienceFlags) audience(ctx context.Context, c *node.Client) (node.Audience, error) {
	if err := f.check(); err != nil {
		return node.Audience{}, err
	}
	switch {
	case f.hidden:
		return node.Audience{Kind: "id"}, nil
	case f.everyone:
		return node.Audience{Kind: "everyone"}, nil
	case !f.cmd.Flags().Changed("to"):
		return node.Audience{}, nil
	}
	nodes, err := c.NodesNamed(ctx, f.to)
	with := node.Audience{Kind: "nodes"}
	for _, n := range nodes {
		with.Nodes = append(with.Nodes, n.ID)
	}
	return with, err
}

// standing is whom a folder that is shared already is shared with, where nothing else is asked for: the question is about them. Asked for
// others, it says with whom it is shared now.
func standing(ctx context.Context, c *node.Client, add addition) (node.Audience, error) {
	shares, err := c.Shares(ctx)
	if err != nil {
		return add.with, err
	}
	path := add.resolved()
	for _, s := range shares {
		inner := add.collection && strings.HasPrefix(path, s.Path+string(filepath.Separator))
		if s.Path != path && !inner {
			continue
		}
		if add.with.Kind != "" && !sameAudience(add.with, s.Audience) {
			return add.with, otherAudience(s, path)
		}
		if s.Kind == "nodes" || s.Kind == "id" {
			return s.Audience, nil
		}
		break
	}
	return add.with, nil
}

func otherAudience(s node.Share, path string) error {
	set := "starling share set " + node.QuoteArg(s.Name)
	if s.Path != path {
		return usageError("%s lies in %q, shared with %s; '%s' with --everyone, --to or --hidden changes that for all of it", node.Display(path),
			node.Display(s.Name), withWhom(s.Audience), set)
	}
	return usageError("%s is shared as %q with %s; '%s' with --everyone, --to or --hidden changes that", node.Display(path), node.Display(s.Name),
		withWhom(s.Audience), set)
}

func sameAudience(a, b node.Audience) bool {
	return cmp.Or(a.Kind, "everyone") == cmp.Or(b.Kind, "everyone") && slices.Equal(slices.Sorted(slices.Values(a.Nodes)), slices.Sorted(slices.Values(b.Nodes)))
}

func (a *app) shareSetCommand() *cobra.Command {
	var with audienceFlags
	cmd := &cobra.Command{
		Use:   "set NAME|DIR --everyone | --to NODE,... | --hidden",
		Short: "Change with whom a shared folder is shared",
		Long: "Change with whom a shared folder is shared. It holds at once: who may not have\n" +
			"it any more finds and browses nothing of it from now on, and uploads end within\n" +
			"seconds. What was fetched before cannot be taken back.\n\n" + audienceHelp,
		Args: exactlyOne("name one shared folder; 'starling share ls' lists them"),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			to, err := with.audience(ctx, c)
			if err != nil {
				return err
			}
			if to.Kind == "" {
				return usageError("say with whom: --everyone, --to NODE,... or --hidden")
			}
			name, err := a.shareNamed(ctx, c, args[0])
			if err != nil {
				return err
			}
			share, err := c.SetAudience(ctx, name, to)
			if err != nil || a.json {
				return firstError(err, func() error { return a.emit(share) })
			}
			a.sayf("%s %s with %s; %s", green.in(a.talk, "sharing"), node.Display(share.Path), withWhom(share.Audience), reachedHow(share.Audience))
			return nil
		}),
	}
	with.add(cmd)
	cmd.Flags().BoolVar(&with.everyone, "everyone", false, "share it with everyone in the network")
	return cmd
}

// shareQuestion names those who would have the folder.
func shareQuestion(with node.Audience) string {
	switch with.Kind {
	case "nodes":
		return fmt.Sprintf("Share this folder with %s: %s?", withWhom(with), node.Display(shortNodes(with.Nodes)))
	case "id":
		return "Share this folder with everyone who knows the content id of a file in it?"
	}
	return "Share this folder with everyone in the network?"
}

// withWhom fits behind "with".
func withWhom(with node.Audience) string {
	switch with.Kind {
	case "nodes":
		return plural(len(with.Nodes), "node")
	case "id":
		return "everyone who knows a content id"
	case "", "everyone":
		return "everyone"
	}
	return "nobody" // a word of a later version
}

// reachedHow says how those who may have it come by it.
func reachedHow(with node.Audience) string {
	switch with.Kind {
	case "nodes":
		return "names can be searched by those of them that are neighbours, and browsed by all of them, once they are hashed"
	case "id":
		return "nothing of it is found or listed; 'starling link' makes links of it once it is hashed"
	}
	return "names can be searched once they are hashed"
}

// seenBy says who will see a folder that is shared under a name.
func seenBy(with node.Audience, name string) string {
	switch with.Kind {
	case "nodes":
		return fmt.Sprintf("%s will see them in %q", plural(len(with.Nodes), "node"), name)
	case "id":
		return "nobody will find or list them; whoever knows a content id gets the file"
	}
	return fmt.Sprintf("others will see them in %q", name)
}

// nowHad says how files that are hashed can be had; it goes on a line.
func nowHad(with node.Audience) string {
	switch with.Kind {
	case "nodes":
		return " can be found by " + plural(len(with.Nodes), "node")
	case "id":
		return "; 'starling link FILE' makes links"
	}
	return " can be found"
}

// audienceNote is the audience in a list.
func audienceNote(with node.Audience) string {
	if with.Kind == "id" {
		return "by id only"
	}
	return withWhom(with)
}
