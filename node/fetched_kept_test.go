package node

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"starling/share"
	"starling/share/content"
)

// TestNoSeedIsAboutFormerFetches: transfer.seed = false ends the serving of what was fetched before it was said, too.
func TestNoSeedIsAboutFormerFetches(t *testing.T) {
	t.Parallel()
	for _, noSeed := range []bool{false, true} {
		c := testConfig(t.TempDir())
		c.Transfer.NoSeed = noSeed
		path, data := filepath.Join(t.TempDir(), "song"), []byte("la la la")
		id, m, err := content.Hash(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		before, err := share.Open(share.Options{Dir: filepath.Join(c.Node.StateDir, libraryDir)})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := before.Adopt(path, m, id, true); err != nil {
			t.Fatal(err)
		}
		if err := before.Close(); err != nil {
			t.Fatal(err)
		}
		n, client := startTest(t, Options{Config: c})
		<-n.library.Ready()
		_, owners := n.library.ByID(id)
		_, anyones := n.library.For(share.Anyone()).ByID(id)
		status, err := client.Status(t.Context())
		if err != nil || !owners || anyones == noSeed || (status.SeededFiles > 0) == noSeed {
			t.Errorf("no seed %v: the owner has it: %v, anyone: %v, %d seeded, %v", noSeed, owners, anyones, status.SeededFiles, err)
		}
	}
}
