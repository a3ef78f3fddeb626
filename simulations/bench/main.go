package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "child-") {
		runChild(os.Args[1], os.Args[2:])
		return
	}
	size := flag.String("size", "1G", "size of the file, as 256M or 1G")
	rounds := flag.Int("rounds", 5, "rounds; the median of each column counts")
	memory := flag.String("dir", memoryDir(), "folder for the rounds that are judged")
	disk := flag.String("disk", "", "folder on a real file system, for rounds printed besides")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *size, *rounds, *memory, *disk); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// memoryDir is Linux's memory file system, or the folder for temporary files.
func memoryDir() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

func run(ctx context.Context, sizeText string, rounds int, memory, disk string) error {
	size, err := parseSize(sizeText)
	if err != nil {
		return err
	}
	tools, err := os.MkdirTemp("", "starling-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tools)
	binary := filepath.Join(tools, "starling")
	fmt.Fprintln(os.Stderr, "building starling")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/starling").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	fmt.Printf("%s on %d CPUs, %s/%s, %d MiB a transfer, %d rounds\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, size>>20, rounds)
	for _, dir := range []string{memory, disk} {
		if dir == "" {
			continue
		}
		if err := measure(ctx, binary, dir, size, rounds); err != nil {
			return err
		}
	}
	return nil
}

// measure runs the rounds in one folder and prints their table.
func measure(ctx context.Context, binary, dir string, size int64, rounds int) error {
	work, err := os.MkdirTemp(dir, "starling-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	source := filepath.Join(work, "source", "file.bin")
	if err := randomFile(source, size); err != nil {
		return err
	}
	contenders := []contender{newHTTP(work, source), newBare(work, source), newStarling(binary, work, source)}
	for _, c := range contenders {
		if err := c.start(ctx); err != nil {
			return fmt.Errorf("start %s: %w", c.name(), err)
		}
		defer c.stop()
	}
	table := newTable(dir, size)
	for round := range rounds {
		for _, c := range contenders {
			r, err := c.transfer(ctx, round)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, c.name(), err)
			}
			table.add(c.name(), r)
			fmt.Fprintf(os.Stderr, "round %d  %-22s %6.2f s\n", round+1, c.name(), r.elapsed.Seconds())
		}
	}
	table.print(os.Stdout)
	return nil
}

// contender is one way to move the file.
type contender interface {
	name() string
	start(ctx context.Context) error
	transfer(ctx context.Context, round int) (result, error)
	stop()
}

func randomFile(path string, size int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyN(f, rand.Reader, size)
	return err
}

func parseSize(s string) (int64, error) {
	if s == "" {
		return 0, fmt.Errorf("no size: write it as 256M or 1G")
	}
	shift := map[byte]uint{'K': 10, 'M': 20, 'G': 30}[s[len(s)-1]]
	digits := s
	if shift > 0 {
		digits = s[:len(s)-1]
	}
	n, err := strconv.ParseInt(digits, 10, 40)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no size: write it as 256M or 1G", s)
	}
	return n << shift, nil
}
