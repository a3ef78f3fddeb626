package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "child-") {
		runChild(os.Args[1], os.Args[2:])
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	var bad *usageError
	switch {
	case errors.As(err, &bad):
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

// settings are the flags.
type settings struct {
	only         string
	size         int64 // of the file of single; of other sections where it is given
	sizeGiven    bool
	rounds       int // 0: each section's own number
	memory, disk string
	json         string
	binary       string // of a starling built before
	tree         string // that restart shares
}

func parseFlags(args []string) (s settings, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&s.only, "only", "", "sections, as single,swarm; without it all that can run here")
	size := flags.String("size", "", "size of the file, as 256M or 1G; without it each section's own")
	flags.IntVar(&s.rounds, "rounds", 0, "rounds; the median counts. Without it each section's own number")
	flags.StringVar(&s.memory, "dir", memoryDir(), "folder to work in, on a memory file system so that the disk does not decide")
	flags.StringVar(&s.disk, "disk", "", "folder on a real file system: single runs there as well")
	flags.StringVar(&s.json, "json", "", "file to write all values to, as JSON")
	flags.StringVar(&s.binary, "starling", "", "the program to measure; without it it is built from this tree")
	flags.StringVar(&s.tree, "tree", "", "folder that restart shares, such as /usr; without it 100,000 small files are made")
	if err := flags.Parse(args); err != nil {
		return s, &usageError{err}
	}
	if flags.NArg() > 0 {
		return s, &usageError{fmt.Errorf("%q: there are flags only, see -help", flags.Arg(0))}
	}
	if s.rounds < 0 {
		return s, &usageError{fmt.Errorf("-rounds %d: one or more, or 0 for each section's own number", s.rounds)}
	}
	if *size != "" {
		s.sizeGiven = true
		if s.size, err = parseSize(*size); err != nil {
			return s, &usageError{fmt.Errorf("-size: %w", err)}
		}
	}
	return s, nil
}

// roundsOr is the number of rounds asked for, or a section's own.
func (s settings) roundsOr(own int) int {
	if s.rounds > 0 {
		return s.rounds
	}
	return own
}

func (s settings) sizeOr(own int64) int64 {
	if s.sizeGiven {
		return s.size
	}
	return own
}

// memoryDir is Linux's memory file system, or the folder for temporary files.
func memoryDir() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}
