package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"starling/node"
)

// TestHelpFits: the help of sharing can be read on any screen, and begins with examples.
func TestHelpFits(t *testing.T) {
	for _, command := range []string{"add", "set", "rescan"} {
		var out bytes.Buffer
		a := &app{in: strings.NewReader(""), out: screenFor(&out, 0, false), talk: screenFor(&out, 0, false)}
		if err := a.execute(t.Context(), []string{"share", command, "--help"}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if len(strings.TrimSuffix(line, "\n")) > helpColumns {
				t.Errorf("%s: %d columns: %s", command, len(line), line)
			}
		}
		if command == "add" && (strings.Count(out.String(), "  starling share add ") != 6 || !strings.Contains(out.String(), "not about hidden")) { // and the line of usage
			t.Error(out.String())
		}
	}
}

// TestLeftOutIsToldBriefly: a dry run tells what is left out, and not thousands of lines of it.
func TestLeftOutIsToldBriefly(t *testing.T) {
	var out bytes.Buffer
	a := &app{talk: screenFor(&out, 0, false)}
	count := 0
	for _, e := range []node.PreviewEntry{
		{Path: "m/drafts/", Reason: "ignored", Why: "/drafts/ (share add --ignore)"}, {Path: "m/id_rsa", Reason: "flagged", Why: "a private key"}, {Path: "m/.x", Reason: "hidden"},
		{Path: "m/a.part", Reason: "unfinished"}, {Path: "m/pipe", Reason: "not a file"}, {Path: "m/no", Reason: "unreadable", Why: "permission denied"},
	} {
		e.Type = "left_out"
		if err := a.printPreviewed(e, &count); err != nil {
			t.Fatal(err)
		}
	}
	want := `left out  m/drafts/  ignored by /drafts/ (share add --ignore)
left out  m/id_rsa  looks like a private key
left out  m/.x  hidden
left out  m/a.part  still being downloaded
left out  m/pipe  a link or device
left out  m/no  unreadable: permission denied
`
	if out.String() != want {
		t.Errorf("told:\n%s", out.String())
	}
	for range 100 {
		if err := a.printPreviewed(node.PreviewEntry{Type: "left_out", Path: "m/.x", Reason: "hidden"}, &count); err != nil {
			t.Fatal(err)
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines != dryRunLeftOutShown || count != 106 {
		t.Errorf("%d lines of %d", lines, count)
	}
}

func TestLeftOutCounts(t *testing.T) {
	for n, want := range map[int]string{
		1: "left out: 1 link or device\n  left out: 1 ignored by a pattern\n  left out: 1 that looks private",
		2: "left out: 2 links or devices\n  left out: 2 ignored by patterns\n  left out: 2 that look private",
	} {
		var out bytes.Buffer
		a := &app{talk: screenFor(&out, 0, false)}
		if a.sayLeftOut(node.SharePreview{Others: n, Ignored: n, FlaggedFiles: n}); !strings.Contains(out.String(), want) {
			t.Errorf("%d: %s", n, out.String())
		}
	}
}

// TestFollowAdded: a folder is hashed when its own files are, however many of others wait.
func TestFollowAdded(t *testing.T) {
	mine := node.Share{Path: "/mine", Name: "mine"}
	for what, c := range map[string]struct {
		f      added
		states []node.Share // each later than the one before
		done   int          // the number of the first that is enough; -1: none
	}{
		"file by file":         {newlyAdded(mine, 2), []node.Share{{}, {HashingFiles: 2}, {Files: 1, HashingFiles: 1}, {Files: 2}}, 3},
		"too quick to be seen": {newlyAdded(mine, 1), []node.Share{{}, {Files: 1}}, 1},
		"a collection":         {newlyAdded(node.Share{Collection: true}, 1), []node.Share{{Files: 1}, {Files: 1, ID: "ab"}}, 1},
		"one came meanwhile":   {newlyAdded(mine, 2), []node.Share{{Files: 2, HashingFiles: 1}, {Files: 3}}, 1},
		"nothing in it":        {newlyAdded(mine, 0), []node.Share{{}, {}}, -1},
		"shared before":        {newlyAdded(node.Share{Files: 1}, 2), []node.Share{{Files: 1}, {Files: 1, HashingFiles: 1}, {Files: 2}}, -1},
	} {
		done := -1
		for i, s := range c.states {
			if c.f.hashed(s) && done < 0 {
				done = i
			}
		}
		if done != c.done {
			t.Errorf("%s: hashed at %d, want %d", what, done, c.done)
		}
	}
	var out bytes.Buffer
	a := &app{talk: screenFor(&out, 80, false)}
	n := &busyNode{slowNode: slowNode{ask: func() {}, done: make(chan struct{})}, shares: []node.Share{{Path: "/other", HashingFiles: 999}, {Path: "/mine", Name: "mine", HashingFiles: 1}}}
	shares, err := a.followAdded(t.Context(), n, newlyAdded(mine, 1))
	if err != nil || len(shares) != 2 || shares[1].Files != 1 || !strings.Contains(out.String(), `hashing 1 more file of "mine", 1,000 in all`) {
		t.Errorf("%+v, %v, %q", shares, err, out.String())
	}
}

// A busyNode never ends hashing; the last of its folders is done at the second look.
type busyNode struct {
	slowNode
	shares []node.Share
	looks  int
}

func (n *busyNode) Shares(context.Context) ([]node.Share, error) {
	if n.looks++; n.looks > 1 {
		last := &n.shares[len(n.shares)-1]
		last.HashingFiles, last.Files = 0, 1
	}
	return n.shares, nil
}
