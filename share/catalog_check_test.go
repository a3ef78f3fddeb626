package share

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// Whatever bbolt writes passes the check: puts, deletes and rewrites of keys
// and values of all sizes, at every commit.
func TestCheckAcceptsWhatBoltWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	rng := rand.New(rand.NewPCG(3, 4))
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true})
	must(t, err)
	defer db.Close()
	for round := range 120 {
		must(t, db.Update(func(tx *bolt.Tx) error {
			for _, name := range []string{"a", "b", "c"} {
				b, err := tx.CreateBucketIfNotExists([]byte(name))
				must(t, err)
				churn(t, rng, b, round)
			}
			return nil
		}))
		if err := checkBoltFile(path); err != nil {
			t.Fatalf("commit %d: %v", round, err)
		}
	}
}

// churn grows a bucket for a while, then shrinks it, and so on.
func churn(t *testing.T, rng *rand.Rand, b *bolt.Bucket, round int) {
	for range 150 {
		key := binary.BigEndian.AppendUint64(nil, rng.Uint64N(4000))
		if rng.IntN(100) < 30+40*(round/20%2) {
			must(t, b.Delete(key))
		} else {
			must(t, b.Put(key, make([]byte, rng.IntN(200)+rng.IntN(2)*rng.IntN(9000))))
		}
	}
	c := b.Cursor()
	for k, _ := c.First(); k != nil && rng.IntN(40) > 0; k, _ = c.Next() {
		if round%3 == 0 {
			must(t, c.Delete()) // from the front
		}
	}
}

// treeFile is a sound file with two buckets of several pages each, and where
// some of its pages are.
type treeFile struct {
	bytes        []byte
	free         int // offset of the free list page
	rootLeaf     int // offset of the page that lists the buckets
	branch, leaf int // offsets of the first bucket's root and its first child
}

func newTreeFile(t *testing.T) treeFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bolt.Open(path, 0o600, nil)
	must(t, err)
	for range 3 {
		must(t, db.Update(func(tx *bolt.Tx) error {
			for _, name := range []string{"one", "two"} {
				b, err := tx.CreateBucketIfNotExists([]byte(name))
				must(t, err)
				for i := range 500 {
					must(t, b.Put(binary.BigEndian.AppendUint32([]byte("key"), uint32(i)), make([]byte, 40)))
				}
			}
			return nil
		}))
	}
	must(t, db.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	size := os.Getpagesize()
	f := treeFile{bytes: b}
	meta := b[boltHeader:]
	if second := b[size+boltHeader:]; order.Uint64(second[48:]) > order.Uint64(meta[48:]) {
		meta = second
	}
	f.rootLeaf = int(order.Uint64(meta[16:])) * size
	f.free = int(order.Uint64(meta[32:])) * size
	f.branch = int(order.Uint64(f.bucket(0))) * size
	f.leaf = int(order.Uint64(b[f.branch+boltHeader+8:])) * size
	return f
}

// bucket is the header of bucket number i: page and sequence.
func (f treeFile) bucket(i int) []byte {
	e := f.rootLeaf + boltHeader + i*boltElement
	pos, keyLen := order.Uint32(f.bytes[e+4:]), order.Uint32(f.bytes[e+8:])
	return f.bytes[e+int(pos)+int(keyLen):]
}

func TestCheckRefusesPagesThatWouldEndTheProcess(t *testing.T) {
	size := os.Getpagesize()
	page := func(off int) uint64 { return uint64(off / size) }
	for what, spoil := range map[string]func(f treeFile){
		"a page is its own child":     func(f treeFile) { order.PutUint64(f.bytes[f.branch+boltHeader+8:], page(f.branch)) },
		"a child that does not exist": func(f treeFile) { order.PutUint64(f.bytes[f.branch+boltHeader+8:], 1<<40) },
		"two buckets on one page":     func(f treeFile) { copy(f.bucket(1)[:8], f.bucket(0)[:8]) },
		"a bucket on the buckets":     func(f treeFile) { order.PutUint64(f.bucket(0), page(f.rootLeaf)) },
		"a page is free and in use":   func(f treeFile) { order.PutUint64(f.bytes[f.free+boltHeader:], page(f.leaf)) },
		"a free page past the end":    func(f treeFile) { order.PutUint64(f.bytes[f.free+boltHeader:], 1<<40) },
		"a free page named twice":     func(f treeFile) { copy(f.bytes[f.free+boltHeader:][:8], f.bytes[f.free+boltHeader+8:]) },
		"more free pages than fit":    func(f treeFile) { order.PutUint16(f.bytes[f.free+10:], 0xFFFE) },
		"an endless list of free ones": func(f treeFile) {
			order.PutUint16(f.bytes[f.free+10:], boltManyPages)
			order.PutUint64(f.bytes[f.free+boltHeader:], 1<<60)
		},
		"a list that is no list":       func(f treeFile) { order.PutUint16(f.bytes[f.free+8:], boltLeaf) },
		"a leaf that is a list":        func(f treeFile) { order.PutUint16(f.bytes[f.leaf+8:], boltFreelist) },
		"a page under another number":  func(f treeFile) { order.PutUint64(f.bytes[f.leaf:], 7777) },
		"an overflow past the end":     func(f treeFile) { order.PutUint32(f.bytes[f.leaf+12:], 1<<30) },
		"a value past its page":        func(f treeFile) { order.PutUint32(f.bytes[f.leaf+boltHeader+12:], 1<<20) },
		"a key past its page":          func(f treeFile) { order.PutUint32(f.bytes[f.leaf+boltHeader+8:], 0xFFFFFFF0) },
		"a first key of other length":  func(f treeFile) { order.PutUint32(f.bytes[f.leaf+boltHeader+8:], 9) },
		"an empty key":                 func(f treeFile) { order.PutUint32(f.bytes[f.leaf+boltHeader+boltElement+8:], 0) },
		"an element inside the header": func(f treeFile) { order.PutUint32(f.bytes[f.leaf+boltHeader+4:], 0xFFFFFFF4) },
		"more elements than fit":       func(f treeFile) { order.PutUint16(f.bytes[f.leaf+10:], 0xFFFF) },
		"no elements":                  func(f treeFile) { order.PutUint16(f.bytes[f.leaf+10:], 0) },
		"a branch without children":    func(f treeFile) { order.PutUint16(f.bytes[f.branch+10:], 0) },
		"children out of order": func(f treeFile) {
			first, second := f.bytes[f.branch+boltHeader+8:][:8], f.bytes[f.branch+boltHeader+boltElement+8:][:8]
			keep := slices.Clone(first)
			copy(first, second)
			copy(second, keep)
		},
		"a bucket where a value is": func(f treeFile) { order.PutUint32(f.bytes[f.leaf+boltHeader:], 1) },
	} {
		f := newTreeFile(t)
		path := filepath.Join(t.TempDir(), "x.db")
		must(t, os.WriteFile(path, f.bytes, 0o600))
		must(t, checkBoltFile(path))
		spoil(f)
		must(t, os.WriteFile(path, f.bytes, 0o600))
		if err := checkBoltFile(path); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}

func TestCheckOfWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	must(t, checkBoltFile(filepath.Join(dir, "absent")))
	if err := checkBoltFile(dir); err == nil {
		t.Error("a folder was accepted")
	}
	if err := checkBoltFile(filepath.Join(dir, "absent", "deeper")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	short := filepath.Join(dir, "short")
	must(t, os.WriteFile(short, []byte(strings.Repeat("x", 70)), 0o600))
	if err := checkBoltFile(short); err == nil {
		t.Error("70 bytes were accepted")
	}
}
