package transfer

import (
	"path/filepath"
	"testing"

	"starling/share"
)

// newLibrary opens an empty library of its own.
func newLibrary(t testing.TB) library {
	t.Helper()
	lib, err := share.Open(share.Options{Dir: filepath.Join(t.TempDir(), "library")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	return lib
}
