package share

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"starling/share/content"
)

// hostileDiskNames are the names of the data folder, or none.
func hostileDiskNames(t testing.TB) (names []string) {
	dir := os.Getenv("STARLING_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "hostile", "hostile-names.jsonl"))
	if err != nil {
		t.Logf("without the names of the data folder: %v", err)
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct {
			Name string `json:"name_b64"`
		}
		must(t, json.Unmarshal(lines.Bytes(), &line))
		raw, err := base64.StdEncoding.DecodeString(line.Name)
		must(t, err)
		names = append(names, string(raw))
	}
	return names
}

// strangersNames are all hostile names and naughty strings of the data folder.
func strangersNames(t *testing.T) []string {
	names := hostileDiskNames(t)
	lines := bufio.NewScanner(hostileData(t, "blns.txt"))
	for lines.Scan() {
		names = append(names, lines.Text())
		if raw, err := base64.StdEncoding.DecodeString(lines.Text()); err == nil {
			names = append(names, string(raw))
		}
	}
	if len(names) < 2700 {
		t.Fatalf("only %d names", len(names))
	}
	return names
}

// numberInName is what tells files apart whose names become one.
var numberInName = regexp.MustCompile(` \(\d+\)`)

// snapshotBut gives every path below a folder but those below skip, with its content.
func snapshotBut(t *testing.T, dir, skip string) (all []string) {
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if path == skip {
			return filepath.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			var b []byte
			b, err = os.ReadFile(path)
			path += "=" + string(b)
		}
		all = append(all, path)
		return err
	}))
	return all
}

// hastyDisk waits for no disk: nobody pulls the plug here.
type hastyDisk struct{ idleDisk }

type hastyFile struct{ diskFile }

func (hastyFile) Sync() error { return nil }

func (hastyDisk) syncDir(string) error { return nil }

func (d hastyDisk) open(path string, flag int, perm os.FileMode) (diskFile, error) {
	f, err := d.idleDisk.open(path, flag, perm)
	return hastyFile{f}, err
}

// Files with every hostile name are fetched into one folder: each lands in it,
// none in another's place, and nothing is touched outside.
func TestHostileNamesLand(t *testing.T) {
	names := strangersNames(t)
	top := realDir(t)
	dir := filepath.Join(top, "home", "Downloads")
	must(t, os.MkdirAll(dir, 0o755))
	for _, guarded := range []string{"home/.bashrc", "home/.ssh/authorized_keys", "etc/passwd", "home/x.txt"} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(top, guarded)), 0o755))
		must(t, os.WriteFile(filepath.Join(top, guarded), []byte("guarded"), 0o644))
	}
	before := snapshotBut(t, top, dir)
	state := t.TempDir()
	landed := make(map[string]string) // path → what was written there
	for i, wire := range names {
		s := newSample(t, 40+i%7, byte(i))
		o := PartialOptions{Dir: dir, Name: DiskName(wire, s.id), ID: s.id, StateDir: state, disk: hastyDisk{}}
		p := begin(t, s, o)
		writeGroups(t, p, s, 0)
		path, err := p.Finish(context.Background(), o.Name, ExistsRename)
		must(t, err)
		if filepath.Dir(path) != dir || landed[path] != "" {
			t.Fatalf("%q landed at %q, where %q is", wire, path, landed[path])
		}
		landed[path] = string(s.data)
	}
	if after := snapshotBut(t, top, dir); !slices.Equal(before, after) {
		t.Errorf("outside the folder there was %q and is %q", before, after)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != len(names) {
		t.Errorf("%d files landed, %d are there", len(names), len(entries))
	}
	for _, e := range entries {
		if why := diskNameFault(numberInName.ReplaceAllString(e.Name(), "")); why != "" {
			t.Errorf("%q: %s", e.Name(), why)
		}
	}
	for path, want := range landed {
		if b, err := os.ReadFile(path); err != nil || string(b) != want {
			t.Errorf("%s was overwritten, or %v", path, err)
		}
	}
	t.Logf("%d names landed", len(names))
}

// The same names as those of a collection's files: what a collection may not hold is
// refused, and the rest lands in the folder under names of its own.
func TestHostileNamesInACollection(t *testing.T) {
	files, refused := make(map[string]string), 0
	for _, wire := range strangersNames(t) {
		if _, err := content.NewCollection([]content.Member{{Path: wire, SizeBytes: int64(len(wire)), ID: idOf(wire)}}); err != nil {
			refused++
			continue
		}
		files[strings.ReplaceAll(wire, "/", "_")] = strings.ReplaceAll(wire, "/", "_")
	}
	s := newFolderSample(t, files)
	o := s.options(t)
	p := begin(t, s.sample, o)
	for g := range s.manifest.Groups() {
		writeGroups(t, p, s.sample, g)
	}
	path, err := p.Finish(context.Background(), o.Name, ExistsRename)
	must(t, err)
	s.wantTree(t, path)
	must(t, p.Forget()) // the list of its files goes with it
	wantNames(t, o.Dir, "Album.2024", "state")
	entries, err := os.ReadDir(path)
	must(t, err)
	for _, e := range entries {
		if why := diskNameFault(numberInName.ReplaceAllString(e.Name(), "")); why != "" {
			t.Errorf("%q: %s", e.Name(), why)
		}
	}
	t.Logf("%d names landed, %d refused", len(files), refused)
}
