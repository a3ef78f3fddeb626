package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"starling/node"
)

// The scripts in testdata/script run this program as real processes on loopback, each script with state folders of its own.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"starling": main})
}

// scriptWait bounds every wait of a script.
const scriptWait = 30 * time.Second

func TestScript(t *testing.T) { testscript.Run(t, scripts("testdata/script")) }

// scripts are those of one folder, and what they may call.
func scripts(dir string) testscript.Params {
	return testscript.Params{
		Dir: dir,
		Condition: func(cond string) (bool, error) {
			if cond == "race" {
				return underRace, nil
			}
			return false, fmt.Errorf("no condition is called %q", cond)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("STARLING_SHARE_QUIET", "0s") // its files have just been written
			env.Setenv("LOOPBACK", "/ip4/127.0.0.1/tcp/0")
			media, err := filepath.Abs("../../share/tags/testdata") // real files with tags
			if err != nil {
				return err
			}
			env.Setenv("MEDIA", media)
			return os.Mkdir(filepath.Join(env.WorkDir, "home"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     scriptExits,
			"ready":     scriptReady,
			"hashing":   scriptHashing,
			"linked":    scriptLinked,
			"address":   scriptAddress,
			"nodeID":    scriptNodeID,
			"rawfile":   scriptRawFile,
			"damage":    scriptDamage,
			"manyfiles": scriptManyFiles,
			"sameID":    scriptSameID,
			"sameTree":  scriptSameTree,
			"link":      scriptLink,
			"finished":  scriptFinished,
			"written":   scriptWritten,
			"held":      scriptHeld,
			"browsed":   scriptBrowsed,
			"previewed": scriptPreviewed,
		},
	}
}

// exits CODE PROGRAM ARG... runs a program that must end with that exit code.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// eventually looks until a condition holds for the node of a state folder.
func eventually(ts *testscript.TestScript, state, what string, holds func(*node.Client, node.Status) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), scriptWait)
	defer cancel()
	err := await(ctx, what, func() (bool, error) {
		client, err := node.Dial(ts.MkAbs(state))
		if err != nil {
			return false, nil // not yet
		}
		defer client.Close()
		status, err := client.Status(ctx)
		return err == nil && holds(client, status), nil
	})
	ts.Check(err)
}

// ready STATE [FILES] waits until the node answers and shares so many files, all hashed.
func scriptReady(ts *testscript.TestScript, _ bool, args []string) {
	files := 0
	if len(args) > 1 {
		var err error
		files, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	eventually(ts, args[0], args[0]+" is ready", func(_ *node.Client, s node.Status) bool {
		return s.SharedFiles >= files && s.HashingFiles == 0
	})
}

// hashing STATE N waits until so many files are being hashed.
func scriptHashing(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	eventually(ts, args[0], args[0]+" hashes", func(_ *node.Client, s node.Status) bool { return s.HashingFiles == want && s.HashingDoneBytes > 0 })
}

// linked STATE N waits until the node has N neighbours.
func scriptLinked(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	eventually(ts, args[0], args[0]+" has its neighbours", func(_ *node.Client, s node.Status) bool { return s.Neighbours == want })
}

// address STATE VAR sets a variable to the first full address of the node.
func scriptAddress(ts *testscript.TestScript, _ bool, args []string) {
	eventually(ts, args[0], args[0]+" has an address", func(_ *node.Client, s node.Status) bool {
		if len(s.Addresses) == 0 {
			return false
		}
		ts.Setenv(args[1], s.Addresses[0])
		return true
	})
}

// nodeID STATE VAR sets a variable to the id of the node.
func scriptNodeID(ts *testscript.TestScript, _ bool, args []string) {
	eventually(ts, args[0], args[0]+" has an id", func(_ *node.Client, s node.Status) bool { ts.Setenv(args[1], s.ID); return s.ID != "" })
}

// written FILE waits until a file has something in it.
func scriptWritten(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), scriptWait)
	defer cancel()
	ts.Check(await(ctx, args[0]+" is written", func() (bool, error) {
		info, err := os.Stat(ts.MkAbs(args[0]))
		return err == nil && info.Size() > 0, nil
	}))
}

// finished STATE waits until the node has no download under way.
func scriptFinished(ts *testscript.TestScript, _ bool, args []string) {
	eventually(ts, args[0], args[0]+" has fetched everything", func(_ *node.Client, s node.Status) bool { return s.Downloads == 0 })
}

// held STATE BYTES waits until a download holds so many verified bytes.
func scriptHeld(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	eventually(ts, args[0], args[0]+" holds "+args[1]+" bytes", func(c *node.Client, _ node.Status) bool {
		downloads, err := c.Downloads(context.Background())
		return err == nil && len(downloads) > 0 && downloads[0].HaveBytes >= want
	})
}

// rawfile DIR QUOTED BYTES makes a file of so many bytes; its name is a quoted Go string, so that it may hold anything.
func scriptRawFile(ts *testscript.TestScript, _ bool, args []string) {
	name, err := strconv.Unquote(args[1])
	ts.Check(err)
	size, err := strconv.Atoi(args[2])
	ts.Check(err)
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i*7 + i>>8)
	}
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), name), data, 0o600))
}

// manyfiles DIR N makes so many small files.
func scriptManyFiles(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for i := range n {
		name := fmt.Sprintf("file %03d.dat", i)
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), name), []byte(name), 0o600))
	}
}

// sameID FILE FILE checks that two files have the same content id, and that b3sum, where it is installed, agrees.
func scriptSameID(ts *testscript.TestScript, neg bool, args []string) {
	first, err := node.HashFile(ts.MkAbs(args[0]))
	ts.Check(err)
	second, err := node.HashFile(ts.MkAbs(args[1]))
	ts.Check(err)
	if (first == second) == neg {
		ts.Fatalf("%s has %s, %s has %s", args[0], first, args[1], second)
	}
	ts.Setenv("ID", first)
	if _, err := exec.LookPath("b3sum"); err != nil {
		return
	}
	for i, want := range []string{first, second} {
		out, err := exec.Command("b3sum", "--no-names", ts.MkAbs(args[i])).Output()
		ts.Check(err)
		if string(out) != want+"\n" {
			ts.Fatalf("b3sum says %s of %s, we say %s", out, args[i], want)
		}
	}
}
