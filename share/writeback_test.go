package share

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWritebackBeginsWhileAFileComes: every writebackEvery bytes, wherever they lie.
func TestWritebackBeginsWhileAFileComes(t *testing.T) {
	opened, err := osDisk{}.open(filepath.Join(t.TempDir(), "f"), os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	f := opened.(osFile)
	if err := startWriteback(f.File); err != nil {
		t.Errorf("the system does not begin: %v", err)
	}
	const piece = 1 << 20
	b := make([]byte, piece)
	for i := range int64(2 * writebackEvery / piece) {
		if _, err := f.WriteAt(b, (i*7919)%100*piece); err != nil {
			t.Fatal(err)
		}
		if left := f.behind.Load(); left != (i+1)*piece%writebackEvery {
			t.Fatalf("after %d pieces %d bytes are behind", i+1, left)
		}
	}
}
