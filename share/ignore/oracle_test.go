package ignore

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A tree is lists of patterns by folder, "" being the top, and paths, where
// those of folders end in a slash.
type tree struct {
	lists map[string]string
	paths []string
}

// verdict says of one path what decided about it, as "FOLDER:LINE" with a ! in
// front of what was taken back; empty when nothing had a word on it.
type verdict string

func (v verdict) ignored() bool { return v != "" && v[0] != '!' }

// judge looks at each folder on the way as a walk does.
func (tr tree) judge(path string, fold bool) (verdict, error) {
	var rules Rules
	folder := ""
	for {
		list, err := Parse(tr.lists[folder], fold)
		if err != nil {
			return "", err
		}
		rules = rules.In(folder, folder, list)
		rest := strings.TrimPrefix(path[len(folder):], "/")
		name, _, isDir := strings.Cut(rest, "/")
		here := strings.TrimPrefix(folder+"/"+name, "/")
		m, ignored := rules.Match(here, isDir)
		if ignored || len(here) >= len(path)-1 {
			if m.Pattern == nil {
				return "", nil
			}
			return verdict(fmt.Sprintf("%s%s:%d", map[bool]string{true: "!"}[m.Negated], m.Source, m.Line)), nil
		}
		folder = here
	}
}

// A git is a folder on which git is asked.
type git struct {
	testing.TB
	dir string
	env []string
}

func newGit(t testing.TB) *git {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed; its answers are not compared with ours")
	}
	g := &git{TB: t, dir: t.TempDir()}
	g.env = append(os.Environ(), "HOME="+g.dir, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_CEILING_DIRECTORIES="+filepath.Dir(g.dir))
	g.run(nil, "init", "-q")
	return g
}

func (g *git) run(in []byte, args ...string) []byte {
	g.Helper()
	cmd := exec.Command("git", append([]string{"-c", "core.ignorecase=false", "-c", "core.excludesfile="}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin = g.dir, g.env, bytes.NewReader(in)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if e, ok := err.(*exec.ExitError); err != nil && (!ok || e.ExitCode() > 1 || complaints.Len() > 0) {
		g.Fatalf("git %v: %v\n%s", args, err, &complaints)
	}
	return out
}

// make puts the tree's paths on the disk, for git looks which are folders.
func (g *git) make(paths []string) {
	g.Helper()
	for _, path := range paths {
		full := filepath.Join(g.dir, filepath.FromSlash(path))
		err := os.MkdirAll(filepath.Dir(full), 0o755)
		if err == nil && strings.HasSuffix(path, "/") {
			err = os.MkdirAll(full, 0o755)
		} else if err == nil {
			err = os.WriteFile(full, nil, 0o644)
		}
		if err != nil {
			g.Fatal(err)
		}
	}
}

// clear removes what make has put there.
func (g *git) clear() {
	g.Helper()
	entries, err := os.ReadDir(g.dir)
	if err != nil {
		g.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != ".git" {
			os.RemoveAll(filepath.Join(g.dir, e.Name()))
		}
	}
}

// judge gives git's verdict on every path.
func (g *git) judge(tr tree, args ...string) map[string]verdict {
	g.Helper()
	for folder, text := range tr.lists {
		file := filepath.Join(g.dir, filepath.FromSlash(folder), ".gitignore")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			g.Fatal(err)
		}
		defer os.Remove(file)
	}
	var in bytes.Buffer
	given := map[string]string{} // by the path as git has it
	for _, path := range tr.paths {
		plain := "./" + strings.TrimSuffix(path, "/") // a colon in front would be magic
		given[plain] = path
		in.WriteString(plain + "\x00")
	}
	out := g.run(in.Bytes(), append(args, "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin")...)
	verdicts := map[string]verdict{}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	for ; len(fields) >= 4; fields = fields[4:] {
		source, line, pattern, path := fields[0], fields[1], fields[2], fields[3]
		if source == "" {
			verdicts[given[path]] = ""
			continue
		}
		number, err := strconv.Atoi(line)
		folder := strings.TrimSuffix(strings.TrimSuffix(source, ".gitignore"), "/")
		if err != nil || given[path] == "" {
			g.Fatalf("git says %q", fields[:4])
		}
		verdicts[given[path]] = verdict(fmt.Sprintf("%s%s:%d", map[bool]string{true: "!"}[pattern[0] == '!'], folder, number))
	}
	if len(verdicts) != len(given) {
		g.Fatalf("git spoke of %d paths of %d", len(verdicts), len(given))
	}
	return verdicts
}
