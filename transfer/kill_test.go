//go:build unix

package transfer

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"starling/share"
)

const (
	killDirEnv  = "STARLING_TEST_KILL_TRANSFER"
	killStepEnv = "STARLING_TEST_KILL_STEP"
)

// TestKilledDownload kills a process with SIGKILL after each step of a download,
// named by share.Steps and here, and lets the next one go on: the file lands
// once, it is right and adopted, and what was complete is not fetched again.
func TestKilledDownload(t *testing.T) {
	if dir := os.Getenv(killDirEnv); dir != "" {
		fetchUntilKilled(t, dir)
		return
	}
	s := killSample(t)
	steps := append(share.Steps(), stepAdopted, stepStored)
	complete := slices.Index(steps, share.StepSyncing)
	for i, step := range steps {
		if step == share.StepFolder {
			continue // it is no collection
		}
		dir := t.TempDir()
		if said := killRun(t, killDirEnv, dir, step); said != "" {
			t.Fatalf("after %q the child went on: %s", step, said)
		}
		said := killRun(t, killDirEnv, dir, "")
		var fetched int
		if _, err := fmt.Sscanf(said, "done %d", &fetched); err != nil {
			t.Fatalf("killed after %q, the next said %q", step, said)
		}
		if i >= complete && fetched != 0 {
			t.Errorf("killed after %q: %d bytes were fetched again", step, fetched)
		}
		got := filepath.Join(dir, "got")
		if b, err := os.ReadFile(filepath.Join(got, "file.bin")); err != nil || !bytes.Equal(b, s.data) {
			t.Errorf("killed after %q: the file is wrong (%v)", step, err)
		}
		for where, n := range map[string]int{got: 1, partialsDir(filepath.Join(dir, "state")): 0} {
			if left, err := os.ReadDir(where); err != nil || len(left) != n {
				t.Errorf("killed after %q: %s holds %v (%v)", step, where, left, err)
			}
		}
		if b, err := os.ReadFile(filepath.Join(dir, "library", "adopted.jsonl")); err != nil || strings.Count(string(b), "file.bin") == 0 {
			t.Errorf("killed after %q: the file is not adopted (%v): %s", step, err, b)
		}
	}
}

func killSample(t testing.TB) sample { return newSample(t, 6*groupBytes+99, 61) }

// killRun runs this test in a child, whose folder the variable dirEnv names, until
// it is killed or done, and gives its last line.
func killRun(t *testing.T, dirEnv, dir, step string) (said string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), dirEnv+"="+dir, killStepEnv+"="+step)
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err == nil && step != "" {
		t.Errorf("the child was not killed after %q", step)
	}
	if err != nil && step == "" {
		t.Errorf("%v: %s", err, out)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "done ") {
			said = lines.Text()
		}
	}
	return said
}

// killedAtStep is the hook of a child.
func killedAtStep(step string) {
	if step == os.Getenv(killStepEnv) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// fetchUntilKilled is the child.
func fetchUntilKilled(t *testing.T, dir string) {
	s := killSample(t)
	n := newNetwork(t, true)
	n.start("a", n.options("a"), nil).share(s)
	lib, err := share.Open(share.Options{Dir: filepath.Join(dir, "library")})
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	o := n.options("b")
	o.StateDir, o.Dir = filepath.Join(dir, "state"), filepath.Join(dir, "got")
	o.hook = killedAtStep
	b := n.startWith("b", o, nil, lib)
	if list := b.Downloads(); len(list) == 0 || list[0].State != Done {
		_, err = b.Get(Request{ID: s.id, Name: "file.bin", Sources: []Source{"a"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	got := b.wait(s.id, func(st Status) bool { return st.State.Final() })
	want(t, s, got)
	b.stop()
	fmt.Println("done", got.FetchedBytes)
}
