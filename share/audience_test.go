package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"starling/share/content"
)

// to makes the audience of a short word: everyone, id, or the nodes.
func to(word string) Audience {
	switch word {
	case "everyone", "id":
		return Audience{Kind: AudienceKind(word)}
	}
	return Audience{Kind: Named, Nodes: strings.Fields(word)}
}

func (s *shop) allow(name, word string) {
	s.Helper()
	if _, err := s.SetAudience(name, to(word)); err != nil {
		s.Fatal(err)
	}
}

// sees tells in one word for each way what a viewer gets of the folder Music with the file "grey wren.txt" in it: w: found by words, i: by its
// id, r: the root is listed, p: so is the file, o: it is opened, c: the collection is, d: ByID describes it.
func (s *shop) sees(who Viewer) string {
	s.Helper()
	v, id := s.For(who), idOf("wren")
	var out strings.Builder
	mark := func(letter string, seen bool) {
		if seen {
			out.WriteString(letter)
		}
	}
	mark("w", len(v.Search(mustParse(s, "wren"), 10)) > 0)
	mark("i", len(v.Search(mustParse(s, "id:"+id.String()), 10)) > 0)
	roots, err := v.Browse("", "", 10)
	must(s, err)
	mark("r", slices.ContainsFunc(roots, func(e Entry) bool { return e.Name == "Music" && !e.File.ID.IsZero() }))
	page, err := v.Browse("Music", "", 10)
	mark("p", err == nil && len(page) == 1)
	if err != nil && !errors.Is(err, ErrNotShared) {
		s.Errorf("the folder is refused by %v", err)
	}
	mark("o", s.opens(who, id))
	mark("c", s.opens(who, s.Roots()[0].ID))
	_, described := v.ByID(id)
	mark("d", described)
	return out.String()
}

func (s *shop) opens(who Viewer, id content.ID) bool {
	s.Helper()
	h, err := s.For(who).Open(id)
	if err != nil {
		if want := fmt.Sprintf("%s: %v", id.Short(), ErrNotShared); err.Error() != want {
			s.Errorf("refused by %q, what does not exist by %q", err, want)
		}
		return false
	}
	defer h.Close()
	b := make([]byte, 4)
	_, err = h.ReadAt(b, h.SizeBytes()-4)
	return err == nil && string(b) == "wren"
}

func wrenShop(t testing.TB) *shop {
	s := newShop(t, map[string]string{"grey wren.txt": "wren"})
	if _, err := s.AddRootAs(context.Background(), s.dir, RootOptions{Collection: true}); err != nil {
		t.Fatal(err)
	}
	s.rescan()
	return s
}

const all = "wirpocd"

// TestAudienceMatrix: who sees what of a root, by each way, and after each change, live and after a restart.
func TestAudienceMatrix(t *testing.T) {
	t.Parallel()
	s := wrenShop(t)
	for _, c := range []struct{ audience, owner, named, other, anyone string }{
		{"everyone", all, all, all, all},
		{"ann bob", all, all, "", ""},
		{"id", all, "iocd", "iocd", "iocd"},
		{"bob", all, "", "", ""},
		{"ann", all, all, "", ""},
		{"everyone", all, all, all, all},
		{"id", all, "iocd", "iocd", "iocd"},
		{"everyone", all, all, all, all},
	} {
		s.allow("Music", c.audience)
		for _, when := range []string{"at once", "after a look", "after a restart"} {
			switch when {
			case "after a look":
				s.rescan()
			case "after a restart":
				s = s.reopen()
			}
			for who, want := range map[Viewer]string{Owner(): c.owner, Node("ann"): c.named, Node("zoe"): c.other, Anyone(): c.anyone, Node(""): c.anyone} {
				if got := s.sees(who); got != want {
					t.Errorf("%s, %s: %+v sees %q, want %q", c.audience, when, who, got, want)
				}
			}
			if got := s.Roots()[0].Audience; !got.equal(to(c.audience)) {
				t.Errorf("%s, %s: the root says %v", c.audience, when, got)
			}
		}
	}
}

