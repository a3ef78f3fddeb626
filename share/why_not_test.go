package share

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhyNot: whoever asks for a link of what is not shared hears the reason.
func TestWhyNot(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a", "bad.txt": "good", "x.part": "x", "id_rsa": "key", ".hidden/b.txt": "b", "notes.bak": "n", ignoreName: "*.bak"})
	must(t, os.Symlink("a.txt", filepath.Join(s.dir, "link.txt")))
	s.rescan()
	rotten := filepath.Join(s.dir, "bad.txt")
	info, err := os.Stat(rotten)
	must(t, err)
	must(t, errors.Join(os.WriteFile(rotten, []byte("evil"), 0o644), os.Chtimes(rotten, info.ModTime(), info.ModTime())))
	_, err = s.Verify(t.Context(), VerifyOptions{})
	must(t, err)
	for name, want := range map[string]string{
		"a.txt": "", "bad.txt": "damaged", "x.part": "download in progress", "id_rsa": "a private key", ".hidden/b.txt": "hidden files are left out",
		"notes.bak": "*.bak (.starlingignore, line 1)", "link.txt": "cannot be read", "nothing.txt": "cannot be read", "../a.txt": "in no shared folder",
	} {
		got := s.WhyNot(filepath.Join(s.dir, filepath.FromSlash(name)))
		if !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
