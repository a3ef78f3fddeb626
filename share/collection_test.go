package share

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"starling/share/content"
	"starling/share/words"
)

// newCollection shares a fresh folder called Music as a collection.
func newCollection(t testing.TB, files map[string]string) *shop {
	t.Helper()
	s := openShop(t, t.TempDir(), filepath.Join(realDir(t), "Music"))
	must(t, os.Mkdir(s.dir, 0o755))
	s.write(files)
	_, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Collection: true})
	must(t, err)
	s.rescan()
	return s
}

// wholeOf is what a collection of these files must be, byte by byte.
func wholeOf(t testing.TB, files map[string]string) (data []byte, id content.ID) {
	t.Helper()
	var members []content.Member
	for path, text := range files {
		members = append(members, content.Member{Path: path, SizeBytes: int64(len(text)), ID: idOf(text)})
	}
	col, err := content.NewCollection(members)
	must(t, err)
	data = []byte(col.Index())
	for _, f := range col.Files() {
		data = append(data, files[f.Path]...)
	}
	return data, content.Sum(data)
}

var someFiles = map[string]string{
	"a.txt": "first", "b/c.txt": "second", "b/empty": "", "b/d/e.bin": strings.Repeat("e", 700<<10), "b-x": "third", "é/ü.txt": "umlaut",
}

// theID is the id of the shop's collection; zero while it has none.
func (s *shop) theID() content.ID {
	s.Helper()
	roots := s.Roots()
	if len(roots) != 1 || !roots[0].Collection {
		s.Fatalf("roots %+v", roots)
	}
	return roots[0].ID
}

func (s *shop) readWhole(id content.ID) ([]byte, error) {
	s.Helper()
	h, err := s.Open(id)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	if err := h.Manifest().Prove(id); err != nil {
		s.Fatal(err)
	}
	b := make([]byte, h.SizeBytes())
	_, err = h.ReadAt(b, 0)
	return b, err
}

func TestCollectionIsServedWhole(t *testing.T) {
	s := newCollection(t, someFiles)
	want, id := wholeOf(t, someFiles)
	if s.theID() != id {
		t.Fatalf("id %v, want %v", s.theID(), id)
	}
	b, err := s.readWhole(id)
	if err != nil || !bytes.Equal(b, want) {
		t.Fatalf("other bytes, %v", err)
	}
	h, err := s.Open(id)
	must(t, err)
	defer h.Close()
	f := h.File()
	if f.Name != "Music" || f.Type != words.Collection || f.Files != len(someFiles) || f.SizeBytes != int64(len(want)) || h.IndexGroups() != 1 {
		t.Errorf("%+v, %d", f, h.IndexGroups())
	}
	for _, at := range []int64{0, 1, 100, 300, 600, int64(len(want)) - 5} { // pieces anywhere
		piece := make([]byte, min(70_000, int64(len(want))-at))
		if _, err := h.ReadAt(piece, at); err != nil || !bytes.Equal(piece, want[at:at+int64(len(piece))]) {
			t.Errorf("at %d: %v", at, err)
		}
	}
	if n, err := h.ReadAt(make([]byte, 10), int64(len(want))-5); n != 5 || !errors.Is(err, io.EOF) {
		t.Errorf("behind the end: %d, %v", n, err)
	}
	if s.Stats().Files != len(someFiles) || s.Roots()[0].Files != len(someFiles) {
		t.Errorf("%+v", s.Stats())
	}
	if s.read(idOf("first")) != "first" {
		t.Error("a file of it is not served by itself")
	}
}

func TestCollectionIsFound(t *testing.T) {
	s := newCollection(t, someFiles)
	if got := s.paths("music type:collection"); !slices.Equal(got, []string{"Music"}) {
		t.Errorf("by type: %q", got)
	}
	if got := s.Search(mustParse(t, "music"), 1); len(got) != 1 || got[0].Type != words.Collection {
		t.Errorf("the folder is not the best answer to its name: %+v", got)
	}
	if got := s.paths("a.txt"); !slices.Equal(got, []string{"Music/a.txt"}) {
		t.Errorf("a file by its name: %q", got)
	}
	entries, err := s.Browse("", "", 10)
	if err != nil || len(entries) != 1 || !entries[0].IsDir || entries[0].File.ID != s.theID() || entries[0].Files != len(someFiles) {
		t.Errorf("%+v, %v", entries, err)
	}
	if entries, err = s.Browse("Music", "", 10); err != nil || entries[1].File.ID != idOf("third") || entries[2].Name != "b" || !entries[2].File.ID.IsZero() {
		t.Errorf("%+v, %v", entries, err)
	}
	if f, ok := s.ByPath("Music"); !ok || f.ID != s.theID() {
		t.Errorf("by path: %+v", f)
	}
	if f, ok := s.CollectionAt(s.dir); !ok || f.ID != s.theID() {
		t.Errorf("by folder: %+v", f)
	}
	if f, ok := s.ByID(s.theID()); !ok || f.Files != len(someFiles) {
		t.Errorf("by id: %+v", f)
	}
	must(t, s.RemoveRoot("Music"))
	s.rescan()
	if _, ok := s.CollectionAt(s.dir); ok || len(s.paths("music")) > 0 {
		t.Error("still there when its folder is shared no more")
	}
}

