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
		for file, data := range map[string]string{name + ".bin": name + data, "beside": "it"} {
			if err := os.WriteFile(filepath.Join(inner, file), []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "good"), filepath.Join(dir, "bad")} {
		if _, err := client.AddShare(t.Context(), path, ShareOptions{Collection: path != dir}); err != nil {
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
	status, err := client.Status(t.Context())
	if notices := strings.Join(status.Notices, "\n"); err != nil || strings.Count(notices, "damaged") != 1 {
		t.Errorf("the damage is told as %q, %v", notices, err)
	}
}

// TestShareNotices: status tells what is wrong with a shared folder as long as it is, and doctor calls it by its name.
func TestShareNotices(t *testing.T) {
	t.Parallel()
	_, _, _, client := pair(t, map[string]string{"song": "la"})
	dir := filepath.Join(t.TempDir(), "mine")
	rules := filepath.Join(dir, ".starlingignore")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	told := func() string {
		t.Helper()
		_, err := client.Rescan(t.Context())
		must(err)
		status, err := client.Status(t.Context())
		must(err)
		return strings.Join(status.Notices, "\n")
	}
	must(os.Mkdir(dir, 0o700))
	must(os.WriteFile(filepath.Join(dir, "a"), []byte("a"), 0o600))
	_, err := client.AddShare(t.Context(), dir, ShareOptions{})
	must(err)
	if notices := told(); notices != "" {
		t.Errorf("nothing is wrong: %q", notices)
	}
	must(os.WriteFile(rules, []byte("[a\n"), 0o600))
	notices := told()
	if !strings.HasPrefix(notices, "the shared folder mine: ") || !strings.Contains(notices, "cannot be followed") || strings.Contains(notices, "\n") {
		t.Errorf("broken patterns: %q", notices)
	}
	if c := checkNotice(notices); c.Name != "shares" || c.Result != checkWarn {
		t.Errorf("doctor says %+v", c)
	}
	if c := checkNotice("1 file is damaged on the disk and not served: repair it"); c.Name != "shares" {
		t.Errorf("doctor says %+v", c)
	}
	if c := checkNotice("the catalog was set aside"); c.Name != "state files" {
		t.Errorf("doctor says %+v", c)
	}
	must(os.Remove(rules))
	if notices := told(); notices != "" {
		t.Errorf("mended, and still told: %q", notices)
	}
	must(os.Rename(dir, dir+".away"))
	if notices := told(); !strings.Contains(notices, "the shared folder mine: "+dir+" is not there") {
		t.Errorf("gone: %q", notices)
	}
	must(os.Rename(dir+".away", dir))
	if notices := told(); notices != "" {
		t.Errorf("back, and still told: %q", notices)
	}
}
