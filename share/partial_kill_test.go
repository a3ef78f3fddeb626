//go:build unix

package share

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	killDirEnv  = "STARLING_TEST_KILL_DIR"
	killStepEnv = "STARLING_TEST_KILL_STEP" // "marked 17": right after the 17th time
)

// kills is how often TestKilledPartial kills; STARLING_TEST_KILLS asks for more.
func kills(t *testing.T) int {
	if s := os.Getenv("STARLING_TEST_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 50
}

func killSample(t testing.TB) sample { return newSample(t, 40*groupBytes+123, 30) }

func killOptions(dir string, s sample) PartialOptions {
	return PartialOptions{Dir: dir, Name: "f", ID: s.id, StateDir: filepath.Join(dir, "state")}
}

// TestKilledPartial runs this test binary as a child that writes a file, kills
// it with SIGKILL after each of the Steps and at random moments, and looks at
// what it left: every group the child was told is kept must be kept, every
// marked group must verify, and the next child must not write a kept group again.
func TestKilledPartial(t *testing.T) {
	if dir := os.Getenv(killDirEnv); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	s := killSample(t)
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	finished := 0
	var dir string
	var kept map[int]bool
	steps := slices.DeleteFunc(Steps(), func(step string) bool { return step == StepFolder }) // it is none
	at := make(map[string]int)
	for done := kills(t); done > 0; {
		if kept == nil {
			dir, kept = t.TempDir(), make(map[int]bool)
		}
		step := "" // at any moment
		if rnd.IntN(2) == 0 {
			step = steps[done%len(steps)]
		}
		if killedRun(t, dir, step, rnd, kept) {
			done--
			at[step]++
			checkRemains(t, dir, s, kept)
			if PartialExists(killOptions(dir, s)) || len(kept) < s.manifest.Groups() {
				continue
			}
		}
		if got, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || !bytes.Equal(got, s.data) {
			t.Fatalf("the finished file is wrong (%v)", err)
		}
		wantOnly(t, dir, "f", "state")
		kept, finished = nil, finished+1
	}
	t.Logf("%d files were finished between the kills, %d groups of the last are kept; killed at %v", finished, len(kept), at)
}

// killedRun starts a child, kills it after a step or a random moment and notes
// what it had acknowledged. It gives false when the child finished first.
func killedRun(t *testing.T, dir, step string, rnd *rand.Rand, kept map[int]bool) (killed bool) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledPartial$")
	child.Env = append(os.Environ(), killDirEnv+"="+dir)
	after := time.Duration(rnd.Int64N(int64(15 * time.Millisecond)))
	if step != "" {
		n := 1
		if step == StepWritten || step == StepMarked {
			n += rnd.IntN(38)
		}
		child.Env = append(child.Env, fmt.Sprintf("%s=%s %d", killStepEnv, strings.ReplaceAll(step, " ", "-"), n))
		after = time.Minute
	}
	var stderr bytes.Buffer
	child.Stderr = &stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	before, finished := len(kept), false
	for lines.Scan() && !finished {
		switch word, arg, _ := strings.Cut(lines.Text(), " "); word {
		case "open":
			if n, _ := strconv.Atoi(arg); n < before {
				t.Errorf("the child found %d groups, %d were kept", n, before)
			}
			timer := time.AfterFunc(after, func() { child.Process.Kill() })
			defer timer.Stop()
		case "kept":
			g, _ := strconv.Atoi(arg)
			if kept[g] {
				t.Errorf("group %d was written again", g)
			}
			kept[g] = true
		case "finished":
			finished = true
		case "failed":
			t.Errorf("child: %s", arg)
		}
	}
	child.Process.Kill()
	child.Wait()
	if t.Failed() {
		t.Fatalf("after %q; stderr: %s", step, &stderr)
	}
	return !finished
}

// checkRemains reads the journal and the .part with nothing else at hand.
func checkRemains(t *testing.T, dir string, s sample, kept map[int]bool) {
	t.Helper()
	o := killOptions(dir, s)
	if _, err := os.Stat(filepath.Join(dir, "f")); err == nil {
		return // killed after the rename; the next child recognises it
	}
	state, found := readJournal(osDisk{}, journalPath(o.StateDir, o.ID))
	if !found && len(kept) == 0 {
		return // killed before there was one
	}
	if !found || state.damaged {
		t.Fatalf("journal found %v, damaged %v", found, state.damaged)
	}
	part, err := os.ReadFile(filepath.Join(dir, "f."+s.id.Short()+partSuffix))
	if err != nil {
		t.Fatal(err)
	}
	for g := range kept {
		if !state.have.Has(g) {
			t.Fatalf("group %d was acknowledged and is not marked", g)
		}
	}
	for g := range state.have.All() {
		kept[g] = true // marked in the moment of the kill: kept as well
		if off, n := s.manifest.Span(g); !bytes.Equal(part[off:off+n], s.group(g)) {
			t.Fatalf("group %d is marked and wrong", g)
		}
	}
}

// writeUntilKilled is the child.
func writeUntilKilled(t *testing.T, dir string) {
	say := func(format string, args ...any) { fmt.Fprintf(os.Stdout, format+"\n", args...) }
	s := killSample(t)
	o := killOptions(dir, s)
	if want, n, ok := strings.Cut(os.Getenv(killStepEnv), " "); ok {
		left, _ := strconv.Atoi(n)
		o.Hook = func(step string) {
			if strings.ReplaceAll(step, " ", "-") != want {
				return
			}
			if left--; left == 0 {
				unix.Kill(os.Getpid(), unix.SIGKILL)
				select {}
			}
		}
	}
	p, err := OpenPartial(context.Background(), o)
	if err != nil {
		say("failed %v", err)
		return
	}
	say("open %d", p.Have().Count())
	if err := p.SetManifest(context.Background(), s.manifest); err != nil {
		say("failed %v", err)
		return
	}
	have := p.Have()
	for _, g := range rand.Perm(s.manifest.Groups()) {
		if have.Has(g) {
			continue
		}
		if err := p.WriteGroup(g, s.group(g)); err != nil {
			say("failed %v", err)
			return
		}
		say("kept %d", g)
	}
	if _, err := p.Finish(context.Background(), "f", ExistsRename); err != nil {
		say("failed %v", err)
		return
	}
	if err := p.Forget(); err != nil {
		say("failed %v", err)
		return
	}
	say("finished")
}
