package share

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestSyncTree(t *testing.T) {
	dir := t.TempDir()
	held := manyFiles(t, dir, 40)
	for name, sync := range map[string]func() error{
		"each": func() error { return syncEach(dir) },
		"tree": func() error { return syncTree(dir, held) },
	} {
		if err := sync(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, held.Close())
	if err := syncTree(dir, held); runtime.GOOS == "linux" && err == nil {
		t.Error("a file system that cannot be asked to sync gave no error")
	}
	if err := syncEach(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("a folder that is not there gave %v", err)
	}
}

// manyFiles makes n small files in folders of ten, and gives one that was open
// before.
func manyFiles(t testing.TB, dir string, n int) *os.File {
	t.Helper()
	held, err := os.Create(filepath.Join(dir, "held"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	for i := range n {
		inner := filepath.Join(dir, fmt.Sprint(i/10))
		must(t, os.MkdirAll(inner, 0o755))
		must(t, os.WriteFile(filepath.Join(inner, fmt.Sprint(i)), make([]byte, 4096), 0o600))
	}
	return held
}

// BenchmarkSyncTree compares the ways to put 10,000 small files on the disk that
// TMPDIR names.
func BenchmarkSyncTree(b *testing.B) {
	for name, sync := range map[string]func(string, *os.File) error{
		"tree": syncTree,
		"each": func(dir string, _ *os.File) error { return syncEach(dir) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				dir := b.TempDir()
				held := manyFiles(b, dir, 10_000)
				b.StartTimer()
				must(b, sync(dir, held))
			}
		})
	}
}
