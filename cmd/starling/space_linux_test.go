package main

import (
	"errors"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// TestScriptSpace runs the scripts that want a small disk of their own.
func TestScriptSpace(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a disk of its own wants root")
	}
	if underRace {
		t.Skip("it mostly waits for the disk to have space again")
	}
	p := scripts("testdata/space")
	p.Cmds["smalldisk"], p.Cmds["fill"] = scriptSmallDisk, scriptFill
	testscript.Run(t, p)
}

// smalldisk DIR SIZE mounts an empty disk of that size, in the words of tmpfs.
func scriptSmallDisk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: smalldisk DIR SIZE")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.Mkdir(dir, 0o755))
	ts.Check(unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+args[1]))
	ts.Defer(func() { unix.Unmount(dir, unix.MNT_DETACH) })
}

// fill DIR takes all the room there is, with a file called ballast.
func scriptFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fill DIR")
	}
	f, err := os.Create(ts.MkAbs(args[0] + "/ballast"))
	ts.Check(err)
	defer f.Close()
	for b := make([]byte, 4096); err == nil; {
		_, err = f.Write(b)
	}
	if !errors.Is(err, unix.ENOSPC) {
		ts.Fatalf("%v", err)
	}
}
