package main

import (
	"context"
	"fmt"

	"starling/node"
)

const leftOutLong = "Some things are never shared: hidden files and folders, links and devices, downloads in progress, and what looks private by its name, such as\n" +
	"keys, password stores, wallets, mail and browser profiles. A file that only looks so is shared under another name. The whole disk, the home\n" +
	"folder, system folders and those of Starling itself are refused.\n\n" +
	"Patterns in the syntax of .gitignore leave out more: those of --ignore for this folder, those of a .starlingignore in any folder for what lies\n" +
	"in it, and those of the setting share.ignore for all. In this order the first with a word on a name decides; ! takes back. Patterns that cannot\n" +
	"be followed close their folder. Adding a folder again with --ignore gives it these patterns instead of those it has; --ignore '' takes them away.\n\n" +
	"--dry-run lists on stdout every file that would be served, by the name that others see."

// patternsGiven makes an empty list of a single empty pattern, and none of none.
func patternsGiven(patterns []string) []string {
	if len(patterns) == 1 && patterns[0] == "" {
		return []string{}
	}
	return patterns
}

// dryRunShare lists all that would be served, as it is found, and then what the
// question would show. With JSON the last line is the summary.
func (a *app) dryRunShare(ctx context.Context, c *node.Client, path string, collection bool, ignore []string) error {
	for e, err := range c.PreviewFiles(ctx, path, node.ShareOptions{Collection: collection, Ignore: ignore}) {
		if err != nil {
			return err
		}
		for _, entry := range e.Entries {
			if err := a.printPreviewed(entry); err != nil {
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
			a.sayPreview(*e.Summary, collection)
		}
	}
	return nil
}

func (a *app) printPreviewed(e node.PreviewEntry) error {
	if a.json {
		return a.emit(e)
	}
	if e.Type != "file" {
		return nil // the summary counts them
	}
	_, err := fmt.Fprintf(a.out, "%9s  %s\n", humanSize(e.SizeBytes), node.Display(e.Path))
	return err
}

// sayPreview shows what a stranger would see.
func (a *app) sayPreview(p node.SharePreview, collection bool) {
	a.sayf("%s  %s, %s", bold.in(a.talk, node.Display(p.Path)), plural(p.Files, "file"), humanSize(p.SizeBytes))
	a.sayf("  others will see them in %q", node.Display(p.Name))
	for _, file := range p.Largest {
		a.sayf("  %9s  %s", humanSize(file.SizeBytes), node.Display(file.Name))
	}
	if rest := p.Files - len(p.Largest); rest > 0 && len(p.Largest) > 0 {
		a.sayf("  and %s", plural(rest, "more file"))
	}
	a.sayLeftOut(p)
	if collection {
		a.sayf("  and all of them together as one collection called %q", node.Display(p.Name))
	}
}

// leftOutShown is how many names and patterns are shown of each kind.
const leftOutShown = 10

func (a *app) sayLeftOut(p node.SharePreview) {
	for _, kind := range []struct {
		count int
		what  string
	}{{p.Hidden, "hidden"}, {p.Unfinished, "still being downloaded"}, {p.Others, "links or devices"}, {p.Ignored, "ignored by patterns"}} {
		if kind.count > 0 {
			a.sayf("  left out: %s %s", grouped(kind.count), kind.what)
		}
	}
	for _, by := range p.IgnoredBy[:min(len(p.IgnoredBy), leftOutShown)] {
		a.sayf("    %s by %s", grouped(by.Count), node.Display(patternAt(by)))
	}
	if p.FlaggedFiles > 0 {
		a.sayf("  %s: %s that look private by name", yellow.in(a.talk, "left out"), grouped(p.FlaggedFiles))
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

// patternAt says which pattern it is and where to change it.
func patternAt(by node.IgnoredBy) string {
	if by.Line == 0 {
		return fmt.Sprintf("%s (%s)", by.Pattern, by.Source)
	}
	return fmt.Sprintf("%s (%s, line %d)", by.Pattern, by.Source, by.Line)
}
