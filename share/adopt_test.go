package share

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"starling/share/content"
)

// fetched makes a finished download in a folder that is not shared.
func fetched(t testing.TB, dir, name, data string) (path string, m *content.Manifest, id content.ID) {
	t.Helper()
	path = filepath.Join(dir, name)
	must(t, os.WriteFile(path, []byte(data), 0o644))
	past(t, path)
	id, m, err := content.Hash(strings.NewReader(data), int64(len(data)))
	must(t, err)
	return path, m, id
}

func TestAdoptServesByIDOnly(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	data := strings.Repeat("fetched ", 100_000)
	path, m, id := fetched(t, realDir(t), "Fetched Song.mp3", data)
	f, err := s.Adopt(path, m, id, false)
	must(t, err)
	if f.Path != "Fetched/Fetched Song.mp3" || f.Searchable || f.ID != id {
		t.Errorf("Adopt gives %+v", f)
	}
	for range 2 {
		if got := s.read(id); got != data {
			t.Errorf("%d bytes are served", len(got))
		}
		s.expect("song")
		s.expect("type:audio")
		s.expect("id:"+id.String(), "Fetched/Fetched Song.mp3") // who knows the id is told
		if _, ok := s.ByPath("Fetched/Fetched Song.mp3"); ok {
			t.Error("its path is told")
		}
		if entries, err := s.Browse("", "", 9); err != nil || len(entries) != 1 {
			t.Errorf("it is listed: %+v, %v", entries, err)
		}
		if len(s.Roots()) != 1 {
			t.Errorf("Roots = %+v", s.Roots())
		}
		s = s.reopen()
		if s.Stats().HashedBytes != 0 {
			t.Errorf("%d bytes were read again", s.Stats().HashedBytes)
		}
	}
	must(t, s.Forget(id))
	if err := s.Forget(id); !errors.Is(err, ErrNotShared) {
		t.Errorf("forgetting twice: %v", err)
	}
	s.expect("id:" + id.String())
	s = s.reopen()
	s.expect("id:" + id.String())
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file itself: %v", err)
	}
}

func TestAdoptSearchable(t *testing.T) {
	s := newShop(t, nil)
	path, m, id := fetched(t, realDir(t), "song.mp3", "la la")
	_, err := s.Adopt(path, m, id, true)
	must(t, err)
	quiet, m2, id2 := fetched(t, realDir(t), "a quiet song.mp3", "hush")
	_, err = s.Adopt(quiet, m2, id2, false)
	must(t, err)
	for range 2 {
		s.expect("song", "Fetched/song.mp3")
		if entries, err := s.Browse("Fetched", "", 9); err != nil || len(entries) != 1 || entries[0].File.ID != id {
			t.Errorf("Browse: %+v, %v", entries, err)
		}
		s = s.reopen()
	}
}

func TestAdoptInASharedFolder(t *testing.T) {
	s := newShop(t, map[string]string{"a.txt": "a"})
	path, m, id := fetched(t, s.dir, "song.mp3", "la la")
	f, err := s.Adopt(path, m, id, false)
	must(t, err)
	if f.Path != "Music/song.mp3" || !f.Searchable {
		t.Errorf("Adopt gives %+v", f)
	}
	s.rescan()
	s.expect("song", "Music/song.mp3")
	s.expect("id:"+id.String(), "Music/song.mp3") // once, not twice
	if s.Stats().HashedFiles != 1 || s.Stats().Files != 2 {
		t.Errorf("%+v: it was read again", s.Stats())
	}
	must(t, s.RemoveRoot("Music")) // it was fetched, so it is still served by id
	s.rescan()
	s.expect("song")
	s.expect("id:"+id.String(), "Fetched/song.mp3")
	hidden, m, id := fetched(t, s.dir, "x.pem", "not for everyone")
	_, err = s.Adopt(hidden, m, id, false)
	must(t, err)
	s.expect("id:"+id.String(), "Fetched/x.pem")
}