// TestReservedNamesStayApart: what is not for everyone is in no index that everyone's searches, or a table made of it, look into; and what is
// reserved comes without what anyone would find.
func TestReservedNamesStayApart(t *testing.T) {
	t.Parallel()
	s := wrenShop(t)
	for _, c := range []struct {
		audience         string
		common, reserved int // entries: the file and the collection
		found            int
	}{{"everyone", 2, 0, 2}, {"ann", 0, 1, 2}, {"id", 0, 0, 0}, {"everyone", 2, 0, 2}} {
		s.allow("Music", c.audience)
		s.rescan()
		if got := s.shelf.index.len(); got != c.common {
			t.Errorf("%s: %d entries in the common index", c.audience, got)
		}
		if got := len(s.For(Node("ann")).Reserved(mustParse(t, "wren"), 10)); got != c.reserved {
			t.Errorf("%s: %d rows by words are reserved", c.audience, got)
		}
		if got := len(s.For(Node("ann")).Reserved(mustParse(t, "id:"+idOf("wren").String()), 10)); got != c.reserved {
			t.Errorf("%s: %d rows by id are reserved", c.audience, got)
		}
		if got := s.Stats().Searchable; got != c.found {
			t.Errorf("%s: %d files can be found", c.audience, got)
		}
	}
	s.allow("Music", "ann")
	s.write(map[string]string{"new wren.txt": "new"})
	s.rescan()
	if s.shelf.index.len() != 0 || len(s.For(Node("ann")).Reserved(mustParse(t, "new wren"), 10)) != 1 {
		t.Error("a new file of a reserved root is in the wrong index")
	}
	must(t, s.RemoveRoot("Music"))
	if len(s.For(Owner()).Search(mustParse(t, "wren"), 10)) != 0 {
		t.Error("a removed root is found")
	}
}

// TestAnyRootThatAllows: content in several roots is served if one of them allows it, however many others do not.
func TestAnyRootThatAllows(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"copy.txt": "same"})
	other := &shop{TB: t, Library: s.Library, dir: filepath.Join(realDir(t), "Other")}
	files := make(map[string]string)
	for i := range 2 * sameContent {
		files[fmt.Sprintf("copy %d.txt", i)] = "same"
	}
	must(t, os.Mkdir(other.dir, 0o755))
	other.write(files)
	_, err := s.AddRootAs(context.Background(), other.dir, RootOptions{Audience: &Audience{Kind: Named, Nodes: []string{"ann"}}})
	must(t, err)
	s.rescan()
	found := s.For(Anyone()).Search(mustParse(t, "id:"+idOf("same").String()), 100)
	if paths := filePaths(found); !slices.Equal(paths, []string{"Music/copy.txt"}) {
		t.Errorf("anyone finds %q", paths)
	}
	h, err := s.For(Anyone()).Open(idOf("same"))
	must(t, err)
	defer h.Close()
	must(t, s.RemoveRoot("Other"))
	if h.Lapsed() {
		t.Error("what is still shared was taken back")
	}
	s.allow("Music", "ann")
	if !h.Lapsed() {
		t.Error("what was taken back is still read")
	}
}

// TestHandlesLapse: who may not have it any more reads nothing from then on, of a file and of a collection; the owner reads on.
func TestHandlesLapse(t *testing.T) {
	t.Parallel()
	for what, take := range map[string]func(*shop){
		"reserved for others": func(s *shop) { s.allow("Music", "bob") },
		"removed":             func(s *shop) { must(s, s.RemoveRoot(s.dir)) },
	} {
		s := wrenShop(t)
		s.allow("Music", "ann")
		for _, id := range []content.ID{idOf("wren"), s.Roots()[0].ID} {
			h, err := s.For(Node("ann")).Open(id)
			must(t, err)
			defer h.Close()
			owners, err := s.Library.Open(id)
			must(t, err)
			defer owners.Close()
			if _, err := h.ReadAt(make([]byte, 4), 0); err != nil || h.Lapsed() {
				t.Errorf("before it was %s: %v", what, err)
			}
			defer func() {
				_, err := h.ReadAt(make([]byte, 4), 0)
				if !h.Lapsed() || !errors.Is(err, ErrNotShared) {
					t.Errorf("after it was %s: %v", what, err)
				}
				if _, err := owners.ReadAt(make([]byte, 4), 0); err != nil {
					t.Errorf("the owner, after it was %s: %v", what, err)
				}
			}()
		}
		take(s)
	}
}

