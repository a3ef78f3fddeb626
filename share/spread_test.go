package share

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"starling/share/content"
)

// A folderSample is a collection that tests move.
type folderSample struct {
	sample
	files map[string]string
	col   *content.Collection
}

func newFolderSample(t testing.TB, files map[string]string) folderSample {
	t.Helper()
	data, id := wholeOf(t, files)
	return folderOf(t, data, id, files)
}

func folderOf(t testing.TB, data []byte, id content.ID, files map[string]string) folderSample {
	t.Helper()
	_, m, err := content.Hash(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	n, _ := content.CollectionIndexBytes(data)
	col, err := content.ParseCollection(data[:n], int64(len(data)))
	must(t, err)
	return folderSample{sample{data, id, m}, files, col}
}

// treeFiles are of all sizes: none, less than a group, across several, and so
// many that the index takes more than one group.
func treeFiles(seed byte, many int) map[string]string {
	rnd := rand.NewChaCha8([32]byte{seed})
	text := func(n int) string {
		b := make([]byte, n)
		rnd.Read(b)
		return string(b)
	}
	files := map[string]string{
		"empty": "", "deep/er/and/deeper/x": text(1000), "large": text(3*groupBytes + 77), "b/exact": text(groupBytes), "b/none": "", "q?": text(10), "q*": text(20),
	}
	for i := range many {
		long := strings.Repeat("long name ", 18)
		files[fmt.Sprintf("many/%s%d/%s/%s%d", long, i%7, long, long, i)] = text(i % 300)
	}
	return files
}

func (s folderSample) options(t testing.TB) PartialOptions {
	dir := realDir(t)
	return PartialOptions{Dir: dir, Name: "Album.2024", ID: s.id, StateDir: filepath.Join(dir, "state"), disk: idleDisk{}}
}

// idleDisk does not wait for the disk that the tests share with others.
type idleDisk struct{ osDisk }

func (idleDisk) syncTree(string, diskFile) error { return nil }

// wantTree compares a folder with what it should hold.
func (s folderSample) wantTree(t testing.TB, dir string) {
	t.Helper()
	names := diskNames(s.col, false)
	want := make(map[string]string)
	for i, f := range s.col.Files() {
		want[names[i]] = s.files[f.Path]
	}
	got := make(map[string]string)
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		got[filepath.ToSlash(rel)] = string(b)
		return err
	}))
	if !maps.Equal(got, want) {
		t.Fatalf("%s has %d files, %d are wanted, or they differ", dir, len(got), len(want))
	}
}

