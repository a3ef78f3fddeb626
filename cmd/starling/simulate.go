package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"starling/simulations/scenario"
)

const simulateHelp = `Run networks of up to a million nodes in this process, and see what searches reach and cost there. Most scenarios move
messages between the very routers that nodes run, in virtual time; lan-50 starts whole nodes on this machine.

  starling simulate list                            what there is
  starling simulate churn --nodes 500 --seed 7      run one, with other settings
  starling simulate run my.toml --out results       a file of your own; save the result and draw its charts
  starling simulate report results                  tables and pictures of all that was saved there

The same scenario, settings and seed give the same figures, and every result names the command that gives it again.`

const floodHelp = `Flood queries through a mesh and count: nodes reached and messages, by TTL.

Without flags of its own this is the whole scenario flood. With --sources, --ttl, --duplicates or --csv the floods alone are
measured: one from every source with every TTL, all in a mesh at rest, and the means are printed, or a line for each source.

  starling simulate flood --topology edges.txt --sources 200 --ttl 1-8 --duplicates drop-all --csv

--sources takes how many nodes to pick by the seed (default: as the scenario has it), or a file with one number of the edge list
a line, or a CSV with a column source or source_snap_id. --ttl takes 1-8, 3 or 1,3,5, up to 30. Under drop-all (default) a node
forwards a query once; under larger-ttl again when a copy may travel further. All links take equally long, unless
--set latency.kind=spread or a file of your own says otherwise.`

// simulateFlags are the flags of a run.
type simulateFlags struct {
	flags    *pflag.FlagSet
	nodes    int
	seed     uint64
	topology string
	set      []string
	out      string
	quiet    bool

	sources, ttl, duplicates string
	csv                      bool
}

func (a *app) simulateCommand() *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:               "simulate SCENARIO",
		Short:             "Run a network of very many nodes in this process and see what searches reach and cost",
		Long:              simulateHelp,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.newSimulation(&flags).perform(cmd.Context(), args[0])
		},
	}
	flags.add(cmd.Flags())
	cmd.AddCommand(a.simulateListCommand(), a.simulateRunCommand(), a.simulateFloodCommand(), a.simulateReportCommand())
	return cmd
}

func (a *app) simulateRunCommand() *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:               "run NAME|FILE.toml",
		Short:             "Run a shipped scenario or a file of your own",
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.newSimulation(&flags).perform(cmd.Context(), args[0])
		},
	}
	flags.add(cmd.Flags())
	return cmd
}

func (a *app) simulateFloodCommand() *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:   "flood",
		Short: "How far floods reach and what they cost, on any mesh",
		Long:  floodHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.newSimulation(&flags).perform(cmd.Context(), "flood")
		},
	}
	flags.add(cmd.Flags())
	return cmd
}

func (a *app) simulateListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the shipped scenarios",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.simulateList() },
	}
}

// A listedScenario is one line of the list.
type listedScenario struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Nodes int    `json:"nodes"`
	Shows string `json:"shows"`
}

func (a *app) simulateList() error {
	scenarios, err := scenario.List()
	if err != nil {
		return err
	}
	var lines []listedScenario
	t := table{columns: []column{{"scenario", false}, {"nodes", true}, {"shows", false}}}
	for _, s := range scenarios {
		lines = append(lines, listedScenario{s.Name, s.Kind, s.Nodes, s.Title})
		t.add(s.Name, grouped(s.Nodes), s.Title)
	}
	if a.json {
		return emitAll(a, lines)
	}
	t.print(a.out)
	return nil
}

// oneScenario wants one name.
func oneScenario(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError("name one scenario (%s) or a file of your own that ends in .toml; 'starling simulate list' says what each shows",
			strings.Join(scenario.Names(), ", "))
	}
	return nil
}

func completeScenario(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return scenario.Names(), cobra.ShellCompDirectiveDefault
}

func (f *simulateFlags) add(flags *pflag.FlagSet) {
	f.flags = flags
	flags.IntVar(&f.nodes, "nodes", 0, "number of nodes")
	flags.Uint64Var(&f.seed, "seed", 0, "decides every random choice")
	flags.StringVar(&f.topology, "topology", "", "read the links from this edge list instead: 'from to' a line, plain or gzip")
	flags.StringArrayVar(&f.set, "set", nil, "give a setting of the scenario file another value: key=value (repeatable)")
	flags.StringVar(&f.out, "out", "", "also save the result in this folder and draw its charts there, as PNG and SVG")
	flags.BoolVar(&f.quiet, "quiet", false, "no progress on stderr")
	flags.StringVar(&f.sources, "sources", "", "flood: how many nodes ask, or a file that lists them")
	flags.StringVar(&f.ttl, "ttl", "", "flood: TTLs such as 1-8, 3 or 1,3,5")
	flags.StringVar(&f.duplicates, "duplicates", "", "flood: drop-all or larger-ttl")
	flags.BoolVar(&f.csv, "csv", false, "flood: print a line for each source, as CSV")
}

// load finds a scenario and gives it the settings of the flags.
func (f *simulateFlags) load(name string) (*scenario.Scenario, error) {
	s, err := scenario.Load(name)
	if err != nil {
		return nil, err
	}
	var settings [][3]string // where from, key, value
	given := func(flag, key, value string) {
		if f.flags.Changed(flag) {
			settings = append(settings, [3]string{"--" + flag, key, value})
		}
	}
	given("nodes", "nodes", strconv.Itoa(f.nodes))
	given("seed", "seed", strconv.FormatUint(f.seed, 10))
	given("topology", "topology.kind", "file")
	given("topology", "topology.file", f.topology)
	flooding, err := f.floodSettings(s)
	if err != nil {
		return nil, err
	}
	for _, set := range append(settings, flooding...) {
		if err := s.SetBy(set[0], set[1], set[2]); err != nil {
			return nil, err
		}
	}
	for _, set := range f.set {
		key, value, found := strings.Cut(set, "=")
		if !found {
			return nil, usageError("--set %s: write key=value, such as --set topology.degree=16", set)
		}
		if err := s.Set(strings.TrimSpace(key), value); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// inputIsUsage gives what is wrong with scenarios, settings and the files that
// they name the exit code of a wrong command line, as a wrong configuration has.
func inputIsUsage(err error) error {
	var input *scenario.InputError
	if errors.As(err, &input) {
		return &exitError{code: exitUsage, err: fmt.Errorf("simulate: %w", err)}
	}
	return err
}
