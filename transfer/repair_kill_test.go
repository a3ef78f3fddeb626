//go:build unix

package transfer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"starling/share"
)

const killRepairEnv = "STARLING_TEST_KILL_REPAIR"

// repairSteps are those that a kill is worth most after; with STARLING_TEST_KILLS all.
func repairSteps() []string {
	if os.Getenv("STARLING_TEST_KILLS") == "" {
		return []string{share.StepJournal, share.StepMarked, share.StepLanding, share.StepRenamed, stepAdopted}
	}
	return append(share.Steps(), stepAdopted, stepStored)
}

// TestKilledRepair kills a process with SIGKILL after the steps of a repair: what
// lies under the file's name is then all of the old file or all of the right one,
// and the next process ends the repair without fetching more than was bad.
func TestKilledRepair(t *testing.T) {
	if dir := os.Getenv(killRepairEnv); dir != "" {
		repairUntilKilled(t, dir)
		return
	}
	t.Parallel()
	s := killSample(t)
	old := rotten(s.data, groupBytes, 4*groupBytes)
	steps := repairSteps()
	landed := slices.Index(steps, share.StepRenamed)
	for i, step := range steps {
		if step == share.StepFolder {
			continue // it is no collection
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "kept", "file.bin")
		if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, old, 0o640); err != nil {
			t.Fatal(err)
		}
		if said := killRun(t, killRepairEnv, dir, step); said != "" {
			t.Fatalf("after %q the child went on: %s", step, said)
		}
		want := old
		if i >= landed {
			want = s.data
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, want) {
			t.Errorf("killed after %q: the file is neither the old one nor the right one (%v)", step, err)
		}
		said := killRun(t, killRepairEnv, dir, "")
		var fetched int
		if _, err := fmt.Sscanf(said, "done %d", &fetched); err != nil || fetched > 2*groupBytes+99 { // the last group proves a size that was lost
			t.Errorf("killed after %q, the next said %q", step, said)
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, s.data) {
			t.Errorf("killed after %q: the file is wrong (%v)", step, err)
		}
		for where, n := range map[string]int{filepath.Dir(path): 1, partialsDir(filepath.Join(dir, "state")): 0} {
			if left, err := os.ReadDir(where); err != nil || len(left) != n {
				t.Errorf("killed after %q: %s holds %v (%v)", step, where, left, err)
			}
		}
	}
}

// repairUntilKilled is the child.
func repairUntilKilled(t *testing.T, dir string) {
	s := killSample(t)
	n := newNetwork(t, true)
	n.start("a", n.options("a"), nil).share(s)
	lib, err := share.Open(share.Options{Dir: filepath.Join(dir, "library")})
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	o := n.options("b")
	o.StateDir = filepath.Join(dir, "state")
	o.hook = killedAtStep
	b := n.startWith("b", o, nil, lib)
	path, err := filepath.EvalSymlinks(filepath.Join(dir, "kept", "file.bin"))
	if err != nil {
		t.Fatal(err)
	}
	e, _ := lib.Expected(path) // nobody knows the file
	if list := b.Downloads(); len(list) == 0 || list[0].State != Done {
		_, err = b.Get(Request{ID: s.id, Sources: []Source{"a"}, Repair: &Repair{Path: path, State: e.State, Manifest: s.manifest}})
	}
	if err != nil {
		t.Fatal(err)
	}
	got := b.wait(s.id, func(st Status) bool { return st.State.Final() })
	want(t, s, got)
	b.stop()
	fmt.Println("done", got.FetchedBytes)
}
