//go:build unix

package share

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

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
