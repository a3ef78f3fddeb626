package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"starling/node"
)

const verifyHelp = `Read shared and fetched files again and compare them, part by part, with what was hashed.

  starling share verify                all that is shared or fetched
  starling share verify music          one shared folder, by name or number
  starling share verify music/live/    a folder in it, or one file

A file that nobody has written to and whose bytes are others nevertheless is damaged: it is not served any more, so that nobody is sent wrong
bytes, until 'starling repair' has put it right. If it was a program of yours that changed it and set its time back, 'touch' the file: it is then
shared as a new one. Files that were written to since they were hashed count as changed and are hashed again as usual.

Exit code 6 when something is damaged, 1 when something cannot be read, 0 when all is well. Ctrl-C stops; what was found until then stays marked.`

func (a *app) shareVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify [NAME|DIR|FILE]...",
		Short: "Look for damage: read shared files again and compare them with what was hashed",
		Long:  verifyHelp,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			targets, err := verifyTargets(ctx, c, args)
			return firstError(err, func() error { return a.verify(ctx, c, targets) })
		}),
	}
}

// verifyTargets turns names and numbers of shared folders, and paths, into absolute paths.
func verifyTargets(ctx context.Context, c *node.Client, words []string) (targets []string, err error) {
	if len(words) == 0 {
		return nil, nil
	}
	shares, err := c.Shares(ctx)
	if err != nil {
		return nil, err
	}
	for _, word := range words {
		i := slices.IndexFunc(shares, func(s node.Share) bool { return s.Name == word || strconv.Itoa(s.N) == word })
		if i >= 0 {
			targets = append(targets, shares[i].Path)
			continue
		}
		path, err := absolute(word)
		if err != nil {
			return nil, err
		}
		targets = append(targets, path)
	}
	return targets, nil
}

func (a *app) verify(ctx context.Context, c *node.Client, targets []string) error {
	v := &verifyView{app: a}
	for e, err := range c.Verify(ctx, targets) {
		switch {
		case err != nil && ctx.Err() != nil:
			v.clear()
			return v.stopped()
		case err != nil:
			v.clear()
			return err
		case e.File != nil:
			v.files = append(v.files, *e.File)
		default:
			v.last = *e.Counts
		}
		if err := v.take(e); err != nil {
			return err
		}
	}
	return v.ended()
}

// A verifyView shows a verification: a line that is redrawn on a terminal, one now and then elsewhere, JSON lines with --json.
type verifyView struct {
	app   *app
	files []node.VerifiedFile
	last  node.VerifyCounts
	told  time.Time
	drawn bool
}

func (v *verifyView) take(e node.VerifyEvent) error {
	a := v.app
	switch {
	case a.json && e.File != nil:
		return a.emit(e.File)
	case a.json:
		return a.emit(e.Counts)
	case e.Counts == nil || e.Counts.Type != "progress":
	case a.talk.terminal:
		v.clear()
		fmt.Fprint(a.talk, cutPainted(verifyLine(*e.Counts), a.talk.width()-1))
		v.drawn = true
	case v.told.IsZero():
		v.told = time.Now()
	case time.Since(v.told) >= plainStep:
		v.told = time.Now()
		a.sayf("%s", verifyLine(*e.Counts))
	}
	return nil
}

func (v *verifyView) clear() {
	if v.drawn {
		fmt.Fprint(v.app.talk, "\r\x1b[K")
		v.drawn = false
	}
}

func verifyLine(c node.VerifyCounts) string {
	line := fmt.Sprintf("%4s  %s of %s  %10s", percent(c.Bytes, c.BytesAll), humanSize(c.Bytes), humanSize(c.BytesAll), humanRate(c.Rate))
	if c.ETAMS >= 0 {
		line += "  " + aboutLeft(milliseconds(c.ETAMS))
	}
	if c.Damaged > 0 {
		line += fmt.Sprintf("  %d damaged", c.Damaged)
	}
	return line + "  " + node.Display(c.Path)
}

// ended prints what was found.
func (v *verifyView) ended() error {
	v.clear()
	if !v.app.json {
		v.table()
		v.app.sayf("%s", v.summary())
		if v.last.Damaged > 0 {
			v.app.sayf("damaged files are not served any more; 'starling repair --all' fetches what is wrong with them from the network")
		}
	}
	switch {
	case v.last.Damaged > 0:
		return silent(exitVerification)
	case v.last.Unreadable > 0:
		return silent(exitFailed)
	}
	return nil
}

func (v *verifyView) stopped() error {
	v.table()
	v.app.sayf("stopped after %s of %s and %s of %s: %d damaged so far", grouped(v.last.Files), plural(v.last.FilesAll, "file"),
		humanSize(v.last.Bytes), humanSize(v.last.BytesAll), v.last.Damaged)
	return silent(exitInterrupted)
}

func (v *verifyView) summary() string {
	c := v.last
	took := milliseconds(c.ElapsedMS)
	line := fmt.Sprintf("verified %s, %s in %s", plural(c.Files, "file"), humanSize(c.Bytes), humanDuration(took))
	if took >= time.Second {
		line += " (" + humanRate(int64(float64(c.Bytes)/took.Seconds())) + ")"
	}
	line += fmt.Sprintf(": %s ok", grouped(c.OK))
	for _, part := range []struct {
		n    int
		word string
		in   paint
	}{{c.Damaged, "damaged", red}, {c.Unreadable, "unreadable", red}, {c.Changed, "changed since and hashed again", yellow}} {
		if part.n > 0 {
			line += ", " + part.in.in(v.app.talk, grouped(part.n)+" "+part.word)
		}
	}
	return line
}

// table lists what is damaged or cannot be read.
func (v *verifyView) table() {
	if v.app.json {
		return
	}
	t := table{columns: []column{{"state", false}, {"bad groups", true}, {"file", false}}, whole: true}
	for _, f := range v.files {
		if f.Type == "changed" {
			continue
		}
		t.add(red.in(v.app.out, f.Type), fmt.Sprintf("%d of %d", f.BadGroups, f.Groups), node.Display(f.Path))
		if f.Reason != "" {
			t.note(dim.in(v.app.out, node.Display(f.Reason)))
		}
	}
	t.print(v.app.out)
}
