package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"starling/node"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look for what keeps the node from working, and say what to try",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := a.settings.load()
			if err != nil {
				return err
			}
			return a.printChecks(node.Diagnose(cmd.Context(), loaded))
		},
	}
}

// printChecks shows a line for each check; one that fails makes doctor fail.
func (a *app) printChecks(checks []node.Check) error {
	var failed error
	for _, check := range checks {
		if check.Result == "fail" {
			failed = silent(exitFailed)
		}
		if a.json {
			if err := a.emit(check); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.out, "%s  %s  %s\n", padRight(a.state(check.Result), 4), padRight(check.Name, 14), node.Display(check.Found))
		if check.Try != "" {
			fmt.Fprintf(a.out, "%s try: %s\n", padRight("", 21), node.Display(check.Try))
		}
	}
	return failed
}
