package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"starling/node"
	"starling/simulations"
	"starling/simulations/report"
	"starling/simulations/scenario"
)

const reportHelp = `Print the tables of every result saved in a folder by 'starling simulate run --out DIR', and draw each chart and mesh there as
PNG and SVG. With names, those alone.

What is named and not saved there yet is run first, and so are all the shipped scenarios when the folder holds no result at all.`

func (a *app) simulateReportCommand() *cobra.Command {
	flags := simulateFlags{}
	cmd := &cobra.Command{
		Use:   "report DIR [SCENARIO...]",
		Short: "Tables and pictures of the results in a folder",
		Long:  reportHelp,
		Args:  atLeastOne("name the folder with results"),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.out = args[0]
			return inputIsUsage(a.newSimulation(&flags).report(cmd.Context(), args[1:]))
		},
	}
	cmd.Flags().BoolVar(&flags.quiet, "quiet", false, "no progress on stderr")
	return cmd
}

// report prints and draws what is saved in the folder, or named; what is missing
// is run first. A scenario that fails does not keep the others from being shown.
func (m *simulation) report(ctx context.Context, names []string) error {
	saved, err := report.Load(m.flags.out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(names) == 0 && len(saved) == 0 {
		names = scenario.Names()
	}
	missing, err := m.missing(saved, names)
	if err != nil {
		return err
	}
	fresh, failed := m.runMissing(ctx, missing)
	if ctx.Err() != nil {
		return failed
	}
	shown := chosen(append(saved, fresh...), names)
	for i, result := range shown {
		if i > 0 && !m.app.json {
			fmt.Fprintln(m.app.out)
		}
		if err := m.app.printResult(result); err != nil {
			return errors.Join(failed, err)
		}
	}
	for _, result := range shown {
		failed = errors.Join(failed, m.app.draw(m.flags.out, result))
	}
	return failed
}

// missing loads the scenarios that are named and not saved.
func (m *simulation) missing(saved []*simulations.Result, names []string) ([]*scenario.Scenario, error) {
	var missing []*scenario.Scenario
	var words []string
	for _, name := range names {
		if len(chosen(saved, []string{name})) > 0 {
			continue
		}
		s, err := scenario.Load(name)
		if err != nil {
			return nil, err
		}
		if len(chosen(saved, []string{s.Name})) > 0 {
			continue // a file whose result is there
		}
		missing = append(missing, s)
		words = append(words, s.Name)
	}
	if len(words) > 0 {
		m.app.sayf("%s has no results of %s yet: running %s first", node.Display(m.flags.out), strings.Join(words, ", "), itOrThem(len(words)))
	}
	return missing, nil
}

func itOrThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// runMissing runs and saves one scenario after another, until an interrupt.
func (m *simulation) runMissing(ctx context.Context, missing []*scenario.Scenario) ([]*simulations.Result, error) {
	var results []*simulations.Result
	var failed error
	for _, s := range missing {
		result, err := m.runShown(ctx, s)
		if ctx.Err() != nil {
			m.app.sayf("interrupted: what was finished is in %s", node.Display(m.flags.out))
			return results, ctx.Err()
		}
		if err == nil {
			_, err = report.Save(m.flags.out, result)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.Name, err))
			continue
		}
		results = append(results, result)
	}
	return results, failed
}

// chosen are the results of the named scenarios, or of the files so named, in that
// order; all without names.
func chosen(results []*simulations.Result, names []string) []*simulations.Result {
	if len(names) == 0 {
		return results
	}
	var out []*simulations.Result
	for _, name := range names {
		for _, result := range results {
			if result.Scenario == name && !slices.Contains(out, result) {
				out = append(out, result)
			}
		}
	}
	return out
}
