package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"starling/config"
)

// settings finds the configuration of one command line: the file, the environment and the flags of that command.
type settings struct {
	flags  *pflag.FlagSet
	loaded *config.Config
}

// load reads the configuration once. What is wrong with it is a mistake of usage.
func (s *settings) load() (*config.Config, error) {
	if s.loaded == nil {
		loaded, err := config.Load(s.flags)
		if err != nil {
			return nil, &exitError{code: exitUsage, err: fmt.Errorf("configuration: %w", err)}
		}
		s.loaded = loaded
	}
	return s.loaded, nil
}

func (s *settings) stateDir() (string, error) {
	loaded, err := s.load()
	if err != nil {
		return "", err
	}
	return loaded.Node.StateDir, nil
}

// pinned are the same settings for a command line that brings no flags of its own, as the lines of the prompt.
func (s *settings) pinned() *settings { return &settings{flags: s.flags, loaded: s.loaded} }

// addGlobal defines the flags that every command has.
func (a *app) addGlobal(flags *pflag.FlagSet) {
	flags.String("state", "", "folder of this node's state; each running node needs its own")
	flags.String("config", "", "configuration file")
	flags.BoolVar(&a.json, "json", a.json, "print data as JSON, one object a line")
	flags.CountVarP(&a.verbose, "verbose", "v", "log more")
	flags.String("log-format", "text", "text or json")
}

// addNode defines the flags of the commands that start a node; their values reach it through the configuration.
func addNode(flags *pflag.FlagSet) {
	flags.String("downloads", "", "folder for fetched files")
	flags.StringSlice("listen", nil, "multiaddr to listen on (repeatable)")
	flags.StringSlice("connect", nil, "node to join: a multiaddr, HOST or HOST:PORT (repeatable)")
	flags.Bool("lan", true, "find nodes on the local network by multicast DNS")
	flags.Bool("seed", true, "serve what is fetched to others who know its content id")
	flags.Bool("static-mesh", false, "keep only the neighbours named by --connect and those that connect to us")
}