// TestFoldersAreNotGuessed: who knows an id learns a file's name by it, and cannot try out words on the names of its folders.
func TestFoldersAreNotGuessed(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"secret/inner/wren.txt": "wren"})
	s.allow("Music", "id")
	id := "id:" + idOf("wren").String()
	for words, want := range map[string]int{id: 1, id + " wren": 1, id + " secret": 0, id + " music": 0, id + " -secret": 1} {
		if got := len(s.For(Anyone()).Search(mustParse(t, words), 10)); got != want {
			t.Errorf("%s: %d rows, want %d", words, got, want)
		}
	}
}

// TestFetchedCollectionInAReservedFolder: what was fetched into a shared folder is shared as the folder is, the whole of it too.
func TestFetchedCollectionInAReservedFolder(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{"a.txt": "a", "sub/b.txt": "b"})
	col, err := content.NewCollection([]content.Member{{Path: "b.txt", SizeBytes: 1, ID: idOf("b")}})
	must(t, err)
	whole := col.Index() + "b"
	id, m, err := content.Hash(strings.NewReader(whole), int64(len(whole)))
	must(t, err)
	info, err := os.Lstat(filepath.Join(s.dir, "sub", "b.txt"))
	must(t, err)
	path := filepath.Join(s.dir, "sub")
	landed := &Landed{Path: path, Collection: col, raws: []string{"b.txt"}, stats: []fileStat{statOf(info, filepath.Join(path, "b.txt"))}}
	_, err = s.AdoptCollection(landed, m, id, true)
	must(t, err)
	for _, c := range []struct {
		audience string
		served   bool
		found    int
	}{{"everyone", true, 1}, {"ann", false, 0}, {"id", true, 0}} {
		s.allow("Music", c.audience)
		if got := len(s.For(Anyone()).Search(mustParse(t, "sub type:collection"), 10)); got != c.found {
			t.Errorf("%s: anyone finds %d by words", c.audience, got)
		}
		if _, seen := s.For(Anyone()).collectionAt("Fetched/sub"); seen != (c.found > 0) {
			t.Errorf("%s: anyone sees it listed: %v", c.audience, seen)
		}
		h, err := s.For(Anyone()).Open(id)
		if (err == nil) != c.served {
			t.Errorf("%s: %v", c.audience, err)
		}
		if err == nil {
			h.Close()
		}
		if _, err := s.For(Node("ann")).Open(id); err != nil {
			t.Errorf("%s: ann: %v", c.audience, err)
		}
	}
}

// TestAudienceChangesUnderLoad: while audiences change, nobody is shown what is not theirs, and in the end the indexes are right. For the race
// detector above all.
func TestAudienceChangesUnderLoad(t *testing.T) {
	t.Parallel()
	s := wrenShop(t)
	s.allow("Music", "ann")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if n := len(s.For(Node("zoe")).Search(mustParse(t, "wren"), 10)); n > 0 {
				t.Errorf("zoe finds %d files", n)
				return
			}
			if h, err := s.For(Node("ann")).Open(idOf("wren")); err == nil {
				_, _ = io.ReadAll(io.NewSectionReader(h, 0, h.SizeBytes()))
				h.Close()
			}
		}
	}()
	for i := range 50 {
		s.allow("Music", []string{"ann", "id", "ann bob"}[i%3])
		if i%10 == 0 {
			s.rescan()
		}
	}
	cancel()
	<-done
	s.allow("Music", "everyone")
	if got := s.sees(Anyone()); got != all {
		t.Errorf("in the end anyone sees %q", got)
	}
}
