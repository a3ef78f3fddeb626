package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"starling/node"
)

func (a *app) rowsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rows [SEARCH]",
		Short: "Show the rows of the last search again, or of an earlier one (S2)",
		Args:  cobra.MaximumNArgs(1),
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			rows, err := c.Rows(ctx, append(args, "")[0])
			if err != nil || a.json {
				return firstError(err, func() error { return emitAll(a, rows) })
			}
			if len(rows) == 0 {
				a.sayf("that search found nothing")
				return silent(exitNothing)
			}
			a.printRows(rows)
			return nil
		}),
	}
}

func (a *app) printRows(rows []node.Hit) {
	if a.out.terminal {
		fmt.Fprintln(a.out, hitTitles(a.out))
	}
	for _, row := range rows {
		fmt.Fprintln(a.out, hitLine(a.out, row))
	}
}
