package content

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func members(paths ...string) (files []Member) {
	for i, p := range paths {
		files = append(files, Member{Path: p, SizeBytes: int64(100 * i), ID: Sum([]byte(p))})
	}
	return files
}

func mustCollection(t testing.TB, files []Member) *Collection {
	t.Helper()
	c, err := NewCollection(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The encoding is frozen: it is what content ids are made of.
func TestCollectionGolden(t *testing.T) {
	c := mustCollection(t, []Member{{Path: "b", SizeBytes: 300, ID: ID{2}}, {Path: "a/x", ID: ID{1}}})
	want := "737461726c696e6720636f6c6c656374696f6e20310a" + // magic line
		"000000000000006d" + "00000002" + // 109 bytes, 2 files
		"25" + "03" + "612f78" + "00" + "01" + strings.Repeat("00", 31) +
		"24" + "01" + "62" + "ac02" + "02" + strings.Repeat("00", 31)
	if got := hex.EncodeToString([]byte(c.Index())); got != want {
		t.Errorf("index\n%s, want\n%s", got, want)
	}
	if c.SizeBytes() != 109+300 || c.Offset(0) != 109 || c.Offset(1) != 109 || c.IndexGroups() != 1 {
		t.Errorf("size %d, offsets %d %d", c.SizeBytes(), c.Offset(0), c.Offset(1))
	}
}

func TestCollectionIsTheSameWhateverTheOrder(t *testing.T) {
	files := members("a", "a.txt", "a-b/c", "b/c", "b/d", "b.x", "c/d/e/f", "é", "日本/語")
	want := mustCollection(t, slices.Clone(files))
	for range 20 {
		rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		if got := mustCollection(t, slices.Clone(files)); got.Index() != want.Index() {
			t.Fatal("the order of the files made another index")
		}
	}
	parsed, err := ParseCollection([]byte(want.Index()), want.SizeBytes())
	if err != nil || !reflect.DeepEqual(parsed, want) {
		t.Errorf("parsed %v, %v", parsed, err)
	}
}

func TestCollectionLocate(t *testing.T) {
	c := mustCollection(t, []Member{{Path: "a"}, {Path: "b", SizeBytes: 3}, {Path: "c"}, {Path: "d", SizeBytes: 2}, {Path: "e"}})
	start := int64(len(c.Index()))
	for off, want := range map[int64][2]int64{
		0: {-1, 0}, start - 1: {-1, start - 1}, start: {1, 0}, start + 2: {1, 2}, start + 3: {3, 0}, start + 4: {3, 1}, start + 5: {5, 0}, start + 9: {5, 4},
	} {
		if file, at := c.Locate(off); int64(file) != want[0] || at != want[1] {
			t.Errorf("offset %d is in file %d at %d, want %v", off, file, at, want)
		}
	}
}

func TestNewFolders(t *testing.T) {
	for _, c := range []struct {
		before, path string
		want         int
	}{{"", "a", 0}, {"", "a/b/c", 2}, {"a/b/c", "a/b/d", 0}, {"a/b/c", "a/c/d", 1}, {"a/b", "a-b/c/d", 2}, {"a/b/c", "ab", 0}} {
		if got := newFolders(c.before, c.path); got != c.want {
			t.Errorf("%q after %q: %d, want %d", c.path, c.before, got, c.want)
		}
	}
	var deep []Member
	for i := range CollectionFilesMax/100 + 1 {
		deep = append(deep, Member{Path: fmt.Sprintf("%d/%s", i, strings.Repeat("d/", 99)) + "f"})
	}
	if _, err := NewCollection(deep); !errors.Is(err, ErrBadCollection) {
		t.Errorf("too many folders: %v", err)
	}
}

func TestCollectionRefusesWhatIsNoFolder(t *testing.T) {
	bad := map[string][]Member{
		"empty":              nil,
		"no path":            members(""),
		"absolute":           members("/etc/passwd"),
		"upward":             members("../x"),
		"upward inside":      members("a/../../x"),
		"here":               members("./a"),
		"empty name":         members("a//b"),
		"folder":             members("a/"),
		"twice":              members("a", "b", "a"),
		"file and folder":    members("a", "a.b", "a/b"),
		"not UTF-8":          members("a\xff"),
		"NUL":                members("a\x00b"),
		"long name":          members(strings.Repeat("n", memberNameMax+1)),
		"long path":          members(strings.Repeat("n/", memberPathMax/2) + "n"),
		"negative size":      {{Path: "a", SizeBytes: -1}},
		"larger than can be": {{Path: "a", SizeBytes: MaxSizeBytes - 50}},
		"sums beyond":        {{Path: "a", SizeBytes: MaxSizeBytes / 2}, {Path: "b", SizeBytes: MaxSizeBytes / 2}},
		"too many":           make([]Member, CollectionFilesMax+1),
	}
	for name, files := range bad {
		if _, err := NewCollection(slices.Clone(files)); !errors.Is(err, ErrBadCollection) {
			t.Errorf("%s: made, %v", name, err)
		}
		if len(files) > 0 && len(files) < 10 {
			if _, err := ParseCollection(rawIndex(files), sumOf(files)); !errors.Is(err, ErrBadCollection) {
				t.Errorf("%s: parsed, %v", name, err)
			}
		}
	}
	for _, p := range []string{"..a", "a..", "...", "a b", " ", "con", strings.Repeat("n", memberNameMax), `a\b`} {
		if _, err := NewCollection(members(p)); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// rawIndex encodes without any check.
func rawIndex(files []Member) []byte {
	b := binary.BigEndian.AppendUint64([]byte(collectionMagic), 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(files)))
	for _, f := range files {
		b = appendMember(b, f)
	}
	binary.BigEndian.PutUint64(b[len(collectionMagic):], uint64(len(b)))
	return b
}

func sumOf(files []Member) int64 {
	n := int64(len(rawIndex(files)))
	for _, f := range files {
		n += f.SizeBytes
	}
	return n
}

func TestParseCollectionIsExact(t *testing.T) {
	files := members("a", "b", "c/d")
	index, size := rawIndex(files), sumOf(files)
	if _, err := ParseCollection(index, size); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() (*Collection, error){
		"another size": func() (*Collection, error) { return ParseCollection(index, size+1) },
		"cut":          func() (*Collection, error) { return ParseCollection(index[:len(index)-1], size) },
		"longer":       func() (*Collection, error) { return ParseCollection(append(slices.Clone(index), 0), size) },
		"unsorted": func() (*Collection, error) {
			return ParseCollection(rawIndex(members("b", "a")), sumOf(members("b", "a")))
		},
		"other version": func() (*Collection, error) {
			return ParseCollection([]byte("starling collection 2"+string(index[21:])), size)
		},
		"many claimed": func() (*Collection, error) {
			b := slices.Clone(index)
			binary.BigEndian.PutUint32(b[len(collectionMagic)+8:], 1<<31)
			return ParseCollection(b, size)
		},
	} {
		if _, err := f(); !errors.Is(err, ErrBadCollection) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a later version adds is passed over.
func TestParseCollectionPassesOverUnknown(t *testing.T) {
	b := binary.BigEndian.AppendUint64([]byte(collectionMagic), 0)
	b = binary.BigEndian.AppendUint32(b, 1)
	plain := appendMember(nil, Member{Path: "a", SizeBytes: 7, ID: ID{9}})
	b = append(b, plain[0]+3)
	b = append(append(b, plain[1:]...), "new"...)
	b = append(b, "and more behind"...)
	binary.BigEndian.PutUint64(b[len(collectionMagic):], uint64(len(b)))
	c, err := ParseCollection(b, int64(len(b))+7)
	if err != nil || !reflect.DeepEqual(c.Files(), []Member{{"a", 7, ID{9}}}) || c.Index() != string(b) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestCollectionIndexBytes(t *testing.T) {
	index := rawIndex(members("a"))
	if n, ok := CollectionIndexBytes(index[:CollectionHeadBytes]); !ok || n != int64(len(index)) {
		t.Errorf("%d, %v", n, ok)
	}
	for _, head := range []string{"", "starling collection 1\n", strings.Repeat("x", 100), collectionMagic + strings.Repeat("\xff", 12), collectionMagic + strings.Repeat("\x00", 12)} {
		if n, ok := CollectionIndexBytes([]byte(head)); ok {
			t.Errorf("%q: %d", head, n)
		}
	}
}

func FuzzParseCollection(f *testing.F) {
	for _, files := range [][]Member{members("a"), members("a", "b/c", "b/d"), members("a", "a/b"), members("../a")} {
		f.Add(rawIndex(files), sumOf(files))
	}
	f.Add([]byte(collectionMagic), int64(0))
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		c, err := ParseCollection(b, size)
		if err != nil {
			if !errors.Is(err, ErrBadCollection) {
				t.Fatal(err)
			}
			return
		}
		if c.SizeBytes() != size || c.Index() != string(b) || size > MaxSizeBytes {
			t.Fatal("accepted what it does not hold")
		}
		seen := make(map[string]bool)
		at := int64(len(b))
		for i, m := range c.Files() {
			if seen[m.Path] || strings.Contains("/"+m.Path+"/", "/../") || strings.HasPrefix(m.Path, "/") {
				t.Fatalf("path %q", m.Path)
			}
			seen[m.Path] = true
			if c.Offset(i) != at {
				t.Fatal("a gap")
			}
			if file, in := c.Locate(at); m.SizeBytes > 0 && (file != i || in != 0) {
				t.Fatal("located elsewhere")
			}
			at += m.SizeBytes
		}
		again, err := NewCollection(slices.Clone(c.Files()))
		if err != nil || !reflect.DeepEqual(again.Files(), c.Files()) {
			t.Fatal("it cannot be made again")
		}
	})
}

func BenchmarkParseCollection10k(b *testing.B) {
	var files []Member
	for i := range 10_000 {
		files = append(files, Member{Path: fmt.Sprintf("d%d/some file %d.txt", i%100, i), SizeBytes: 20 << 10})
	}
	c := mustCollection(b, files)
	index := []byte(c.Index())
	b.SetBytes(int64(len(index)))
	for b.Loop() {
		if _, err := ParseCollection(index, c.SizeBytes()); err != nil {
			b.Fatal(err)
		}
	}
}
