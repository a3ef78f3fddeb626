package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedInnerCollection: a damaged file holds up the collection it lies in, and no other.
func TestDamagedInnerCollection(t *testing.T) {
	t.Parallel()
	data := noise(2 * groupBytes)
	_, _, _, client := pair(t, map[string]string{"song": "la"})
	dir := filepath.Join(t.TempDir(), "mine")
	for _, name := range []string{"good", "bad"} {
		inner := filepath.Join(dir, name)
		if err := os.MkdirAll(inner, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(inner, name+".bin"), []byte(name+data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "good"), filepath.Join(dir, "bad")} {
		if _, err := client.AddShare(t.Context(), path, path != dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.Rescan(t.Context()); err != nil {
		t.Fatal(err)
	}
	rot(t, filepath.Join(dir, "bad", "bad.bin"), 9)
	verifyAll(t, client)
	shares, err := client.Rescan(t.Context())
	if err != nil || len(shares) != 1 || shares[0].Damaged != 1 || strings.Contains(shares[0].Problem, "collection") {
		t.Fatalf("%+v, %v", shares, err)
	}
	for _, inner := range shares[0].Collections {
		if bad := filepath.Base(inner.Path) == "bad"; bad != (inner.Damaged == 1) || bad != (inner.ID == "") {
			t.Errorf("%+v", inner)
		}
	}
}
