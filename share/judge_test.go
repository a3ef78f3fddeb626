package share

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// randomTree fills a folder with names of every kind and patterns about them.
func randomTree(t *rapid.T, dir string) {
	folders := []string{"."}
	names := rapid.SampledFrom([]string{"a", "b", "a.txt", "b.tmp", "song.mp3", ".hidden", "id_rsa", "Bitcoin", "Thunderbird", "x.part", "drafts", "cur", "new", "tmp", ".gpg-id", ".ssh", "é", "É.txt", "Profiles", "Firefox"})
	patterns := rapid.SampledFrom([]string{"a", "/a", "*.txt", "!a.txt", "drafts/", "drafts/*", "!drafts/a", "**/b", "[ab]", "a/**/b", "é", "É*", "#", "", "!*.tmp", "a["})
	for range rapid.IntRange(3, 25).Draw(t, "entries") {
		raw := path.Join(rapid.SampledFrom(folders).Draw(t, "folder"), names.Draw(t, "name"))
		full := filepath.Join(dir, filepath.FromSlash(raw))
		if _, err := os.Lstat(full); err == nil {
			continue
		}
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0, 1:
			if os.Mkdir(full, 0o755) == nil {
				folders = append(folders, raw)
			}
		case 2:
			_ = os.Symlink(dir, full)
		default:
			_ = os.WriteFile(full, nil, 0o644)
		}
	}
	for _, folder := range folders {
		if text := rapid.SliceOfN(patterns, 0, 3).Draw(t, "patterns of "+folder); len(text) > 0 {
			_ = os.WriteFile(filepath.Join(dir, filepath.FromSlash(folder), ignoreName), []byte(strings.Join(text, "\n")), 0o644)
		}
	}
}

// Of every file and folder on the disk the judge of single ones says what a walk
// of everything does.
func TestJudgeAgreesWithTheWalk(t *testing.T) {
	l, err := Open(Options{Dir: t.TempDir()})
	must(t, err)
	defer l.Close()
	top := realDir(t)
	shared, left := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(top, "tree")
		if err != nil {
			t.Fatal(err)
		}
		randomTree(t, dir)
		found, said := map[string]bool{}, map[string]verdict{}
		w := walk{dir: dir, rules: l.rules(newIgnoring([]string{"song.*"})), found: func(raw string, _ fs.FileInfo) { found[raw] = true },
			leftOut: func(raw string, _ bool, v verdict) { said[raw] = v }}
		r := newRoot("x", dir, l.adopted.added)
		r.ignoring.Store(newIgnoring([]string{"song.*"}))
		topErr := w.run(context.Background())
		shared, left = shared+len(found), left+len(said)
		err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
			rel, _ := filepath.Rel(dir, p)
			raw := filepath.ToSlash(rel)
			if err != nil || raw == "." || e.Type()&fs.ModeSymlink != 0 {
				return err
			}
			v := l.judge(r, raw, e.IsDir())
			if !e.IsDir() && v.left() == found[raw] {
				return fmt.Errorf("the judge says %q (%s) of %s, the walk has found it: %v", v.reason, v, raw, found[raw])
			}
			if theirs, spoke := said[raw]; spoke && (v.reason != theirs.reason || v.String() != theirs.String()) {
				return fmt.Errorf("the judge says %q (%s) of %s, the walk %q (%s)", v.reason, v, raw, theirs.reason, theirs)
			}
			if e.IsDir() && topErr != nil && !v.left() {
				return fmt.Errorf("the judge would look into %s, the walk did not begin: %v", raw, topErr)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	if shared < 50 || left < 50 {
		t.Errorf("%d files shared and %d left out tell little", shared, left)
	}
}

// A link on the way leads nowhere, nor does a name that is gone.
func TestJudgeFollowsNoLink(t *testing.T) {
	s := newShop(t, map[string]string{"real/a.txt": "a", "real/.starlingignore": "b.txt\n", "real/b.txt": "b"})
	r := s.shelf.folders()[0]
	if os.Symlink("real", filepath.Join(s.dir, "link")) != nil {
		t.Skip("no links here")
	}
	for raw, want := range map[string]leftOut{"real/a.txt": "", "real/b.txt": leftIgnored, "link/a.txt": leftUnread, "link/b.txt": leftUnread, "gone/a.txt": leftUnread,
		"real/a.txt/c.txt": leftUnread, "real/../.x/a.txt": leftHidden, "a/.b/c": leftUnread, ".b/c": leftHidden, "real/gone.txt": ""} {
		if v := s.judge(r, raw, false); v.reason != want {
			t.Errorf("%s: %q (%s), want %q", raw, v.reason, v, want)
		}
	}
	if v := s.judge(r, ".", true); v.left() {
		t.Errorf("the root itself: %q", v.reason)
	}
}