func wantNames(t testing.TB, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

func allOf(s sample) []int { return rand.Perm(s.manifest.Groups()) }

func TestPartialBecomesAFolder(t *testing.T) {
	s := newFolderSample(t, treeFiles(1, 500))
	if s.col.IndexGroups() < 2 {
		t.Fatal("the index should take several groups")
	}
	for range 3 {
		o := s.options(t)
		p := begin(t, s.sample, o)
		for _, g := range allOf(s.sample) {
			writeGroups(t, p, s.sample, g)
			if all, held := p.Files(); p.IndexGroups() > 0 && (all != len(s.files) || held < 1) {
				t.Fatalf("%d of %d files", held, all)
			}
			b := make([]byte, len(s.group(g)))
			off, _ := s.manifest.Span(g)
			if _, err := p.ReadAt(b, off); err != nil || !bytes.Equal(b, s.group(g)) {
				t.Fatalf("group %d is read back wrong: %v", g, err)
			}
		}
		if p.IndexGroups() != s.col.IndexGroups() {
			t.Fatalf("%d index groups, want %d", p.IndexGroups(), s.col.IndexGroups())
		}
		path, err := p.Finish(context.Background(), o.Name, ExistsRename)
		must(t, err)
		s.wantTree(t, path)
		l := p.Landed()
		if l == nil || l.Path != path || len(l.manifests) != 1 {
			t.Fatalf("landed %+v", l)
		}
		must(t, p.Close())
		must(t, p.Forget())
		wantNames(t, o.Dir, "Album.2024", "state")
		wantNames(t, o.StateDir)
		shop := openShop(t, t.TempDir(), "")
		_, err = shop.AdoptCollection(l, s.manifest, s.id, true)
		must(t, err)
		if b, err := shop.readWhole(s.id); err != nil || !bytes.Equal(b, s.data) {
			t.Fatalf("not served on: %v", err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o055 == 0 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		shop.stop()
	}
}

// Whatever begins like a collection and is none is a file.
func TestWhatIsNoCollectionIsAFile(t *testing.T) {
	good, _ := wholeOf(t, map[string]string{"a": "1"})
	for name, data := range map[string][]byte{
		"too long": append(bytes.Clone(good), 'x'), "too short": good[:len(good)-1], "head only": good[:content.CollectionHeadBytes], "short head": good[:9],
		"empty": nil, "index claims more": append(bytes.Clone(good[:22]), "\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01"...),
	} {
		id, m, err := content.Hash(bytes.NewReader(data), int64(len(data)))
		must(t, err)
		s := sample{data, id, m}
		p := begin(t, s, s.options(t))
		writeGroups(t, p, s, 0)
		path, err := p.Finish(context.Background(), "f", ExistsRename)
		must(t, err)
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, data) || p.Landed() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A publisher whose index names false ids gets nothing onto anybody's disk.
func TestFalseIndexLandsNothing(t *testing.T) {
	for _, text := range []string{"short", strings.Repeat("l", 400<<10)} {
		col, err := content.NewCollection([]content.Member{{Path: "a", SizeBytes: int64(len(text)), ID: idOf("other")}, {Path: "b", SizeBytes: 1, ID: idOf("b")}})
		must(t, err)
		data := []byte(col.Index() + text + "b")
		s := folderOf(t, data, content.Sum(data), nil)
		o := s.options(t)
		p := begin(t, s.sample, o)
		writeGroups(t, p, s.sample, allOf(s.sample)...)
		if _, err := p.Finish(context.Background(), o.Name, ExistsRename); !errors.Is(err, ErrFalseIndex) {
			t.Errorf("finish: %v", err)
		}
		must(t, p.Discard())
		wantNames(t, o.Dir, "state")
		wantNames(t, o.StateDir)
	}
}

func TestFolderNeverReplacesNorMerges(t *testing.T) {
	s := newFolderSample(t, map[string]string{"a": "1", "b/c": "2"})
	for _, c := range []struct {
		how  OnExists
		want string
	}{{ExistsRename, "Album.2024 (2)"}, {ExistsOverwrite, "Album.2024 (2)"}, {ExistsSkip, ""}} {
		o := s.options(t)
		theirs := filepath.Join(o.Dir, o.Name)
		must(t, os.MkdirAll(theirs, 0o755))
		must(t, os.WriteFile(filepath.Join(theirs, "a"), []byte("theirs"), 0o644))
		p := begin(t, s.sample, o)
		writeGroups(t, p, s.sample, 0)
		path, err := p.Finish(context.Background(), o.Name, c.how)
		if c.want == "" {
			if !errors.Is(err, ErrExists) || path != theirs {
				t.Errorf("%v: %q, %v", c.how, path, err)
			}
			must(t, p.Discard())
			wantNames(t, o.Dir, o.Name, "state")
		} else {
			must(t, err)
			s.wantTree(t, path)
			wantNames(t, o.Dir, o.Name, c.want, "Album.2024."+s.id.Short()+partSuffix, "state")
		}
		if b, err := os.ReadFile(filepath.Join(theirs, "a")); err != nil || string(b) != "theirs" {
			t.Errorf("%v: theirs is %q, %v", c.how, b, err)
		}
		wantNames(t, theirs, "a")
	}
}

// Stopped at any step, the next run goes on with every group that was kept, and
// lands the same folder once.
func TestFolderStoppedAtAnyStep(t *testing.T) {
	s := newFolderSample(t, treeFiles(2, 500))
	for _, step := range Steps() {
		for _, lostJournal := range []bool{false, true} {
			o := s.options(t)
			kept := s.stopAt(t, o, step)
			if landed := kept < 0; lostJournal && !landed {
				must(t, os.RemoveAll(o.StateDir))
			}
			p, err := OpenPartial(context.Background(), o)
			must(t, err)
			must(t, p.SetManifest(context.Background(), s.manifest))
			for g := range s.col.IndexGroups() {
				if lostJournal && !p.Have().Has(g) { // without it, a group that is half index is found anew
					writeGroups(t, p, s.sample, g)
				}
			}
			if have := p.Have().Count(); have < kept {
				t.Errorf("stopped at %q, lost journal %v: %d groups of %d are left", step, lostJournal, have, kept)
			}
			for g := p.Have().NextMissing(0); g >= 0; g = p.Have().NextMissing(g + 1) {
				writeGroups(t, p, s.sample, g)
			}
			path, err := p.Finish(context.Background(), o.Name, ExistsRename)
			must(t, err)
			s.wantTree(t, path)
			must(t, p.Close())
			must(t, p.Forget())
			if step != StepForgotten {
				wantNames(t, o.Dir, "Album.2024", "state")
			}
		}
	}
}

// stopAt runs a download until a step, as a process that is killed then, and
// gives the number of groups that were kept; -1 when the folder has landed.
func (s folderSample) stopAt(t *testing.T, o PartialOptions, step string) (kept int) {
	t.Helper()
	count, seen := 0, 0
	o.Hook = func(at string) {
		if at == step {
			if count++; count > 2 || step != StepWritten && step != StepMarked {
				panic(ended{})
			}
		}
	}
	var p *Partial
	defer func() {
		if recover() == nil {
			t.Errorf("step %q never came", step)
		}
		if p != nil && p.file != nil {
			_ = p.file.Close() // the lock goes with the process
		}
		if p != nil && p.Path() != p.path || step == StepRenamed {
			kept = -1
		}
	}()
	p = &Partial{} // OpenPartial may end before it returns
	q, err := openForKill(o, &p)
	must(t, err)
	must(t, q.SetManifest(context.Background(), s.manifest))
	for _, g := range allOf(s.sample) {
		must(t, q.WriteGroup(g, s.group(g)))
		seen++
		kept = seen
	}
	_, err = q.Finish(context.Background(), o.Name, ExistsRename)
	must(t, err)
	must(t, q.Forget())
	return kept
}

// openForKill is OpenPartial that shows the partial before it is open.
func openForKill(o PartialOptions, show **Partial) (*Partial, error) {
	p := &Partial{opts: o, disk: o.onDisk(), path: partPath(o), streaming: make(map[int]bool), heads: 1}
	*show = p
	return p, p.open(context.Background())
}

// A group too large for memory that is half written when the folder is made goes
// on in the files.
func TestFolderIsMadeDuringAStream(t *testing.T) {
	s := newFolderSample(t, treeFiles(3, 500))
	o := s.options(t)
	p := begin(t, s.sample, o)
	last := s.manifest.Groups() - 2
	w, err := p.Group(last)
	must(t, err)
	_, err = w.Write(s.group(last)[:100_000])
	must(t, err)
	for g := range s.manifest.Groups() {
		if g != last {
			writeGroups(t, p, s.sample, g)
		}
	}
	if p.IndexGroups() == 0 {
		t.Fatal("no folder")
	}
	_, err = w.Write(s.group(last)[100_000:])
	must(t, err)
	must(t, w.Commit())
	path, err := p.Finish(context.Background(), o.Name, ExistsRename)
	must(t, err)
	s.wantTree(t, path)
}

// Files that vanish or change while nobody looks are fetched again, not landed.
func TestFolderThatWasTouched(t *testing.T) {
	s := newFolderSample(t, treeFiles(4, 100))
	for name, touch := range map[string]func(large string) error{
		"removed": os.Remove,
		"cut":     func(large string) error { return os.Truncate(large, 5) },
	} {
		o := s.options(t)
		p := begin(t, s.sample, o)
		writeGroups(t, p, s.sample, allOf(s.sample)...)
		must(t, touch(filepath.Join(folderPath(o), "large")))
		if _, err := p.Finish(context.Background(), o.Name, ExistsRename); !errors.Is(err, ErrReplaced) {
			t.Errorf("%s: finish: %v", name, err)
		}
		must(t, p.Close())
		p = openPartial(t, o)
		if p.Have().Complete() || p.Have().Count() == 0 {
			t.Errorf("%s: %d groups of %d are held", name, p.Have().Count(), p.Have().Len())
		}
		for g := p.Have().NextMissing(0); g >= 0; g = p.Have().NextMissing(g + 1) {
			writeGroups(t, p, s.sample, g)
		}
		path, err := p.Finish(context.Background(), o.Name, ExistsRename)
		must(t, err)
		s.wantTree(t, path)
	}
}

func TestFolderWithTooLongPaths(t *testing.T) {
	long := strings.Repeat(strings.Repeat("d", 100)+"/", 40)
	s := newFolderSample(t, map[string]string{long + "f": "1"})
	p := begin(t, s.sample, s.options(t))
	if err := p.WriteGroup(0, s.data); err == nil || !strings.Contains(err.Error(), "shorter path") {
		t.Errorf("%v", err)
	}
}

func BenchmarkFolderLanding10k(b *testing.B) {
	files := make(map[string]string)
	text := strings.Repeat("x", 20<<10)
	for i := range 10_000 {
		files[fmt.Sprintf("d%d/file %d", i%100, i)] = fmt.Sprint(i) + text
	}
	s := newFolderSample(b, files)
	b.SetBytes(int64(len(s.data)))
	for b.Loop() {
		b.StopTimer()
		o := s.options(b)
		b.StartTimer()
		p := begin(b, s.sample, o)
		for g := range s.manifest.Groups() {
			writeGroups(b, p, s.sample, g)
		}
		_, err := p.Finish(context.Background(), o.Name, ExistsRename)
		must(b, err)
	}
}
