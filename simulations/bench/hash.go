package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/zeebo/blake3"
	"golang.org/x/sync/errgroup"

	"starling/share"
)

const hashRounds = 5

// hashedFiles is a mixture of sizes as in people's folders, 2 GiB in all.
var hashedFiles = []struct {
	count int
	size  int64
}{{1, 1 << 30}, {24, 32 << 20}, {240, 1 << 20}, {1024, 16 << 10}}

var (
	rateGB   = quantity{"rate", "GB/s", 2}
	overB3   = quantity{"rate ÷ b3sum", "", 2}
	overZeeb = quantity{"rate ÷ zeebo/blake3", "", 2}
)

// A hasher reads all files of a folder with so many threads.
type hasher struct {
	title   string
	threads int
	command func(b *bench, dir string, files []string) []string
}

func (h *hasher) name() string { return fmt.Sprintf("%s, %d threads", h.title, h.threads) }

func (h *hasher) missing() string {
	if h.title == "b3sum" {
		return notInstalled("b3sum")
	}
	return ""
}

// hash measures how fast a folder is hashed that comes to be shared.
func (b *bench) hash(ctx context.Context, t *table) error {
	st, err := b.newStage(b.work, "hash")
	if err != nil {
		return err
	}
	defer st.clear()
	dir := filepath.Join(st.dir, "shared")
	files, total, err := mixedFiles(dir)
	if err != nil {
		return err
	}
	t.note("%d files, %d MiB in all, from %s; starling also makes the manifests and remembers all in its catalog", len(files), total>>20, b.memory)
	var all []*hasher
	for _, threads := range []int{1, 2} {
		all = append(all, &hasher{"b3sum", threads, b3sumCommand(threads)},
			&hasher{"zeebo/blake3", threads, childCommand("child-hash-zeebo", threads)}, &hasher{"starling", threads, childCommand("child-hash-share", threads)})
	}
	rates := make(map[string]float64) // of this round
	return inTurn(ctx, t, b.roundsOr(hashRounds), present(t, all...), func(h *hasher, round int) error {
		words := h.command(b, dir, files)
		cmd := exec.CommandContext(ctx, words[0], words[1:]...)
		cmd.Stderr = os.Stderr
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return err
		}
		took := time.Since(began)
		rate := float64(total) / 1e9 / took.Seconds()
		b.say("hash, round %d  %-24s %5.2f GB/s", round+1, h.name(), rate)
		rates[h.name()] = rate
		t.add(h.name(), rateGB, rate)
		for title, q := range map[string]quantity{"b3sum": overB3, "zeebo/blake3": overZeeb} {
			if base := rates[(&hasher{title: title, threads: h.threads}).name()]; base > 0 {
				t.add(h.name(), q, rate/base)
			}
		}
		return nil
	})
}

func mixedFiles(dir string) (files []string, total int64, err error) {
	for _, kind := range hashedFiles {
		for i := range kind.count {
			path := filepath.Join(dir, strconv.FormatInt(kind.size>>10, 10)+" KiB", fmt.Sprintf("%04d.bin", i))
			if err := randomFile(path, kind.size); err != nil {
				return nil, 0, err
			}
			// As a file that has been there for a while.
			past := time.Now().Add(-time.Hour)
			if err := os.Chtimes(path, past, past); err != nil {
				return nil, 0, err
			}
			files, total = append(files, path), total+kind.size
		}
	}
	return files, total, nil
}

func b3sumCommand(threads int) func(*bench, string, []string) []string {
	return func(_ *bench, _ string, files []string) []string {
		return append([]string{"b3sum", "--num-threads", strconv.Itoa(threads)}, files...)
	}
}

func childCommand(part string, threads int) func(*bench, string, []string) []string {
	return func(b *bench, dir string, _ []string) []string {
		return []string{"env", fmt.Sprint("GOMAXPROCS=", threads), os.Args[0], part, dir, strconv.Itoa(threads), b.work}
	}
}

// hashShare shares a folder and waits until all of it is hashed.
func hashShare(dir, threads, work string) error {
	readers, err := strconv.Atoi(threads)
	if err != nil {
		return err
	}
	state, err := os.MkdirTemp(work, "library-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(state)
	l, err := share.Open(share.Options{Dir: state, HashReaders: readers, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := l.AddRoot(context.Background(), dir); err != nil {
		return errors.Join(err, l.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	select {
	case <-l.Ready():
	case err := <-ended:
		return errors.Join(err, l.Close())
	}
	stop()
	return errors.Join(<-ended, l.Close())
}

// hashZeebo hashes every file of a folder with another library.
func hashZeebo(dir, threads string) error {
	readers, err := strconv.Atoi(threads)
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(readers)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			group.Go(func() error { return sumZeebo(path) })
		}
		return err
	})
	return errors.Join(err, group.Wait())
}

func sumZeebo(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := blake3.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, copyBuffer))
	return err
}