// Nothing is read again when nothing has changed.
func TestCollectionSurvivesARestartUnread(t *testing.T) {
	s := newCollection(t, someFiles)
	id := s.theID()
	s = s.reopen()
	if s.theID() != id || s.Stats().HashedBytes != 0 {
		t.Errorf("id %v, want %v; %d bytes hashed", s.theID(), id, s.Stats().HashedBytes)
	}
	if _, err := s.readWhole(id); err != nil {
		t.Error(err)
	}
}

func TestChangedCollectionIsGoneUntilMadeAnew(t *testing.T) {
	s := newCollection(t, someFiles)
	old := s.theID()
	h, err := s.Open(old)
	must(t, err)
	defer h.Close()
	s.write(map[string]string{"b/c.txt": "SECOND"})
	if _, err := h.ReadAt(make([]byte, h.SizeBytes()), 0); !errors.Is(err, ErrChanged) {
		t.Errorf("a changed file was read: %v", err)
	}
	if _, err := s.Open(old); !errors.Is(err, ErrNotShared) {
		t.Errorf("still offered: %v", err)
	}
	s.rescan()
	changed := map[string]string{}
	for path, text := range someFiles {
		changed[path] = text
	}
	changed["b/c.txt"] = "SECOND"
	want, id := wholeOf(t, changed)
	if b, err := s.readWhole(s.theID()); s.theID() != id || err != nil || !bytes.Equal(b, want) {
		t.Errorf("id %v, want %v; %v", s.theID(), id, err)
	}
	if _, err := s.Open(old); !errors.Is(err, ErrNotShared) {
		t.Errorf("the old one: %v", err)
	}
	must(t, os.RemoveAll(s.dir))
	s.rescan()
	if _, err := s.Open(id); err == nil || !s.theID().IsZero() {
		t.Error("served without its folder")
	}
}

// A folder that is changing has its collection read again only when it rests,
// and keeps the old one while that is whole.
func TestChangingCollectionWaits(t *testing.T) {
	s := newCollection(t, someFiles)
	r := s.shelf.folders()[0]
	k := &keeper{Library: s.Library, making: packing{made: make(map[fileName]*made)}}
	now := time.Now()
	first := k.packOf(fileName{root: r}, now)
	if first == nil || k.packOf(fileName{root: r}, now) != first || !k.making.at.IsZero() {
		t.Fatal("not made, or made twice of one listing")
	}
	s.shelf.change(r, []*record{{path: "Music/new", raw: "new", id: idOf("new"), stat: fileStat{size: 3}, root: r}}, nil)
	if k.packOf(fileName{root: r}, now) != first || !k.making.at.Equal(now.Add(packQuiet)) {
		t.Error("made anew at once, or never")
	}
	s.shelf.change(r, nil, []*record{s.shelf.byName(r, "Music/a.txt", "a.txt")})
	if k.packOf(fileName{root: r}, now.Add(packQuiet)) != nil {
		t.Error("the old one goes on without a file, or the new one did not wait again")
	}
	second := k.packOf(fileName{root: r}, now.Add(2*packQuiet))
	if second == nil || second == first || len(second.pack.stats) != len(someFiles) {
		t.Errorf("not made anew: %+v", second)
	}
	s.shelf.change(r, []*record{{path: "Music/new", raw: "new", id: idOf("more"), stat: fileStat{size: 4}, root: r}}, nil)
	k.thenQuiet = append(k.thenQuiet, nil)
	if third := k.packOf(fileName{root: r}, now.Add(2*packQuiet)); third == nil || third == second {
		t.Error("who asks for a look has to wait")
	}
}

func TestCollectionRefusals(t *testing.T) {
	s := newShop(t, map[string]string{"a": "a"})
	empty := filepath.Join(realDir(t), "Empty")
	must(t, os.MkdirAll(filepath.Join(empty, "folder"), 0o755))
	must(t, os.WriteFile(filepath.Join(empty, ".hidden"), []byte("x"), 0o644))
	if _, err := s.AddRootAs(context.Background(), empty, RootOptions{Collection: true}); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "no files") {
		t.Errorf("an empty folder: %v", err)
	}
	if r, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Collection: true}); err != nil || !r.Collection {
		t.Errorf("a shared folder does not become one: %+v, %v", r, err)
	}
	s.rescan()
	id := s.theID()
	if id.IsZero() {
		t.Fatal("not made")
	}
	if r, err := s.AddRoot(context.Background(), s.dir); err != nil || !r.Collection {
		t.Errorf("adding it once more ends it: %+v, %v", r, err)
	}
	s = s.reopen()
	if s.theID() != id {
		t.Error("forgotten")
	}
	must(t, os.Remove(filepath.Join(s.dir, "a")))
	s.rescan()
	if r := s.Roots()[0]; !r.ID.IsZero() || r.Files != 0 {
		t.Errorf("without files: %+v", r)
	}
}

