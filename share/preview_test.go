package share

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestPreviewTellsExactlyWhatIsShared(t *testing.T) {
	files := map[string]string{"id_rsa": "k", "keys/server.pem": "k", "tax return 2024.pdf": "t", ".env": "e", "prod.env": "e", "a/Passwords.txt": "p",
		"a/password.mp3": "a song", "x.crdownload": "half"}
	for i := range 15 {
		files[fmt.Sprintf("dir/file%02d.bin", i)] = strings.Repeat("x", 10*i)
	}
	s := newShop(t, files)
	p, err := s.Preview(context.Background(), s.dir, RootOptions{}, nil)
	must(t, err)
	root := s.Roots()[0]
	if p.Files != root.Files || p.SizeBytes != root.SizeBytes || p.Files != 16 || p.Name != "Music" || p.Path != s.dir {
		t.Errorf("Preview %+v, shared %+v", p, root)
	}
	if len(p.Largest) != 10 || p.Largest[0] != (PreviewFile{Path: "dir/file14.bin", SizeBytes: 140}) || p.Largest[9].SizeBytes != 50 {
		t.Errorf("Largest = %+v", p.Largest)
	}
	var flagged []string
	for _, f := range p.Flagged {
		if flagged = append(flagged, f.Path); f.Why == "" {
			t.Errorf("%s is flagged without a word", f.Path)
		}
	}
	slices.Sort(flagged)
	if want := []string{"a/Passwords.txt", "id_rsa", "keys/server.pem", "prod.env", "tax return 2024.pdf"}; !slices.Equal(flagged, want) || p.FlaggedCount != 5 {
		t.Errorf("Flagged = %q", flagged)
	}
	if p.Hidden != 2 {
		t.Errorf("Hidden = %d", p.Hidden)
	}
	s.expect("password", "Music/a/password.mp3")
	for _, data := range []string{"k", "t", "e", "p"} {
		if _, err := s.Open(idOf(data)); !errors.Is(err, ErrNotShared) {
			t.Errorf("a flagged file is served: %v", err)
		}
	}
}

// What a preview lists is what a look shares, and what it leaves out has a reason.
func TestPreviewTellsOfEveryFile(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a", "sub/b.txt": "b", "sub/c.log": "c", "sub/d.tmp": "d", "Maildir/x": "x", "z.key": "z", ".h/x": "h", "y.part": "y", "drafts/1": "1", "drafts/2": "2",
		"sub/.starlingignore": "\n*.log\n"})
	_, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Ignore: []string{"drafts/"}})
	must(t, err)
	s.rescan()
	var shared []string
	left := map[string]string{}
	p, err := s.Preview(context.Background(), s.dir, RootOptions{}, func(e PreviewEntry) error {
		if e.LeftOut == "" {
			shared = append(shared, e.Path)
		} else {
			left[e.Path] = e.LeftOut + ": " + e.Why
		}
		return nil
	})
	must(t, err)
	if got := filePaths(s.Search(mustParse(t, "size:>=0"), 100)); !slices.Equal(shared, got) || len(got) != 2 {
		t.Errorf("a preview lists %q, shared are %q", shared, got)
	}
	if want := map[string]string{"Music/.h/": "hidden: ", "Music/Maildir/": "flagged: mail", "Music/drafts/": "ignored: drafts/ (share add --ignore)", "Music/sub/c.log": "ignored: *.log (sub/.starlingignore, line 2)",
		"Music/sub/d.tmp": "ignored: *.tmp (share.ignore)", "Music/y.part": "unfinished: ", "Music/z.key": "flagged: a private key or its store", "Music/sub/.starlingignore": "hidden: "}; !maps.Equal(left, want) {
		t.Errorf("left out: %q", left)
	}
	if p.Hidden != 3 || p.Unfinished != 1 || p.Ignored != 3 || p.FlaggedCount != 2 || p.Others != 0 || p.Unread != 0 || len(p.IgnoredBy) != 3 ||
		!slices.Contains(p.IgnoredBy, PreviewPattern{"*.log", "sub/.starlingignore", 2, 1}) || !slices.Contains(p.IgnoredBy, PreviewPattern{"drafts/", "share add --ignore", 0, 1}) {
		t.Errorf("Preview = %+v", p)
	}
	enough := errors.New("enough")
	if _, err := s.Preview(context.Background(), s.dir, RootOptions{}, func(PreviewEntry) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("a listener that has enough: %v", err)
	}
}

