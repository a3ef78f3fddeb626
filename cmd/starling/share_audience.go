package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"starling/node"
)

const audienceHelp = `With whom: without a flag with everyone, who finds it by words and browses it. With --to NODE,... only with these nodes: each is a
number of 'starling neighbours', or a node id as 'starling status' prints it there; others see nothing of it. They find it by words
while they are neighbours of this node; from further away they browse this node and fetch by id. What they have fetched is theirs, and
they may pass it on. With --hidden it is found by no word and listed nowhere, but served to everyone who knows a content id; ids are
no secrets: whoever fetches one asks the network for it. 'starling share set' changes it later.`

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
	cmd.Flags().BoolVar(&f.hidden, "hidden", false, "let nobody find or browse it, and serve it to everyone who knows a content id")
}

// audience asks the node which nodes are meant, before anything is shown or asked.
func (f *audienceFlags) audience(ctx context.Context, c *node.Client) (node.Audience, error) {
	chosen := 0
	for _, flag := range []string{"to", "hidden", "everyone"} {
		if f.cmd.Flags().Changed(flag) {
			chosen++
		}
	}
	if chosen > 1 {
		return node.Audience{}, usageError("choose one of --to, --hidden and --everyone; see '%s --help'", f.cmd.CommandPath())
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

// standing is whom a folder that is shared already is shared with, where nothing else is asked for: the question is about them.
func standing(ctx context.Context, c *node.Client, path string, asked node.Audience) (node.Audience, error) {
	shares, err := c.Shares(ctx)
	for _, s := range shares {
		if s.Path == path && asked.Kind == "" && (s.Kind == "nodes" || s.Kind == "id") {
			return s.Audience, nil
		}
	}
	return asked, err
}

func (a *app) shareSetCommand() *cobra.Command {
	var with audienceFlags
	cmd := &cobra.Command{
		Use:   "set NAME|DIR --everyone | --to NODE,... | --hidden",
		Short: "Change with whom a shared folder is shared",
		Long: "Change with whom a shared folder is shared. It holds at once: who may not have it any more finds and browses nothing of it from now on,\n" +
			"and uploads to it end within seconds. What was fetched before cannot be taken back.\n\n" + audienceHelp,
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
		return fmt.Sprintf("Share this folder with %s: %s?", withWhom(with), node.Display(strings.Join(with.Nodes, ", ")))
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

// audienceNote is the audience in a list.
func audienceNote(with node.Audience) string {
	if with.Kind == "id" {
		return "by id only"
	}
	return withWhom(with)
}
