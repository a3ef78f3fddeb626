package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"starling/node"
)

// TestShareList: on a narrow screen nothing that is said of a folder is cut, and what is wrong comes first.
func TestShareList(t *testing.T) {
	path := "/home/somebody/a folder with a rather long name/and another one in it/music"
	id := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	shares := []node.Share{
		{N: 1, Name: "music", Path: path, Files: 5, SizeBytes: 19, HashingFiles: 2, Damaged: 1, Collection: true,
			Problem:  path + " is not there; it is shared again as soon as it is, or remove it from the shared folders",
			Ignore:   []string{"*.log", "/top.mp3"},
			Audience: node.Audience{Kind: "nodes", Nodes: []string{"12D3KooWAAAALnLrUEQ4Ur", "12D3KooWAAAAGKZnAFVZd6"}},
			Collections: []node.InnerCollection{
				{Path: path + "/Debut", ID: id}, {Path: path + "/Second", Damaged: 1}, {Path: path + "/Third/Part 1"}}},
		{N: 2, Name: "docs", Path: "/docs", Audience: node.Audience{Kind: "id"}},
	}
	var out bytes.Buffer
	a := &app{out: screenFor(&out, 80, false)}
	if err := a.printShares(shares); err != nil {
		t.Fatal(err)
	}
	want := `n  name   files  size  with        folder
1  music      5  19 B  2 nodes     /home/somebody/a folder with …one in it/music
      not there; it is shared again as soon as it is, or remove it from the shared folders
      hashing 2 more files
      collection, waits for the repair of its damaged files
      collection 0123456789ab  Debut/
      collection, waits for the repair of its damaged files  Second/
      collection, being hashed  Third/Part 1/
      with …LnLrUEQ4Ur, …GKZnAFVZd6
      without *.log, /top.mp3
2  docs       0   0 B  by id only  /docs
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestListTellsOfFilesThatRest: who shares a folder at once after writing into it sees why nothing of it is there.
func TestListTellsOfFilesThatRest(t *testing.T) {
	for resting, want := range map[int]string{0: "", 1: "waiting for 1 file to be left alone\n", 3: "waiting for 3 files to be left alone\n"} {
		var out bytes.Buffer
		a := &app{talk: screenFor(&out, 80, false)}
		if err := a.sayResting(node.Status{RestingFiles: resting}); err != nil || out.String() != want {
			t.Errorf("%d: %q, %v", resting, out.String(), err)
		}
	}
}