// A folder that cannot be shared beside the others is not previewed, and one that
// can has the name it would get.
func TestPreviewOfMoreFolders(t *testing.T) {
	s := newShop(t, map[string]string{"sub/a.txt": "a"})
	other := filepath.Join(realDir(t), "Music")
	must(t, os.Mkdir(other, 0o755))
	if p, err := s.Preview(context.Background(), other, RootOptions{}, nil); err != nil || p.Name != "Music-2" {
		t.Errorf("a second folder of that name: %q, %v", p.Name, err)
	}
	for _, dir := range []string{filepath.Join(s.dir, "sub"), filepath.Dir(s.dir)} {
		if _, err := s.Preview(context.Background(), dir, RootOptions{}, nil); err == nil || !strings.Contains(err.Error(), "overlaps") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestPreviewIsBounded(t *testing.T) {
	s := newShop(t, nil)
	for i := range previewFlagged + 7 {
		s.write(map[string]string{fmt.Sprintf("key%d.pem", i): ""})
	}
	p, err := s.Preview(context.Background(), s.dir, RootOptions{}, nil)
	must(t, err)
	if len(p.Flagged) != previewFlagged || p.FlaggedCount != previewFlagged+7 || p.Files != 0 {
		t.Errorf("%d listed, %d counted, %d files", len(p.Flagged), p.FlaggedCount, p.Files)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Preview(ctx, s.dir, RootOptions{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled Preview: %v", err)
	}
}

func TestRefusedFolders(t *testing.T) {
	home := realDir(t)
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	state, keys := filepath.Join(home, "starling", "state"), filepath.Join(home, "keys")
	for _, dir := range []string{filepath.Join(state, "sub"), filepath.Join(keys, "old"), filepath.Join(home, ".ssh"), filepath.Join(home, ".config/music"),
		filepath.Join(home, "Music"), filepath.Join(home, "starling", "share")} {
		must(t, os.MkdirAll(dir, 0o755))
	}
	file := filepath.Join(home, "file.txt")
	must(t, os.WriteFile(file, nil, 0o644))
	l, err := Open(Options{Dir: state, Refused: []string{keys, filepath.Join(home, "later", "secrets"), ""}})
	must(t, err)
	defer l.Close()
	links := filepath.Join(realDir(t), "links")
	must(t, os.Mkdir(links, 0o755))
	refused := []string{home, filepath.Dir(home), filepath.VolumeName(home) + string(filepath.Separator), state, filepath.Join(state, "sub"),
		filepath.Join(home, "starling"), keys, filepath.Join(keys, "old"), filepath.Join(home, ".ssh"), filepath.Join(home, ".config/music"), file}
	if runtime.GOOS == "linux" {
		refused = append(refused, "/proc", "/sys", "/etc", "/dev", "/proc/self")
	}
	for i, path := range refused {
		checkRefused(t, l, path, ErrRefused)
		if link := filepath.Join(links, fmt.Sprint(i)); os.Symlink(path, link) == nil {
			checkRefused(t, l, link, ErrRefused)
		}
	}
	for _, dir := range []string{home, filepath.Dir(home)} { // with no state in it
		if newRefusals(nil).reason(dir) == "" {
			t.Errorf("%s is not refused for the home folder's sake", dir)
		}
	}
	checkRefused(t, l, filepath.Join(home, "nothing"), os.ErrNotExist)
	must(t, os.MkdirAll(filepath.Join(home, "later", "secrets"), 0o755)) // refused before it was there
	checkRefused(t, l, filepath.Join(home, "later"), ErrRefused)
	for _, path := range []string{filepath.Join(home, "Music"), filepath.Join(home, "starling", "share")} {
		if _, err := l.AddRoot(context.Background(), path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if len(l.Roots()) != 2 {
		t.Errorf("Roots = %+v", l.Roots())
	}
}

func checkRefused(t *testing.T, l *Library, path string, want error) {
	t.Helper()
	if _, err := l.AddRoot(context.Background(), path); !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
		t.Errorf("AddRoot(%s): %v", path, err)
	}
	if _, err := l.Preview(context.Background(), path, RootOptions{}, nil); !errors.Is(err, want) {
		t.Errorf("Preview(%s): %v", path, err)
	}
}

func TestWireName(t *testing.T) {
	for name, want := range map[string]string{
		"short.txt":                       "short.txt",
		strings.Repeat("a", 300) + ".mp3": strings.Repeat("a", 251) + ".mp3",
		strings.Repeat("é", 200):          strings.Repeat("é", 127),
		"a." + strings.Repeat("b", 300):   "a." + strings.Repeat("b", 253),
	} {
		if got := wireName(name); got != want {
			t.Errorf("wireName of %d bytes: %q", len(name), got)
		}
	}
}
