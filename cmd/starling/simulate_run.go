package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"starling/node"
	"starling/simulations"
	"starling/simulations/report"
	"starling/simulations/scenario"
)

// A simulation performs scenarios for one command line.
type simulation struct {
	app   *app
	flags *simulateFlags
	run   func(context.Context, *scenario.Scenario, func(scenario.Progress)) (*simulations.Result, error)
	flood func(context.Context, *scenario.Scenario, func(scenario.Progress)) (*scenario.Flooding, error)
}

func (a *app) newSimulation(flags *simulateFlags) *simulation {
	return &simulation{app: a, flags: flags, run: scenario.Run, flood: scenario.Flood}
}

// perform is one run: settings, checks, the run, its result.
func (m *simulation) perform(ctx context.Context, name string) error {
	return inputIsUsage(m.tryPerform(ctx, name))
}

func (m *simulation) tryPerform(ctx context.Context, name string) error {
	if m.flags.csv && m.app.json {
		return usageError("--csv and --json are two forms of the same figures: choose one")
	}
	s, err := m.flags.load(name)
	if err != nil {
		return err
	}
	if err := m.prepare(s); err != nil {
		return err
	}
	if m.flags.alone() {
		return m.performFloods(ctx, s)
	}
	result, err := m.runShown(ctx, s)
	if err != nil && ctx.Err() == nil {
		return err
	}
	return errors.Join(m.show(result), err)
}

// prepare checks what a long run must not end with: settings, and a folder that
// cannot be written.
func (m *simulation) prepare(s *scenario.Scenario) error {
	if err := s.Check(); err != nil {
		return err
	}
	for _, note := range s.Notes() {
		m.app.sayf("note: %s", node.Display(note))
	}
	if m.flags.out == "" {
		return nil
	}
	if err := os.MkdirAll(m.flags.out, 0o777); err != nil {
		return fmt.Errorf("make the folder for results: %w", err)
	}
	return nil
}

// runShown runs s with its progress on the screen.
func (m *simulation) runShown(ctx context.Context, s *scenario.Scenario) (*simulations.Result, error) {
	p := m.begin(s)
	defer p.close()
	return m.run(ctx, s, p.take)
}

// begin says on a terminal what the coming figures are about.
func (m *simulation) begin(s *scenario.Scenario) *simulationProgress {
	if m.app.talk.terminal && !m.flags.quiet && !m.app.json && !m.flags.alone() {
		for line := range strings.Lines(strings.TrimSpace(s.About) + "\n") {
			m.app.sayf("%s", dim.in(m.app.talk, node.Display(strings.TrimSuffix(line, "\n"))))
		}
		m.app.sayf("")
	}
	return newSimulationProgress(m.app.talk, s.Name, m.flags.quiet)
}

func (m *simulation) performFloods(ctx context.Context, s *scenario.Scenario) error {
	p := m.begin(s)
	floods, err := m.flood(ctx, s, p.take)
	p.close()
	if err != nil && ctx.Err() == nil {
		return err
	}
	if floods == nil {
		return errors.Join(m.show(nil), err)
	}
	if !m.flags.csv {
		return errors.Join(m.show(floods.Result), err)
	}
	return errors.Join(floods.CSV(m.app.out), m.save(floods.Result), err)
}

// show prints a result, nil when an interrupt left none, and saves it where that
// was asked for.
func (m *simulation) show(result *simulations.Result) error {
	if result == nil {
		m.app.sayf("interrupted before there was anything to show")
		return nil
	}
	return errors.Join(m.app.printResult(result), m.save(result))
}

// printResult writes the JSON document, or tables for a person.
func (a *app) printResult(result *simulations.Result) error {
	if a.json {
		return report.JSON(a.out, result)
	}
	return report.Text(a.out, result, a.out.width())
}

// save keeps a whole result and its pictures; a partial one must not take the place
// of a whole one.
func (m *simulation) save(result *simulations.Result) error {
	switch {
	case m.flags.out == "":
		return nil
	case result.Interrupted:
		m.app.sayf("interrupted: nothing is saved in %s", node.Display(m.flags.out))
		return nil
	}
	path, err := report.Save(m.flags.out, result)
	if err != nil {
		return err
	}
	m.app.sayf("saved %s", node.Display(path))
	return m.app.draw(m.flags.out, result)
}

func (a *app) draw(dir string, result *simulations.Result) error {
	files, err := report.Draw(dir, result)
	for _, file := range files {
		a.sayf("drawn %s", node.Display(file))
	}
	return err
}
