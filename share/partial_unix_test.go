//go:build unix

package share

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A file system that cannot rename without replacing still moves a folder to a
// free name only.
func TestFolderIsMovedWithoutReplacing(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	must(t, os.Mkdir(from, 0o700))
	must(t, os.WriteFile(filepath.Join(from, "a"), []byte("1"), 0o600))
	must(t, os.Mkdir(to, 0o700))
	if err := linkNoReplace(from, to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that is taken: %v", err)
	}
	must(t, os.Remove(to))
	must(t, linkNoReplace(from, to))
	if b, err := os.ReadFile(filepath.Join(to, "a")); err != nil || string(b) != "1" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestRenameNoReplaceFallbacks(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	for name, move := range map[string]func(from, to string) error{"flag": renameNoReplace, "link": linkNoReplace, "claim": claimAndRename} {
		write := func(path, text string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		os.Remove(to)
		write(from, "1")
		if err := move(from, to); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		write(from, "2")
		if err := move(from, to); !errors.Is(err, os.ErrExist) {
			t.Fatalf("%s over a file gave %v", name, err)
		}
		if b, _ := os.ReadFile(to); string(b) != "1" {
			t.Fatalf("%s replaced the file", name)
		}
	}
}
