package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"starling/node"
)

const catHelp = `Write a file to stdout, in order, as its parts arrive and are verified.

  starling cat 3 | mpv -             row 3 of the last search
  starling cat 0123456789ab >file    a content id, or the beginning of one a search has shown
  starling cat 3 --range 0-999       the first 1,000 bytes; 1000- is all after them, -500 the last 500

What is shared or fetched already is read from the disk, and a download under way fetches first what is
read here. Anything else is fetched into a cache in the state folder (at most 16 GiB, for files up to that
size), which is removed when nobody has read it for 10 seconds: use 'starling get' for what is to stay.
A collection is no one file: its files are read one by one. For players that jump, 'starling play' prints an address.`

const playHelp = `Print an address from which a player can play a file while it downloads, jumps included.

  mpv "$(starling play 3)"
  vlc "$(starling play 3)"

The address works on this machine only, for this file only, and for reading only; it holds a secret and is
good until the node stops or nobody has used it for 12 hours. A file that is neither shared nor fetched is
kept in a cache while it is played and for 10 minutes after.`

func (a *app) catCommand() *cobra.Command {
	part := ""
	cmd := &cobra.Command{
		Use:   "cat TARGET",
		Short: "Write a file to stdout while it arrives",
		Long:  catHelp,
		Args:  oneTarget,
	}
	cmd.Flags().StringVar(&part, "range", "", "only these bytes: FIRST-LAST, FIRST- or -COUNT, counted from 0")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if part != "" && !rangePattern.MatchString(part) {
			return usageError("--range %q: use FIRST-LAST (0-999), FIRST- or -COUNT, in bytes counted from 0", part)
		}
		return nil
	}
	cmd.RunE = a.withClient(func(ctx context.Context, c *node.Client, args []string) error { return a.cat(ctx, c, args[0], part) })
	return cmd
}

var rangePattern = regexp.MustCompile(`^(\d{1,15}-\d{0,15}|-\d{1,15})$`)

func oneTarget(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError("name one row of a search (3, S2.3), content id or magnet link")
	}
	return nil
}

func (a *app) playCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "play TARGET",
		Short: "Print an address for players: the file plays while it downloads",
		Long:  playHelp,
		Args:  oneTarget,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			p, err := c.Play(ctx, args[0])
			if err != nil || a.json {
				return firstError(err, func() error { return a.emit(p) })
			}
			fmt.Fprintln(a.out, p.URL)
			return nil
		}),
	}
}

// catBuffer is one chunk group of most files.
const catBuffer = 256 << 10

func (a *app) cat(ctx context.Context, c *node.Client, target, part string) error {
	began := new(atomic.Bool)
	telling, quiet := context.WithCancel(ctx)
	defer quiet()
	go a.tellWait(telling, c, began)
	content, err := c.Content(ctx, target, part)
	if err != nil {
		return err
	}
	defer content.Close()
	buffer, screen := make([]byte, catBuffer), textGuard{}
	for {
		n, err := content.Read(buffer)
		if n > 0 {
			began.Store(true)
			if a.out.terminal && !screen.passes(buffer[:n]) {
				return fmt.Errorf("%s is not text: it would spoil the terminal; send it to a file or a program, as in 'starling cat %s >FILE'", node.Display(content.Name), target)
			}
			if _, err := a.out.Write(buffer[:n]); err != nil {
				return readerGone(err)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// textGuard tells text from what a terminal would obey: a stranger's file could write to the clipboard, or over what is on the screen.
type textGuard struct{ last byte }

// passes looks at the next piece: tabs and ends of lines are the only control characters of a text.
func (g *textGuard) passes(piece []byte) bool {
	for _, b := range piece {
		control := b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' || b == 0x7f
		if second := g.last == 0xc2 && b >= 0x80 && b < 0xa0; control || second { // U+0080 to U+009F
			return false
		}
		g.last = b
	}
	return true
}

// readerGone: the other end of a pipe has had enough, as head does. That is no failure.
func readerGone(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// tellEvery is how often somebody who waits for the first byte hears why.
const tellEvery = 3 * time.Second

// tellWait says on stderr what the first byte waits for.
func (a *app) tellWait(ctx context.Context, c *node.Client, began *atomic.Bool) {
	look := time.NewTicker(tellEvery)
	defer look.Stop()
	last := ""
	for !began.Load() {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		downloads, err := c.Downloads(ctx)
		if err != nil || began.Load() {
			return
		}
		for _, d := range slices.Backward(downloads) {
			if !d.Cached || d.Final() {
				continue
			}
			if said := waitsFor(d); said != last && said != "" { // the newest cached one is ours
				a.sayf("%s", said)
				last = said
			}
			break
		}
	}
}
