package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"starling/node"
)

const repairHelp = `Put damaged files right: what is good of them is kept, only the bad parts are fetched, from everyone who has them, and verified.

  starling repair FILE...              files that are shared or were fetched
  starling repair --all                all that 'starling share verify' has found damaged
  starling repair --list               list those
  starling repair FILE --id ID         any file, when you know what it should be: a content id or a magnet link

The new file is put together beside the old one, which needs as much free space, and takes its place in one step when all of it is verified; it
keeps the name and the mode. Until then, and when nobody has the missing parts, the old one stays as it is. A link is never followed. A file
that you change meanwhile is left alone, and so is one of which no part is of that content. A file that is neither shared nor fetched counts as fetched once it is repaired by its id, as with
'starling get'; nothing else becomes public by a repair. A fetched file that is another by now needs its id, too: it may be one that you put there.
Of several files those that cannot be repaired are named, and the others are repaired.
A repair is a download: 'starling downloads' lists it, Ctrl-C leaves it running in the node, 'starling cancel' ends it.`

type repairFlags struct {
	all, list, detach bool
	id                string
}

func (a *app) repairCommand() *cobra.Command {
	var flags repairFlags
	cmd := &cobra.Command{
		Use:   "repair FILE...",
		Short: "Put damaged files right by fetching only what is wrong with them",
		Long:  repairHelp,
		Args:  func(_ *cobra.Command, args []string) error { return flags.check(args) },
		RunE: a.withClient(func(ctx context.Context, c *node.Client, args []string) error {
			if flags.list {
				damaged, err := c.Damaged(ctx)
				return firstError(err, func() error { return a.printDamaged(damaged) })
			}
			request := node.RepairRequest{All: flags.all, ID: flags.id}
			for _, arg := range args {
				path, err := absolute(arg)
				if err != nil {
					return err
				}
				request.Files = append(request.Files, path)
			}
			return a.repair(ctx, c, request, flags.detach)
		}),
	}
	f := cmd.Flags()
	f.BoolVar(&flags.all, "all", false, "repair every file that is known to be damaged")
	f.BoolVar(&flags.list, "list", false, "only list the files that are known to be damaged")
	f.StringVar(&flags.id, "id", "", "what the file should be: a content id or a magnet link")
	f.BoolVarP(&flags.detach, "detach", "d", false, "start the repairs and return at once")
	return cmd
}

func (f *repairFlags) check(args []string) error {
	switch {
	case (f.all || f.list) && (len(args) > 0 || f.id != ""), f.all && f.list:
		return usageError("--all and --list stand alone")
	case f.id != "" && len(args) != 1:
		return usageError("--id says what one file should be: name that file")
	case len(args) == 0 && !f.all && !f.list:
		return usageError("name the files to repair, or --all for those that 'starling share verify' has found damaged")
	}
	return nil
}

// repair starts repairs and follows them. Files of the same content come one after the other: the first then helps the next.
func (a *app) repair(ctx context.Context, c *node.Client, request node.RepairRequest, detach bool) (failed error) {
	for {
		answer, err := c.Repair(ctx, request)
		if err != nil && failed != nil {
			a.sayf("%s", node.Display(err.Error()))
			return failed
		}
		if err == nil {
			err = a.sayWhole(answer.Whole)
		}
		if err != nil {
			return err
		}
		if failed, err = a.sayFailed(answer.Failed, failed); err != nil {
			return err
		}
		switch {
		case len(answer.Downloads)+len(answer.Whole)+len(answer.Failed) == 0 && !a.json:
			a.sayf("no file is known to be damaged; 'starling share verify' looks for damage")
		case a.started != nil:
			a.started(answer.Downloads)
		case detach:
			err = a.sayStarted(answer.Downloads)
		default:
			err = a.follow(ctx, c, answer.Downloads)
		}
		if failed == nil {
			failed = err
		}
		if len(answer.Waiting) == 0 || ctx.Err() != nil {
			return failed
		}
		if a.started != nil || detach {
			a.sayf("%s of the same content can be repaired when that has ended", plural(len(answer.Waiting), "file"))
			return failed
		}
		request = node.RepairRequest{Files: answer.Waiting}
	}
}

// A wholeFile is the line about a file that needs no repair.
type wholeFile struct {
	Type string `json:"type"` // "whole"
	Path string `json:"path"`
}

func (a *app) sayWhole(paths []string) error {
	for _, path := range paths {
		if a.json {
			if err := a.emit(wholeFile{"whole", path}); err != nil {
				return err
			}
			continue
		}
		a.sayf("%s  %s  nothing is wrong with it", green.in(a.talk, "ok"), node.Display(path))
	}
	return nil
}

// A failedFile is the line about a file that cannot be repaired.
type failedFile struct {
	Type string `json:"type"` // "failed"
	node.RepairFailure
}

// sayFailed tells of files that cannot be repaired. The first failure of all gives the exit code.
func (a *app) sayFailed(files []node.RepairFailure, before error) (failed, err error) {
	failed = before
	for _, f := range files {
		if failed == nil {
			failed = silent(codeOf(&node.Problem{Code: f.Code}))
		}
		if a.json {
			err = errors.Join(err, a.emit(failedFile{"failed", f}))
			continue
		}
		a.sayf("%s  %s  %s", red.in(a.talk, "failed"), node.Display(f.Path), node.Display(f.Message))
	}
	return failed, err
}

func (a *app) printDamaged(damaged []node.DamagedFile) error {
	if a.json {
		return emitAll(a, damaged)
	}
	if len(damaged) == 0 {
		a.sayf("no file is known to be damaged")
	}
	t := table{columns: []column{{"bad groups", true}, {"size", true}, {"found", false}, {"id", false}, {"file", false}}}
	for _, d := range damaged {
		found, err := time.Parse(time.RFC3339, d.Found)
		when := d.Found
		if err == nil {
			when = found.Local().Format(time.DateTime)
		}
		t.add(fmt.Sprintf("%d of %d", d.BadGroups, d.Groups), humanSize(d.SizeBytes), when, shortID(d.ID), node.Display(d.Path))
	}
	t.print(a.out)
	return nil
}
