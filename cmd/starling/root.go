package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"starling/node"
)

const rootHelp = `Starling finds and fetches files among the nodes of a network that has no server anywhere.

Without a command it opens a prompt: type words to search, 'get 1' to fetch.

Exit codes: 0 done, 1 failed, 2 usage, 3 no node running, 4 nothing found, 5 timed out, 6 verification failed,
7 no space, 8 refused by the other side, 9 no neighbours, 130 interrupted.`

// helpColumns is how wide the help may be on any screen.
const helpColumns = 80

// rootCommand builds the whole command line anew: cobra keeps flag values in it, so each line of the prompt needs its own.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "starling",
		Short:         "Search and fetch files in a network without servers",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(args)
			}
			return nil
		},
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			if a.settings == nil {
				a.settings = &settings{flags: cmd.Flags()}
			}
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.prompt(cmd.Context()) },
	}
	a.addGlobal(root.PersistentFlags())
	addNode(root.Flags())
	root.Flags().BoolVar(&a.plain, "plain", false, "prompt without redrawing: plain lines in and out")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%w; see '%s --help'", err, cmd.CommandPath())
	})
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.talk)
	a.addCommands(root)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "Flags.FlagUsages |", fmt.Sprintf("Flags.FlagUsagesWrapped %d |", helpColumns)))
	return root
}

func (a *app) addCommands(root *cobra.Command) {
	group := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, cmd := range commands {
			cmd.GroupID = id
			root.AddCommand(cmd)
		}
	}
	group("find", "Find and fetch:", a.searchCommand(), a.rowsCommand(), a.getCommand(), a.catCommand(), a.playCommand(), a.downloadsCommand(), a.uploadsCommand(),
		a.changeCommand(node.Pause, "Pause downloads"), a.changeCommand(node.Resume, "Go on with downloads"),
		a.changeCommand(node.Cancel, "End downloads and remove what they have so far"), a.limitCommand())
	group("share", "Share:", a.shareCommand(), a.browseCommand(), a.linkCommand(), a.repairCommand())
	group("node", "The node and its network:", a.upCommand(), a.downCommand(), a.statusCommand(), a.neighboursCommand(), a.connectCommand(),
		a.inviteCommand(), a.doctorCommand(), a.demoCommand(), a.simulateCommand())
	group("about", "About:", a.configCommand(), a.versionCommand())
	root.SetHelpCommandGroupID("about")
	root.SetCompletionCommandGroupID("about")
}

// unknownCommand helps whoever typed a search where a command belongs.
func unknownCommand(args []string) error {
	return usageError("there is no command %q; to search for it type 'starling search %s', and 'starling --help' lists the commands",
		node.Display(args[0]), node.Display(strings.Join(args, " ")))
}

// execute runs one command line.
func (a *app) execute(ctx context.Context, args []string) error {
	root := a.rootCommand()
	root.SetArgs(shieldExclusions(args))
	err := root.ExecuteContext(ctx)
	var exit *exitError
	if err != nil && !errors.As(err, &exit) && isCobraUsage(err) {
		return &exitError{code: exitUsage, err: err}
	}
	return err
}

// isCobraUsage recognises the errors cobra makes itself, which have no type.
func isCobraUsage(err error) bool {
	text := err.Error()
	for _, start := range []string{"unknown command", "accepts ", "requires ", "if any flags in the group", "required flag"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// run is the program: it performs the command line and returns the exit code. An interrupt or a polite kill cancels the context; a second
// one ends the process at once.
func run(args []string) int {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signals = append(signals, syscall.SIGHUP) // the terminal is gone
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	context.AfterFunc(ctx, stop)
	a := newApp()
	err := a.execute(ctx, args)
	explain(a.talk, err)
	return codeOf(err)
}
