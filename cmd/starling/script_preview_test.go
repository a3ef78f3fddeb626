package main

import (
	"context"
	"errors"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"starling/node"
)

// previewed STATE DIR FILE [PATTERN...] writes the path of every file that a dry run says would be served.
func scriptPreviewed(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: previewed STATE DIR FILE [PATTERN...]")
	}
	client, err := node.Dial(ts.MkAbs(args[0]))
	ts.Check(err)
	defer client.Close()
	var paths, patterns []string
	patterns = append(patterns, args[3:]...) // nil without any
	for e, err := range client.PreviewFiles(context.Background(), ts.MkAbs(args[1]), node.ShareOptions{Ignore: patterns}) {
		ts.Check(err)
		for _, entry := range e.Entries {
			if entry.Type == "file" {
				paths = append(paths, entry.Path)
			}
		}
		if e.Summary != nil && e.Summary.Files != len(paths) {
			ts.Fatalf("%d files are listed and %d counted", len(paths), e.Summary.Files)
		}
	}
	writePaths(ts, args[2], paths)
}

// browsed STATE NODE FILE writes the path of every file that a node shows to the node of a state folder.
func scriptBrowsed(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: browsed STATE NODE FILE")
	}
	client, err := node.Dial(ts.MkAbs(args[0]))
	ts.Check(err)
	defer client.Close()
	var paths []string
	for folders := []string{""}; len(folders) > 0; folders = folders[1:] {
		for _, e := range patientBrowse(ts, client, args[1], folders[0]) {
			if full := path.Join(folders[0], e.Name); e.Dir {
				folders = append(folders, full)
			} else {
				paths = append(paths, full)
			}
		}
	}
	writePaths(ts, args[2], paths)
}

// patientBrowse asks again where a node has been asked too often.
func patientBrowse(ts *testscript.TestScript, client *node.Client, who, folder string) (entries []node.BrowseEntry) {
	deadline := time.Now().Add(time.Minute)
	for {
		var err error
		entries = nil
		for e, failed := range client.Browse(context.Background(), who, folder) {
			if err = failed; err != nil {
				break
			}
			entries = append(entries, e)
		}
		var p *node.Problem
		if !errors.As(err, &p) || p.Code != node.CodeRefused || time.Now().After(deadline) {
			ts.Check(err)
			return entries
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func writePaths(ts *testscript.TestScript, file string, paths []string) {
	slices.Sort(paths)
	ts.Check(os.WriteFile(ts.MkAbs(file), []byte(strings.Join(paths, "\n")+"\n"), 0o600))
}
