package main

import (
	"context"
	"fmt"

	"starling/node"
)

// patternsGiven makes an empty list of a single empty pattern, and none of none.
func patternsGiven(patterns []string) []string {
	if len(patterns) == 1 && patterns[0] == "" {
		return []string{}
	}
	return patterns
}

// dryRunShare lists all that would be served, as it is found, and then what the
// question would show. With JSON the last line is the summary.
func (a *app) dryRunShare(ctx context.Context, c *node.Client, add addition) error {
	leftOut := 0
	for e, err := range c.PreviewFiles(ctx, add.path, add.options()) {
		if err != nil {
			return err
		}
		for _, entry := range e.Entries {
			if err := a.printPreviewed(entry, &leftOut); err != nil {
				return err
			}
		}
		switch {
		case e.Summary == nil:
		case a.json:
			return a.emit(struct {
				Type string `json:"type"`
				node.SharePreview
			}{"summary", *e.Summary})
		default:
			if rest := leftOut - dryRunLeftOutShown; rest > 0 {
				a.sayf("%s  and %s more; --json lists all", yellow.in(a.talk, "left out"), grouped(rest))
			}
			a.sayPreview(*e.Summary, add)
		}
	}
	return nil
}

// dryRunLeftOutShown is how much of what is left out a dry run tells one by one.
const dryRunLeftOutShown = 20

func (a *app) printPreviewed(e node.PreviewEntry, leftOut *int) error {
	if a.json {
		return a.emit(e)
	}
	if e.Type != "file" {
		if *leftOut++; *leftOut <= dryRunLeftOutShown {
			a.sayf("%s  %s  %s", yellow.in(a.talk, "left out"), node.Display(e.Path), node.Display(whyLeftOut(e)))
		}
		return nil
	}
	_, err := fmt.Fprintf(a.out, "%9s  %s\n", humanSize(e.SizeBytes), node.Display(e.Path))
	return err
}

// whyLeftOut puts a reason of the API into words.
func whyLeftOut(e node.PreviewEntry) string {
	switch e.Reason {
	case "ignored":
		return "ignored by " + e.Why
	case "flagged":
		return "looks like " + e.Why
	case "unfinished":
		return "still being downloaded"
	case "not a file":
		return "a link or device"
	}
	if e.Why == "" {
		return e.Reason
	}
	return e.Reason + ": " + e.Why
}

// sayPreview shows what those would see whom the folder is for.
func (a *app) sayPreview(p node.SharePreview, add addition) {
	a.sayf("%s  %s, %s", bold.in(a.talk, node.Display(p.Path)), plural(p.Files, "file"), humanSize(p.SizeBytes))
	a.sayf("  %s", seenBy(add.with, node.Display(p.Name)))
	for _, file := range p.Largest {
		a.sayf("  %9s  %s", humanSize(file.SizeBytes), node.Display(file.Name))
	}
	if rest := p.Files - len(p.Largest); rest > 0 && len(p.Largest) > 0 {
		a.sayf("  and %s", plural(rest, "more file"))
	}
	a.sayLeftOut(p)
	if add.collection {
		a.sayf("  and all of them together as one collection called %q", node.Display(p.Name))
	}
}

// leftOutShown is how many names and patterns are shown of each kind.
const leftOutShown = 10

func (a *app) sayLeftOut(p node.SharePreview) {
	for _, kind := range []struct {
		count     int
		one, many string
	}{{p.Hidden, "hidden", "hidden"}, {p.Unfinished, "still being downloaded", "still being downloaded"}, {p.Others, "link or device", "links or devices"},
		{p.Ignored, "ignored by a pattern", "ignored by patterns"}} {
		if kind.count > 0 {
			a.sayf("  left out: %s %s", grouped(kind.count), oneOrMany(kind.count, kind.one, kind.many))
		}
	}
	for _, by := range p.IgnoredBy[:min(len(p.IgnoredBy), leftOutShown)] {
		a.sayf("    %s by %s", grouped(by.Count), node.Display(patternAt(by)))
	}
	if p.FlaggedFiles > 0 {
		a.sayf("  %s: %s that %s private by name", yellow.in(a.talk, "left out"), grouped(p.FlaggedFiles), oneOrMany(p.FlaggedFiles, "looks", "look"))
	}
	for _, flag := range p.Flagged[:min(len(p.Flagged), leftOutShown)] {
		a.sayf("    %s: %s", node.Display(flag.Name), node.Display(flag.Reason))
	}
	if rest := p.FlaggedFiles - leftOutShown; rest > 0 {
		a.sayf("    and %s more; --dry-run --json lists all", grouped(rest))
	}
	if p.Problem != "" {
		a.sayf("  %s: %s", yellow.in(a.talk, "not read"), node.Display(p.Problem))
	}
}

func oneOrMany(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// patternAt says which pattern it is and where to change it.
func patternAt(by node.IgnoredBy) string {
	if by.Line == 0 {
		return fmt.Sprintf("%s (%s)", by.Pattern, by.Source)
	}
	return fmt.Sprintf("%s (%s, line %d)", by.Pattern, by.Source, by.Line)
}