func TestAdoptRefusesWhatDoesNotFit(t *testing.T) {
	s := newShop(t, nil)
	dir := realDir(t)
	path, m, id := fetched(t, dir, "song.mp3", "la la")
	if _, err := s.Adopt(path, m, idOf("other"), false); !errors.Is(err, content.ErrBadManifest) {
		t.Errorf("a foreign id: %v", err)
	}
	must(t, os.WriteFile(path, []byte("la la la"), 0o644))
	if _, err := s.Adopt(path, m, id, false); !errors.Is(err, ErrChanged) {
		t.Errorf("another size: %v", err)
	}
	if _, err := s.Adopt(filepath.Join(dir, "gone"), m, id, false); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.Symlink(path, filepath.Join(dir, "link")); err == nil {
		if _, err := s.Adopt(filepath.Join(dir, "link"), m, id, false); !errors.Is(err, ErrChanged) {
			t.Errorf("a link: %v", err)
		}
	}
}

func TestAdoptedFilesThatChangeOrVanish(t *testing.T) {
	s := newShop(t, nil)
	parent := realDir(t)
	dir := filepath.Join(parent, "disk")
	must(t, os.Mkdir(dir, 0o755))
	changed, m1, id1 := fetched(t, dir, "changed", "one")
	deleted, m2, id2 := fetched(t, dir, "deleted", "two")
	kept, m3, id3 := fetched(t, dir, "kept", "three")
	for path, what := range map[string]struct {
		m  *content.Manifest
		id content.ID
	}{changed: {m1, id1}, deleted: {m2, id2}, kept: {m3, id3}} {
		_, err := s.Adopt(path, what.m, what.id, false)
		must(t, err)
	}
	must(t, os.Rename(dir, dir+"-unplugged")) // the disk is away: all may come back
	s.rescan()
	s.expect("id:" + id3.String())
	must(t, os.Rename(dir+"-unplugged", dir))
	must(t, os.Remove(deleted))
	must(t, os.WriteFile(changed, []byte("ONE"), 0o644))
	past(t, changed)
	s.rescan()
	s.expect("id:"+id3.String(), "Fetched/kept")
	for _, id := range []content.ID{id1, id2} {
		if err := s.Forget(id); !errors.Is(err, ErrNotShared) {
			t.Errorf("%s is still adopted: %v", id.Short(), err)
		}
	}
	if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0], "changed") {
		t.Errorf("Notices = %q", n)
	}
	s.expect("id:" + idOf("ONE").String()) // what the owner made of it is not shared
}

func TestAdoptWithoutRun(t *testing.T) {
	state := t.TempDir()
	l, err := Open(Options{Dir: state})
	must(t, err)
	path, m, id := fetched(t, realDir(t), "song.mp3", "la la")
	_, err = l.Adopt(path, m, id, true)
	must(t, err)
	h, err := l.Open(id)
	must(t, err)
	must(t, errors.Join(h.Close(), l.Close()))
	s := openShop(t, state, "")
	s.rescan()
	s.expect("song", "Fetched/song.mp3")
	if s.Stats().HashedBytes != 0 {
		t.Error("it was read again")
	}
}

// A finished partial goes straight to the library.
func TestFinishedPartialIsAdopted(t *testing.T) {
	s := newShop(t, nil)
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	id, m, err := content.Hash(bytes.NewReader(data), int64(len(data)))
	must(t, err)
	ctx := context.Background()
	p, err := OpenPartial(ctx, PartialOptions{Dir: realDir(t), Name: "data.bin", ID: id, StateDir: t.TempDir()})
	must(t, err)
	must(t, p.SetManifest(ctx, m))
	for g := range m.Groups() {
		off, n := m.Span(g)
		must(t, p.WriteGroup(g, data[off:off+n]))
	}
	path, err := p.Finish(ctx, "data.bin", ExistsRename)
	must(t, err)
	_, err = s.Adopt(path, m, id, false)
	must(t, err)
	if s.read(id) != string(data) {
		t.Error("other bytes are served")
	}
}
