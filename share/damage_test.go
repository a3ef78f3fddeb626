package share

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"starling/share/content"
)

// off checks that nothing is served, found or described under the id, and that no
// other file has come in its place.
func (s *shop) off(id content.ID, files int) {
	s.Helper()
	if h, err := s.Open(id); !errors.Is(err, ErrNotShared) {
		s.Errorf("%s is served: %v", id.Short(), err)
		if err == nil {
			h.Close()
		}
	}
	if f, ok := s.ByID(id); ok {
		s.Errorf("%s is known as %s", id.Short(), f.Path)
	}
	s.expect("id:" + id.String())
	if n := s.Stats().Files; n != files {
		s.Errorf("%d files are shared, want %d", n, files)
	}
}

func TestDamagedFileIsOffTheShelfUntilItIsWell(t *testing.T) {
	t.Parallel()
	data := noise(3<<18, 1)
	id := idOf(data)
	s := newShop(t, map[string]string{"song.mp3": data, "other.mp3": "other"})
	hashed, rec := s.Stats().HashedFiles, s.shelf.byContent(id, Owner(), (*audience).serves)[0]
	h, err := s.Open(id)
	must(t, err)
	defer h.Close()
	s.rot("song.mp3", 1<<18)
	_, err = s.Verify(context.Background(), VerifyOptions{})
	must(t, err)
	if _, err := h.ReadAt(make([]byte, 9), 0); !errors.Is(err, ErrChanged) {
		t.Errorf("who was reading reads on: %v", err)
	}
	s.off(id, 1)
	s.shelf.change(rec.root, []*record{rec}, nil) // as one who had looked at it before
	s.off(id, 1)
	s.rescan()
	s.off(id, 1)
	if n := s.Stats().HashedFiles; n != hashed {
		t.Errorf("%d files were hashed anew", n-hashed)
	}
	if r := s.Roots()[0]; r.Damaged != 1 || !strings.Contains(r.Problem, "one file is damaged") {
		t.Errorf("%+v", r)
	}
	s = s.reopen()
	s.off(id, 1)
	if d := s.Damaged(); len(d) != 1 || d[0].Path != filepath.Join(s.dir, "song.mp3") || d[0].ID != id || d[0].Bad != 1 || d[0].Groups != 3 || d[0].Found.IsZero() {
		t.Errorf("%+v", d)
	}
	// Without its catalog the library reads everything again, and still knows.
	s.stop()
	must(t, os.Remove(filepath.Join(s.state, "catalog.db")))
	s = openShop(t, s.state, s.dir)
	s.rescan()
	s.off(id, 1)
	found, _ := s.verify(VerifyOptions{})
	expectStates(t, found, "song.mp3 damaged [0 1 2]") // which of them nobody knows any more
	// By another name it is the same file.
	must(t, os.Rename(filepath.Join(s.dir, "song.mp3"), filepath.Join(s.dir, "moved.mp3")))
	s.rescan()
	s.off(id, 1)
	if d := s.Damaged(); len(d) != 1 || d[0].Path != filepath.Join(s.dir, "moved.mp3") {
		t.Errorf("%+v", d)
	}
	// Put right with its old time, it is found well by the next verification.
	s.rot("moved.mp3", 1<<18)
	s.rescan()
	s.off(id, 1)
	found, counts := s.verify(VerifyOptions{Targets: []string{filepath.Join(s.dir, "moved.mp3")}})
	if expectStates(t, found); counts.OK != 1 || s.DamagedFiles() != 0 || s.read(id) != data {
		t.Errorf("%+v, %+v", counts, s.Damaged())
	}
	if s = s.reopen(); s.read(id) != data || s.Roots()[0].Problem != "" {
		t.Errorf("%+v", s.Roots())
	}
}

