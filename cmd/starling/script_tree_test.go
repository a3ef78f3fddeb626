package main

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"starling/node"
)

var diskName = strings.NewReplacer("?", "_")

// sameTree DIR DIR checks that two folders hold the same files, but for what a name from another node may not keep.
func scriptSameTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sameTree DIR DIR")
	}
	first, second := treeOf(ts, args[0]), treeOf(ts, args[1])
	if !maps.Equal(first, second) || len(first) == 0 {
		ts.Fatalf("%s has %d files, %s %d, or they differ", args[0], len(first), args[1], len(second))
	}
}

func treeOf(ts *testscript.TestScript, dir string) map[string]string {
	files := make(map[string]string)
	dir = ts.MkAbs(dir)
	ts.Check(filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		parent, name := filepath.Split(rel)
		files[parent+diskName.Replace(name)] = string(data)
		return err
	}))
	return files
}

// damage FILE OFFSET flips a bit of a file, as a disk does: its times stay what they were.
func scriptDamage(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	info, err := os.Stat(path)
	ts.Check(err)
	data, err := os.ReadFile(path)
	ts.Check(err)
	data[at] ^= 1
	ts.Check(os.WriteFile(path, data, 0o600))
	ts.Check(os.Chtimes(path, info.ModTime(), info.ModTime()))
}

// link STATE TARGET VAR sets a variable to the link of what the node serves.
func scriptLink(ts *testscript.TestScript, _ bool, args []string) {
	client, err := node.Dial(ts.MkAbs(args[0]))
	ts.Check(err)
	defer client.Close()
	link, err := client.Link(context.Background(), ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Setenv(args[2], link.Magnet)
}
