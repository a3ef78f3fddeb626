package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"starling/node"
)

// withCommands gives a command its own commands. Alone it prints its help; a word that is none of them is a mistake, so that a typing error
// never looks like success.
func withCommands(cmd *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(commands...)
	var names []string
	for _, c := range commands {
		names = append(names, c.Name())
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError("'%s' has no command %q; %s", cmd.Name(), node.Display(args[0]), either(names))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// either joins words as "add, ls or rm".
func either(words []string) string { return joined(words, "or") }

// joined joins words with commas, and the last with a word of its own.
func joined(words []string, with string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return fmt.Sprintf("%s %s %s", strings.Join(words[:last], ", "), with, words[last])
}