// A mark is of the bytes, whatever names lead to them: when one name has good bytes
// again, the other is as rotten as before.
func TestDamagedFileOfTwoNames(t *testing.T) {
	t.Parallel()
	data := noise(3<<18, 1)
	s := newShop(t, map[string]string{"a": data})
	must(t, os.Link(filepath.Join(s.dir, "a"), filepath.Join(s.dir, "b")))
	s.rescan()
	s.rot("a", 1<<18)
	s.verify(VerifyOptions{})
	s.off(idOf(data), 0)
	first := s.Damaged()[0].Path
	twin := map[string]string{"a": "b", "b": "a"}[filepath.Base(first)]
	s.repaired(filepath.Base(first), data)
	for range 2 {
		if s.read(idOf(data)) != data || s.Stats().Files != 1 {
			t.Errorf("%d files are shared", s.Stats().Files)
		}
		s.rescan()
	}
	if d := s.Damaged(); len(d) != 1 || d[0].Path != filepath.Join(s.dir, twin) {
		t.Errorf("%+v", d)
	}
	must(t, os.Remove(first))
	s.rescan()
	s.off(idOf(data), 0)
	s.repaired(twin, data)
	s.rescan()
	if s.read(idOf(data)) != data || len(s.damage.all()) != 0 {
		t.Errorf("%+v", s.damage.all())
	}
}

// Nobody is believed who has verified another state of the file.
func TestRestoredInAnotherState(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": "aaa"})
	s.rot("a", 1)
	s.verify(VerifyOptions{})
	path := filepath.Join(s.dir, "a")
	e, err := s.Expected(path)
	must(t, err)
	s.write(map[string]string{"a": "AAA"})
	if known, err := s.Restored(path, e.Manifest, e.ID, e.State); known || !errors.Is(err, ErrChanged) {
		t.Errorf("known %v, %v", known, err)
	}
	s.rescan()
	s.off(idOf("aaa"), 1)
	if s.read(idOf("AAA")) != "AAA" {
		t.Error("it is not the new file that it is")
	}
}

// What its owner has written is a new file, whatever was wrong with the old one.
func TestDamagedFileThatWasReplacedIsANewOne(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": "first", "b": "second", "c": "third"})
	for _, name := range []string{"a", "b", "c"} {
		s.rot(name, 1)
	}
	s.verify(VerifyOptions{})
	s.off(idOf("first"), 0)
	was, err := os.Stat(filepath.Join(s.dir, "b"))
	must(t, err)
	s.write(map[string]string{"a": "another"})
	later := was.ModTime().Add(time.Minute)
	must(t, os.Chtimes(filepath.Join(s.dir, "b"), later, later))
	must(t, os.Remove(filepath.Join(s.dir, "c")))
	s.rescan()
	rotten, err := os.ReadFile(filepath.Join(s.dir, "b"))
	must(t, err)
	if s.read(idOf("another")) != "another" || s.read(idOf(string(rotten))) != string(rotten) || len(s.Damaged()) != 0 {
		t.Errorf("damaged: %+v", s.Damaged())
	}
	s.off(idOf("third"), 2)
	// With its old time again it is still what its bytes are.
	must(t, os.Chtimes(filepath.Join(s.dir, "b"), was.ModTime(), was.ModTime()))
	s.rescan()
	s.off(idOf("second"), 2)
	// A copy that is put in its place is shared as any file is.
	s.write(map[string]string{"c": "third"})
	s.rescan()
	if s.read(idOf("third")) != "third" {
		t.Error("a fresh copy is not shared")
	}
}

func TestDamagedMemberAndItsCollection(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": noise(3<<18, 1), "b": "b"})
	_, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Collection: true})
	must(t, err)
	s.rescan()
	id := s.Roots()[0].ID
	whole := s.read(id)
	s.rot("a", 9)
	_, err = s.Verify(context.Background(), VerifyOptions{})
	must(t, err)
	s.off(id, 1)
	s.rescan()
	s.off(id, 1)
	if f, ok := s.CollectionAt(s.dir); ok {
		t.Errorf("it is a collection without the file: %+v", f)
	}
	if r := s.Roots()[0]; !r.ID.IsZero() || !strings.Contains(r.Problem, "damaged files are repaired") {
		t.Errorf("%+v", r)
	}
	s = s.reopen()
	s.off(id, 1)
	s.repaired("a", noise(3<<18, 1))
	s.rescan()
	if s.Roots()[0].ID != id || s.read(id) != whole || s.Roots()[0].Problem != "" {
		t.Errorf("%+v", s.Roots()[0])
	}
}

