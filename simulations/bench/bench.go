package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// bench is one run of the command.
type bench struct {
	settings
	work  string // on the memory file system
	tools string // for programs and scripts: others may be mounted noexec
}

// A section measures one thing.
type section struct {
	name, title string
	// missing says why the section cannot run here; empty: it can.
	missing func() string
	run     func(*bench, context.Context, *table) error
}

var sections = []section{
	{"single", "one file, one source", anywhere, (*bench).single},
	{"swarm", "one seed, eight receivers, every uplink 4 MiB/s", anywhere, (*bench).swarm},
	{"sources", "one receiver, more and more sources of 4 MiB/s", anywhere, (*bench).sources},
	{"small", "a folder of 10,000 small files", anywhere, (*bench).small},
	{"link", "one file over links of 1 and 10 Gbit/s", needsNamespaces, (*bench).link},
	{"search", "first hit beside transfers that fill every link", needsNamespaces, (*bench).search},
	{"hash", "2 GiB of mixed files come to be shared", anywhere, (*bench).hash},
	{"restart", "a node starts again with a large folder that has not changed", anywhere, (*bench).restart},
	{"hostile", "some of the sources lie", anywhere, (*bench).hostile},
}

func anywhere() string { return "" }

// choose returns the sections of -only in their own order, or all.
func choose(only string) ([]section, error) {
	if only == "" {
		return sections, nil
	}
	names := strings.Split(only, ",")
	var out []section
	for _, s := range sections {
		if slices.Contains(names, s.name) {
			out = append(out, s)
		}
	}
	if len(out) < len(slices.Compact(slices.Sorted(slices.Values(names)))) {
		var known []string
		for _, s := range sections {
			known = append(known, s.name)
		}
		return nil, &usageError{fmt.Errorf("-only %s: the sections are %s", only, strings.Join(known, ", "))}
	}
	return out, nil
}

func run(ctx context.Context, args []string) error {
	s, err := parseFlags(args)
	if err != nil {
		return err
	}
	chosen, err := choose(s.only)
	if err != nil {
		return err
	}
	b := &bench{settings: s}
	if b.work, err = os.MkdirTemp(b.memory, "sbench-"); err != nil { // short: paths of sockets are
		return err
	}
	defer os.RemoveAll(b.work)
	if b.tools, err = os.MkdirTemp("", "sbench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.tools)
	if err := b.build(ctx); err != nil {
		return err
	}
	return b.runAll(ctx, chosen)
}

// runAll prints each section's table when it is there. A section that fails does
// not keep the others from running.
func (b *bench) runAll(ctx context.Context, chosen []section) error {
	report := newReport()
	fmt.Printf("%s on %d CPUs, %s\n", report.Go, report.CPUs, report.System)
	var failed error
	for _, s := range chosen {
		t := &table{Name: s.name, Title: s.title}
		report.Tables = append(report.Tables, t)
		if why := s.missing(); why != "" {
			t.leaveOut("all of it: %s", why)
		} else if err := s.run(b, ctx, t); err != nil {
			if ctx.Err() != nil {
				failed = errors.Join(failed, errors.New("interrupted"))
				break
			}
			var told *toldError
			if !errors.As(err, &told) {
				t.leaveOut("what came after a failure: %v", err)
			}
			failed = errors.Join(failed, fmt.Errorf("%s: %w", s.name, err))
		}
		t.print(os.Stdout)
	}
	if b.json != "" {
		return errors.Join(failed, report.write(b.json))
	}
	return failed
}

func (b *bench) build(ctx context.Context) error {
	if b.binary != "" {
		path, err := filepath.Abs(b.binary)
		b.binary = path
		return err
	}
	b.binary = filepath.Join(b.tools, "starling")
	b.say("building starling")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "./cmd/starling").CombinedOutput(); err != nil {
		return fmt.Errorf("build (run this from the root of the repository): %w\n%s", err, out)
	}
	return nil
}

// say reports progress, apart from what is found.
func (b *bench) say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// notInstalled names the first program that is not there; empty: all are.
func notInstalled(programs ...string) string {
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			return name + " is not installed"
		}
	}
	return ""
}
