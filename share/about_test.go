package share

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"starling/share/words"
)

// What share/tags reads in its samples.
const (
	songTags  = "Björk & Orkester · Jóga · Homogenic · 1997 · Electronic"
	photoTags = "Puffins on the cliff · Canon EOS 5D · 2019-07-14"
)

func sampleOf(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("tags", "testdata", name))
	must(t, err)
	return string(b)
}

func (s *shop) says(path string, typ words.Type, tags string) {
	s.Helper()
	if f, ok := s.ByPath(path); !ok || f.Type != typ || f.Tags != tags {
		s.Errorf("%s is %v and says %q; want %v, %q", path, f.Type, f.Tags, typ, tags)
	}
}

// Type and tags come with the hash, stay with it over a restart, and go with it
// when the file changes.
func TestFilesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	s := newShop(t, map[string]string{
		"01": sampleOf(t, "opus.ogg"), "02.mp3": sampleOf(t, "id3v24.mp3"), "b/img.txt": sampleOf(t, "photo.jpg"),
		"tool.mp3": "\x7fELF\x02\x01\x01\x00\x00\x00", "plain.txt": "words",
	})
	for range 2 {
		s.says("Music/01", words.Audio, songTags)
		s.says("Music/02.mp3", words.Audio, songTags)
		s.says("Music/b/img.txt", words.Image, photoTags)
		s.says("Music/tool.mp3", words.Executable, "")
		s.says("Music/plain.txt", words.Document, "")
		s.expect("type:executable", "Music/tool.mp3")
		s.expect("type:image", "Music/b/img.txt")
		s = s.reopen()
		if n := s.Stats().HashedBytes; n != 0 {
			t.Errorf("%d bytes were hashed again", n)
		}
	}
	s.write(map[string]string{"02.mp3": sampleOf(t, "film.mp4")})
	s.rescan()
	s.says("Music/02.mp3", words.Audio, "The Red Film") // the containers of films hold sound as well
	s.expect("type:executable", "Music/tool.mp3")
}

// A catalog of before, and one of other rules, costs looks and no hashing.
func TestOldCatalogsAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]func(v []byte) []byte{
		"only ids":      func(v []byte) []byte { return v[:32] },
		"another time":  func(v []byte) []byte { v[32] = aboutVersion + 1; return v },
		"cut short":     func(v []byte) []byte { return v[:33] },
		"nothing known": func(v []byte) []byte { return append(v[:32], 0) },
	} {
		s := newShop(t, map[string]string{"01.txt": sampleOf(t, "flac.flac"), "02.txt": "words"})
		s.stop()
		rewrite(t, filepath.Join(s.state, "catalog.db"), old)
		for range 2 {
			s = openShop(t, s.state, s.dir)
			<-s.Ready() // after one look
			s.says("Music/01.txt", words.Audio, songTags)
			s.says("Music/02.txt", words.Document, "")
			s.expect("type:audio", "Music/01.txt")
			if n := s.Stats().HashedBytes; n != 0 {
				t.Errorf("%s: %d bytes were hashed again", name, n)
			}
			s.stop()
		}
		rewrite(t, filepath.Join(s.state, "catalog.db"), func(v []byte) []byte {
			if len(v) < 34 || v[32] != aboutVersion {
				t.Errorf("%s: %x stays in the catalog", name, v)
			}
			return v
		})
	}
}

// rewrite changes the values of the catalog's files, without their checksums.
func rewrite(t *testing.T, path string, change func(v []byte) []byte) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	must(t, err)
	values := make(map[string][]byte)
	must(t, db.Update(func(tx *bolt.Tx) error {
		must(t, tx.Bucket(filesBucket).ForEach(func(key, v []byte) error {
			values[string(key)] = checked(key, change(bytes.Clone(unchecked(key, v))))
			return nil
		}))
		for key, v := range values {
			must(t, tx.Bucket(filesBucket).Put([]byte(key), v))
		}
		return nil
	}))
	if len(values) == 0 {
		t.Error("the catalog is empty")
	}
	must(t, db.Close())
}

// The bytes are the catalog's format: what earlier and later programs find.
func TestCataloguedValue(t *testing.T) {
	t.Parallel()
	id := idOf("x")
	for _, k := range []catalogued{{id: id}, {id, about{looked: true}}, {id, about{true, words.Audio, "A · B"}}} {
		want := id[:]
		if k.looked {
			want = append(append(bytes.Clone(want), 1, byte(k.typ)), k.tags...)
		}
		if got := k.value(); !bytes.Equal(got, want) {
			t.Errorf("%+v is written as %x, want %x", k, got, want)
		}
		if got, ok := parseCatalogued(want); !ok || got != k {
			t.Errorf("%x is read as %+v, want %+v", want, got, k)
		}
	}
	if _, ok := parseCatalogued(id[:31]); ok {
		t.Error("half an id is known")
	}
}

// What was fetched says what it is at once, alone or in a collection, and to those
// who know its id only.
func TestFetchedFilesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	s := openShop(t, t.TempDir(), "")
	path, m, id := fetched(t, realDir(t), "download", sampleOf(t, "aac.m4a"))
	f, err := s.Adopt(path, m, id, false)
	if err != nil || f.Type != words.Audio || f.Tags != songTags {
		t.Errorf("%+v, %v", f, err)
	}
	photo := sampleOf(t, "photo.png")
	c, m, whole := landIn(t, filepath.Join(realDir(t), "Album"), map[string]string{"img": photo, "b": "b"})
	if f, err = s.AdoptCollection(c, m, whole, true); err != nil || f.Type != words.Collection {
		t.Fatalf("%+v, %v", f, err)
	}
	for range 2 {
		s.rescan()
		if f, ok := s.ByID(id); !ok || f.Type != words.Audio || f.Tags != songTags {
			t.Errorf("%+v", f)
		}
		if f, ok := s.ByID(idOf(photo)); !ok || f.Type != words.Image || f.Tags != photoTags {
			t.Errorf("%+v", f)
		}
		if f, ok := s.ByID(whole); !ok || f.Type != words.Collection || f.Tags != "" || s.Stats().HashedBytes != 0 {
			t.Errorf("%+v, %d bytes hashed", f, s.Stats().HashedBytes)
		}
		s = s.reopen()
	}
}