// repaired puts the right bytes into a file's place, as a repair does.
func (s *shop) repaired(name, data string) {
	s.Helper()
	path := filepath.Join(s.dir, name)
	must(s, os.WriteFile(path+".new", []byte(data), 0o600))
	must(s, os.Rename(path+".new", path))
	id, m, err := content.Hash(bytes.NewReader([]byte(data)), int64(len(data)))
	must(s, err)
	stat, _, err := stateAt(path)
	must(s, err)
	known, err := s.Restored(path, m, id, stat.state())
	if err != nil || !known {
		s.Errorf("restored: known %v, %v", known, err)
	}
}

func TestDamagedFetchedFileAndRestored(t *testing.T) {
	t.Parallel()
	s := openShop(t, t.TempDir(), realDir(t))
	data := noise(3<<18, 7)
	path := filepath.Join(s.dir, "fetched.bin")
	s.write(map[string]string{"fetched.bin": data, "stranger": "stranger"})
	id, m, err := content.Hash(strings.NewReader(data), int64(len(data)))
	must(t, err)
	_, err = s.Adopt(path, m, id, true)
	must(t, err)
	s.rot("fetched.bin", 0)
	found, _ := s.verify(VerifyOptions{Targets: []string{path}})
	expectStates(t, found, "fetched.bin damaged [0]")
	s.off(id, 0)
	s = s.reopen()
	s.off(id, 0)
	e, err := s.Expected(path)
	if err != nil || e.ID != id || !e.Damaged || e.Manifest == nil || e.Manifest.Groups() != 3 {
		t.Errorf("%+v, %v", e, err)
	}
	s.repaired("fetched.bin", data)
	if got := s.read(id); got != data || s.DamagedFiles() != 0 {
		t.Errorf("%d bytes, damaged %+v", len(got), s.Damaged())
	}
	s.expect("fetched", "Fetched/fetched.bin") // searchable, as it was
	one, _ := content.OneGroup(idOf("stranger"), 8)
	stat, _, err := stateAt(filepath.Join(s.dir, "stranger"))
	must(t, err)
	if known, err := s.Restored(filepath.Join(s.dir, "stranger"), one, idOf("stranger"), stat.state()); known || err != nil {
		t.Errorf("a stranger's file is known: %v, %v", known, err)
	}
	s.off(idOf("stranger"), 1)
}

