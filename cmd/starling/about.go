package main

import (
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"starling/config"
	"starling/node"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			build := node.BuildInfo()
			if a.json {
				return a.emit(build)
			}
			fmt.Fprintf(a.out, "starling %s\n", build.Version)
			fmt.Fprintf(a.out, "%s %s/%s, libp2p %s\n", build.Go, runtime.GOOS, runtime.GOARCH, build.Libp2p)
			return nil
		},
	}
}

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Show the configuration, or write a file to start from"}
	show := &cobra.Command{Use: "show", Short: "Show every setting as it holds", Args: cobra.NoArgs}
	origin := show.Flags().Bool("origin", false, "also show where each value comes from")
	addNode(show.Flags())
	show.RunE = func(*cobra.Command, []string) error { return a.showConfig(*origin) }
	return withCommands(cmd, show,
		&cobra.Command{Use: "path", Short: "Print where the configuration file is looked for", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return a.withConfigPath(a.printPath) }},
		&cobra.Command{Use: "init", Short: "Write a configuration file with every setting explained", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return a.withConfigPath(a.initConfig) }})
}

func (a *app) showConfig(withOrigin bool) error {
	loaded, err := a.settings.load()
	if err != nil {
		return err
	}
	if a.json {
		return emitAll(a, loaded.Show())
	}
	t := table{columns: []column{{"key", false}, {"value", false}, {"from", false}}}
	for _, s := range loaded.Show() {
		from := ""
		if withOrigin {
			from = a.origin(s.Origin)
		}
		t.add(s.Key, node.Display(s.Value), from)
	}
	t.print(a.out)
	return nil
}

func (a *app) origin(o config.Origin) string {
	if o.Kind == config.FromDefault {
		return dim.in(a.out, o.String())
	}
	return node.Display(o.String())
}

func (a *app) withConfigPath(use func(string) error) error {
	path, err := config.Path(a.settings.flags)
	if err != nil {
		return err
	}
	return use(filepath.Clean(path))
}

func (a *app) printPath(path string) error {
	if a.json {
		return a.emit(map[string]string{"path": path})
	}
	_, err := fmt.Fprintln(a.out, path)
	return err
}

func (a *app) initConfig(path string) error {
	if err := config.Init(path); err != nil {
		return err
	}
	a.sayf("written: %s", node.Display(path))
	return nil
}