// Names that are not UTF-8 may become one; then the others are shared and the
// owner is told.
func TestCollectionOfOddNames(t *testing.T) {
	s := newCollection(t, map[string]string{"x\xff": "1", "x\xfe": "2", "y": "3"})
	_, id := wholeOf(t, map[string]string{"x_": "2", "y": "3"})
	if r := s.Roots()[0]; r.ID != id || !strings.Contains(r.Problem, "collection is without") {
		t.Errorf("%+v, want id %v", r, id)
	}
}

func TestCollectionWithLostCatalog(t *testing.T) {
	s := newCollection(t, someFiles)
	id := s.theID()
	s.stop()
	must(t, os.Remove(filepath.Join(s.state, "catalog.db")))
	s = openShop(t, s.state, s.dir)
	s.rescan()
	if s.theID() != id {
		t.Errorf("id %v, want %v", s.theID(), id)
	}
}

// innerID is the id of the only inner collection; zero while it has none.
func (s *shop) innerID() content.ID {
	s.Helper()
	r := s.Roots()[0]
	if r.Collection || len(r.Collections) != 1 {
		s.Fatalf("%+v", r)
	}
	return r.Collections[0].ID
}

// A folder in a shared folder is one thing by choice, of its own files only.
func TestInnerCollection(t *testing.T) {
	s := newShop(t, someFiles)
	ctx, inner := context.Background(), filepath.Join(s.dir, "b")
	p, err := s.Preview(ctx, inner, RootOptions{Collection: true}, nil)
	if err != nil || p.Name != "b" || p.Files != 3 || p.Largest[0] != (PreviewFile{Path: "d/e.bin", SizeBytes: 700 << 10}) {
		t.Errorf("Preview = %+v, %v", p, err)
	}
	if r, err := s.AddRootAs(ctx, inner, RootOptions{Collection: true}); err != nil || r.Name != "Music" || r.Collection || len(s.Roots()) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	s.rescan()
	files := map[string]string{"c.txt": someFiles["b/c.txt"], "empty": "", "d/e.bin": someFiles["b/d/e.bin"]}
	want, id := wholeOf(t, files)
	if s.innerID() != id {
		t.Fatalf("id %v, want %v", s.innerID(), id)
	}
	if b, err := s.readWhole(id); err != nil || !bytes.Equal(b, want) {
		t.Errorf("other bytes, %v", err)
	}
	if f, ok := s.CollectionAt(inner); !ok || f.Path != "Music/b" || f.Files != len(files) {
		t.Errorf("%+v, %v", f, ok)
	}
	s.expect("b type:collection", "Music/b")
	s = s.reopen()
	if s.innerID() != id {
		t.Error("forgotten")
	}
	must(t, s.RemoveCollection(inner))
	if _, err := s.Open(id); !errors.Is(err, ErrNotShared) {
		t.Errorf("taken back, Open: %v", err)
	}
	if s.read(idOf("second")) != "second" || !errors.Is(s.RemoveCollection(inner), ErrNotShared) {
		t.Error("its files are taken back too, or it ends twice")
	}
	s.rescan()
	s.expect("type:collection")
}

// Both the whole and a folder in it may be one, and both end with the root.
func TestCollectionInACollection(t *testing.T) {
	s := newCollection(t, someFiles)
	_, err := s.AddRootAs(context.Background(), filepath.Join(s.dir, "b"), RootOptions{Collection: true})
	must(t, err)
	s.rescan()
	r := s.Roots()[0]
	if r.ID.IsZero() || r.Collections[0].ID.IsZero() {
		t.Fatalf("%+v", r)
	}
	must(t, s.RemoveCollection("Music"))
	if r := s.Roots()[0]; r.Collection || len(r.Collections) != 1 {
		t.Errorf("%+v", r)
	}
	must(t, s.RemoveRoot("Music"))
	for _, id := range []content.ID{r.ID, r.Collections[0].ID} {
		if _, err := s.Open(id); !errors.Is(err, ErrNotShared) {
			t.Errorf("Open: %v", err)
		}
	}
}

// Two folders whose names become one in UTF-8 do not lend each other files.
func TestInnerCollectionOfOddNames(t *testing.T) {
	s := newShop(t, map[string]string{"x\xff/1": "1", "x\xfe/2": "2", "y": "3"})
	_, err := s.AddRootAs(context.Background(), filepath.Join(s.dir, "x\xff"), RootOptions{Collection: true})
	must(t, err)
	s.rescan()
	if _, id := wholeOf(t, map[string]string{"1": "1"}); s.innerID() != id {
		t.Errorf("id %v, want %v", s.innerID(), id)
	}
}
