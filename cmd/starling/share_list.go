package main

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"starling/node"
)

func (a *app) shareListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list"},
		Short:   "List the shared folders",
		Args:    cobra.NoArgs,
		RunE: a.withClient(func(ctx context.Context, c *node.Client, _ []string) error {
			shares, err := c.Shares(ctx)
			if err := firstError(err, func() error { return a.printShares(shares) }); err != nil || a.json {
				return err
			}
			status, err := c.Status(ctx)
			return firstError(err, func() error { return a.sayResting(status) })
		}),
	}
}

// sayResting tells why files are not in the list yet that were just written.
func (a *app) sayResting(s node.Status) error {
	if s.RestingFiles > 0 {
		a.sayf("waiting for %s to be left alone", plural(s.RestingFiles, "file"))
	}
	return nil
}

// printShares prints a row for each folder, and below it what else is to be said of it, what is wrong first.
func (a *app) printShares(shares []node.Share) error {
	if a.json {
		return emitAll(a, shares)
	}
	if len(shares) == 0 {
		a.sayf("no folder is shared; 'starling share add DIR' shares one")
	}
	t := table{columns: []column{{"n", true}, {"name", false}, {"files", true}, {"size", true}, {"with", false}, {"folder", false}}}
	for _, s := range shares {
		t.add(strconv.Itoa(s.N), node.Display(s.Name), grouped(s.Files), humanSize(s.SizeBytes), audienceNote(s.Audience), node.Display(s.Path))
		for _, note := range a.shareNotes(s) {
			t.note(note)
		}
	}
	t.print(a.out)
	return nil
}

func (a *app) shareNotes(s node.Share) (notes []string) {
	note := func(p paint, text string) { notes = append(notes, p.in(a.out, node.Display(text))) }
	if s.Problem != "" {
		note(red, problemBeside(s))
	}
	if s.HashingFiles > 0 {
		note(yellow, "hashing "+plural(s.HashingFiles, "more file"))
	}
	if s.Collection {
		note(dim, collectionNote(s.ID, s.Damaged))
	}
	for _, inner := range s.Collections {
		note(dim, collectionNote(inner.ID, inner.Damaged)+"  "+innerName(s.Path, inner.Path))
	}
	if s.Kind == "nodes" {
		note(dim, "with "+shortNodes(s.Nodes))
	}
	if len(s.Ignore) > 0 {
		note(dim, "without "+strings.Join(s.Ignore, ", "))
	}
	return notes
}

// problemBeside is the problem without the folder's path, which stands beside it.
func problemBeside(s node.Share) string {
	rest, cut := strings.CutPrefix(s.Problem, s.Path+" ")
	if !cut {
		return s.Problem
	}
	return strings.TrimPrefix(rest, "is ")
}

// innerName is a folder in a shared folder, below that.
func innerName(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil {
		path = rel
	}
	return path + string(filepath.Separator)
}

// nodesShown is how many nodes a line names.
const nodesShown = 12

// shortNodes lists nodes as 'neighbours' does.
func shortNodes(ids []string) string {
	var names []string
	for _, id := range ids[:min(len(ids), nodesShown)] {
		names = append(names, shortNode(id))
	}
	if rest := len(ids) - len(names); rest > 0 {
		names = append(names, "and "+grouped(rest)+" more")
	}
	return strings.Join(names, ", ")
}

func collectionNote(id string, damaged int) string {
	switch {
	case id != "":
		return "collection " + shortID(id)
	case damaged > 0:
		return "collection, waits for the repair of its damaged files"
	}
	return "collection, being hashed"
}