func TestExpected(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": "aaa", "changed": "before"})
	s.write(map[string]string{"changed": "after!"})
	must(t, os.Symlink("a", filepath.Join(s.dir, "link")))
	e, err := s.Expected(filepath.Join(s.dir, "a"))
	if err != nil || e.ID != idOf("aaa") || e.Damaged || e.Manifest == nil {
		t.Errorf("%+v, %v", e, err)
	}
	for path, want := range map[string]error{
		filepath.Join(s.dir, "link"): ErrNotPlain, s.dir: ErrNotPlain, filepath.Join(s.dir, "nothing"): os.ErrNotExist,
		filepath.Join(s.state, "catalog.db"): ErrRefused, filepath.Join(s.dir, "changed"): ErrChanged, os.Args[0]: ErrNotShared,
	} {
		if _, err := s.Expected(path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// A broken list is told and costs a verification, nothing else.
func TestBrokenListOfDamage(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": "aaa"})
	s.rot("a", 1)
	s.verify(VerifyOptions{})
	s.stop()
	path := filepath.Join(s.state, "damaged.json")
	b, err := os.ReadFile(path)
	must(t, err)
	b[len(b)/2] ^= 1
	must(t, os.WriteFile(path, b, 0o600))
	s = openShop(t, s.state, s.dir)
	s.rescan()
	if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0], "damaged") {
		t.Errorf("%q", n)
	}
	found, _ := s.verify(VerifyOptions{})
	expectStates(t, found, "a damaged [0]")
	s.off(idOf("aaa"), 0)
}

func TestDamagedMemberOfAFetchedCollection(t *testing.T) {
	t.Parallel()
	s := openShop(t, t.TempDir(), filepath.Join(realDir(t), "Album"))
	files := map[string]string{"a": "aaa", "b/large": noise(3<<18, 9)}
	c, m, id := landIn(t, s.dir, files)
	_, err := s.AdoptCollection(c, m, id, true)
	must(t, err)
	large := idOf(files["b/large"])
	h, err := s.Open(id)
	must(t, err)
	defer h.Close()
	s.rot("b/large", 2<<18)
	found, counts := s.verify(VerifyOptions{Targets: []string{s.dir}})
	if expectStates(t, found, "b/large damaged [2]"); counts.OK != 1 {
		t.Errorf("%+v", counts)
	}
	if _, err := h.ReadAt(make([]byte, 9), h.SizeBytes()-9); !errors.Is(err, ErrChanged) {
		t.Errorf("who was reading the collection reads on: %v", err)
	}
	for range 2 {
		s.off(id, 1)
		s.off(large, 1)
		s.rescan()
		s.off(id, 1)
		s.off(large, 1)
		s.expect("album", "Fetched/Album/a")
		s = s.reopen()
	}
	if e, err := s.Expected(filepath.Join(s.dir, "b", "large")); err != nil || e.ID != large || !e.Damaged {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := s.Expected(filepath.Join(s.dir, "a")); err != nil || e.ID != idOf("aaa") || e.Damaged {
		t.Errorf("%+v, %v", e, err)
	}
	s.repaired("b/large", files["b/large"])
	if s.read(large) != files["b/large"] {
		t.Error("the repaired file is not served at once")
	}
	s.rescan()
	want, _ := wholeOf(t, files)
	if got, err := s.readWhole(id); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the collection is not whole again: %v", err)
	}
	if n := s.Stats().HashedFiles; n != 0 {
		t.Errorf("%d files were hashed", n)
	}
}

// A download folder may be a link to another disk: what was fetched there is known by
// either path.
func TestDamagedFileFetchedThroughALink(t *testing.T) {
	t.Parallel()
	link := filepath.Join(realDir(t), "downloads")
	must(t, os.Symlink(realDir(t), link))
	s := openShop(t, t.TempDir(), link)
	data := noise(3<<18, 3)
	s.write(map[string]string{"song": data})
	id, m, err := content.Hash(strings.NewReader(data), int64(len(data)))
	must(t, err)
	path := filepath.Join(link, "song")
	_, err = s.Adopt(path, m, id, true)
	must(t, err)
	if e, err := s.Expected(path); err != nil || e.ID != id {
		t.Errorf("%+v, %v", e, err)
	}
	s.rot("song", 1)
	found, _ := s.verify(VerifyOptions{Targets: []string{path}})
	expectStates(t, found, "song damaged [0]")
	s.dir = resolved(link) // as a repair has it
	s.repaired("song", data)
	s.expect("song", "Fetched/song")
	if s.read(id) != data || len(s.Damaged()) != 0 {
		t.Errorf("%+v", s.Damaged())
	}
	s.rescan()
	s.expect("song", "Fetched/song")
	if len(s.adoptedIDs) != 1 || len(s.damage.all()) != 0 {
		t.Errorf("%v, %+v", s.adoptedIDs, s.damage.all())
	}
}

// The catalog keeps what tells the good groups of a damaged file from the bad ones.
func TestDamagedFileKeepsItsManifest(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a": noise(3<<18, 1), "b": "b"})
	s.rot("a", 1<<18)
	s.verify(VerifyOptions{})
	s.catalog.spare = -1000
	s.catalog.prune(s.shelf.used)
	found, _ := s.verify(VerifyOptions{})
	expectStates(t, found, "a damaged [1]")
}
