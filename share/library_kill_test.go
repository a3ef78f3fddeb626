//go:build unix

package share

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"starling/share/content"
)

const killLibraryEnv = "STARLING_TEST_KILL_LIBRARY"

// TestKilledLibrary runs this test binary as a child that shares folders and
// adopts files, kills it with SIGKILL at random moments, and opens what it left:
// whatever the child was told is remembered must be, and the catalog is sound.
func TestKilledLibrary(t *testing.T) {
	if dir := os.Getenv(killLibraryEnv); dir != "" {
		chooseUntilKilled(t, dir)
		return
	}
	dir := realDir(t)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	told := make(map[string]bool)
	for range 12 {
		killedChoosing(t, dir, rng, told)
		s := openShop(t, filepath.Join(dir, "state"), "")
		s.rescan()
		roots := make(map[string]bool)
		for _, r := range s.Roots() {
			roots[r.Name] = true
		}
		for what := range told {
			kind, name, _ := strings.Cut(what, " ")
			if kind == "root" && !roots[name] {
				t.Fatalf("the shared folder %s is forgotten", name)
			}
			if kind == "adopted" && len(s.paths("id:"+idOf(name).String())) != 1 {
				t.Fatalf("the fetched file %s is forgotten", name)
			}
		}
		if n := s.Notices(); len(n) != 0 {
			t.Errorf("after a kill: %q", n)
		}
		s.stop()
	}
	t.Logf("%d choices survived 12 kills", len(told))
}

// killedChoosing starts the child, notes what it says, and kills it.
func killedChoosing(t *testing.T, dir string, rng *rand.Rand, told map[string]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledLibrary$")
	cmd.Env = append(os.Environ(), killLibraryEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	after := 1 + rng.IntN(60)
	lines := bufio.NewScanner(out)
	for said := 0; said < after && lines.Scan(); said++ {
		if what, ok := strings.CutPrefix(lines.Text(), "kept "); ok {
			told[what] = true
		}
	}
	must(t, cmd.Process.Kill())
	for lines.Scan() { // what it still said before it died
		if what, ok := strings.CutPrefix(lines.Text(), "kept "); ok {
			told[what] = true
		}
	}
	_ = cmd.Wait() // it was killed
}

// chooseUntilKilled is the child. It says what is kept when it is.
func chooseUntilKilled(t *testing.T, dir string) {
	s := openShop(t, filepath.Join(dir, "state"), "")
	for i := 0; ; i++ {
		name := fmt.Sprintf("file-%d-%d", os.Getpid(), i)
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(name), 0o644))
		id, m, err := content.Hash(strings.NewReader(name), int64(len(name)))
		must(t, err)
		_, err = s.Adopt(path, m, id, false)
		must(t, err)
		fmt.Println("kept adopted " + name)
		if i%5 == 0 {
			folder := fmt.Sprintf("folder-%d-%d", os.Getpid(), i)
			must(t, os.Mkdir(filepath.Join(dir, folder), 0o755))
			_, err := s.AddRoot(context.Background(), filepath.Join(dir, folder))
			must(t, err)
			fmt.Println("kept root " + folder)
		}
	}
}
