package share

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"starling/share/content"
)

// catalog remembers hashes, so that no file is read twice:
//
//	files      dev ‖ inode ‖ size ‖ mtime → content id, type and tags, checksum
//	manifests  content id → size ‖ chaining values, checksum
//	choices    a copy of roots.json
//	adopted    a copy of adopted.jsonl, by path
//
// Writes gather in memory and go to the disk together. Every value carries a
// checksum, and the file's pages are checked before bbolt trusts them, so that
// damage costs hashing and nothing else. A catalog that breaks while it is open
// is left alone; from then on the memory serves.
type catalog struct {
	log *slog.Logger

	mu      sync.Mutex
	db      *bolt.DB
	broken  bool
	files   map[fileStat]catalogued          // not written yet
	proofs  map[content.ID]*content.Manifest // not written yet
	owed    map[string][]byte                // bucket ‖ key → value not written yet; nil deletes
	pending int                              // bytes of all three, about
	spare   int                              // spareHashes; tests have fewer
}

var (
	filesBucket     = []byte("files")
	manifestsBucket = []byte("manifests")
	choicesBucket   = []byte("choices")
	adoptedBucket   = []byte("adopted")
	metaBucket      = []byte("meta")
	formatKey       = []byte("format")
	rootsKey        = "roots"
)

const (
	catalogFormat   = "starling catalog 1"
	catalogLockWait = time.Second
	maxPendingBytes = 16 << 20 // written at once when this much has gathered
)

var errCatalogBroken = errors.New("the catalog is damaged")

// openCatalog opens or makes the catalog in dir. A file that is damaged, or is
// something else, is set aside; aside then says where it is and why.
func openCatalog(dir string, log *slog.Logger) (c *catalog, aside string, err error) {
	path := filepath.Join(dir, "catalog.db")
	db, err := openBolt(path)
	if err != nil && !errors.Is(err, ErrLocked) {
		to, renameErr := setAside(path)
		if renameErr != nil {
			return nil, "", fmt.Errorf("open the catalog %s: %w", path, errors.Join(err, renameErr))
		}
		aside = fmt.Sprintf("the catalog of file hashes could not be used (%v); it was set aside as %s, and shared files are hashed again", err, to)
		db, err = openBolt(path)
	}
	if err != nil {
		return nil, "", fmt.Errorf("open the catalog %s: %w", path, err)
	}
	c = &catalog{log: log, db: db, spare: spareHashes}
	c.forgetPending()
	return c, aside, nil
}

func openBolt(path string) (db *bolt.DB, err error) {
	if err := checkBoltFile(path); err != nil {
		return nil, err
	}
	err = guard(func() error {
		db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: catalogLockWait, FreelistType: bolt.FreelistMapType})
		if err != nil {
			return err
		}
		return db.Update(prepareBuckets)
	})
	if err == nil {
		return db, nil
	}
	if db != nil {
		_ = guard(db.Close)
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: it holds %s open", ErrLocked, path)
	}
	return nil, err
}

// prepareBuckets lays out a new file and recognises an own one.
func prepareBuckets(tx *bolt.Tx) error {
	if first, _ := tx.Cursor().First(); first != nil {
		meta := tx.Bucket(metaBucket)
		if meta == nil || string(meta.Get(formatKey)) != catalogFormat {
			return errors.New("it has another format")
		}
	}
	for _, name := range [][]byte{metaBucket, filesBucket, manifestsBucket, choicesBucket, adoptedBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return tx.Bucket(metaBucket).Put(formatKey, []byte(catalogFormat))
}

// guard turns the panics of a library that trusts its file into errors, those
// of a mapped file that was cut short included.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errCatalogBroken, p)
		}
	}()
	return f()
}

// view reads under the lock; a catalog that breaks is not touched again.
func (c *catalog) view(f func(tx *bolt.Tx) error) {
	if c.broken {
		return
	}
	if err := guard(func() error { return c.db.View(f) }); err != nil {
		c.breakDown(err)
	}
}

func (c *catalog) breakDown(err error) {
	c.broken = true
	c.log.Error("catalog is not used until the next start", "err", err)
}

func (s fileStat) key() []byte {
	b := make([]byte, 0, 32)
	b = binary.BigEndian.AppendUint64(b, s.dev)
	b = binary.BigEndian.AppendUint64(b, s.ino)
	b = binary.BigEndian.AppendUint64(b, uint64(s.size))
	return binary.BigEndian.AppendUint64(b, uint64(s.mtime))
}

// checked appends a checksum over key and value.
func checked(key, value []byte) []byte {
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
	return binary.BigEndian.AppendUint32(value, sum)
}

// unchecked takes the checksum off again; nil when it is wrong.
func unchecked(key, value []byte) []byte {
	n := len(value) - 4
	if n < 0 {
		return nil
	}
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value[:n])
	if binary.BigEndian.Uint32(value[n:]) != sum {
		return nil
	}
	return value[:n]
}

// lookup gives what is known of a file in this state, if it was hashed before.
func (c *catalog) lookup(s fileStat) (k catalogued, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok = c.files[s]; ok {
		return k, true
	}
	key := s.key()
	if _, forgotten := c.owed[owedKey(filesBucket, key)]; forgotten {
		return k, false
	}
	c.view(func(tx *bolt.Tx) error {
		k, ok = parseCatalogued(unchecked(key, tx.Bucket(filesBucket).Get(key)))
		return nil
	})
	return k, ok
}

// put remembers a hashed file. The manifest is nil when it was put before.
func (c *catalog) put(s fileStat, k catalogued, m *content.Manifest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files[s] = k
	delete(c.owed, owedKey(filesBucket, s.key()))
	c.pending += 128 + len(k.tags)
	if m != nil && m.Groups() > 1 {
		c.proofs[k.id] = m
		c.pending += 128 + 32*len(m.CVs)
	}
	if c.pending > maxPendingBytes {
		_ = c.flushLocked()
	}
}

// manifest gives the proven manifest of a file that was put.
func (c *catalog) manifest(id content.ID, sizeBytes int64) (*content.Manifest, error) {
	if m, ok := content.OneGroup(id, sizeBytes); ok {
		return m, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.proofs[id]; m != nil && m.SizeBytes == sizeBytes {
		return m, nil
	}
	var m *content.Manifest
	c.view(func(tx *bolt.Tx) (err error) {
		v := unchecked(id[:], tx.Bucket(manifestsBucket).Get(id[:]))
		if len(v) < 8 || int64(binary.BigEndian.Uint64(v)) != sizeBytes {
			return nil
		}
		if got, err := content.ParseManifest(sizeBytes, v[8:]); err == nil && got.Prove(id) == nil {
			m = got
		}
		return nil
	})
	if m == nil {
		return nil, fmt.Errorf("the manifest of %s is lost; the file is hashed again", id.Short())
	}
	return m, nil
}

// forget makes the next scan hash a file in this state again.
func (c *catalog) forget(s fileStat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.files, s)
	c.owe(filesBucket, s.key(), nil)
}

func owedKey(bucket, key []byte) string { return string(bucket) + "\x00" + string(key) }

// owe notes a change to be written; nil deletes.
func (c *catalog) owe(bucket, key, value []byte) {
	c.owed[owedKey(bucket, key)] = value
	c.pending += 64 + len(key) + len(value)
}

// choice gives the copy of a file of choices, nil if there is none.
func (c *catalog) choice(name string) (b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view(func(tx *bolt.Tx) error {
		b = append(b, unchecked([]byte(name), tx.Bucket(choicesBucket).Get([]byte(name)))...)
		return nil
	})
	return b
}

func (c *catalog) setChoice(name string, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owe(choicesBucket, []byte(name), checked([]byte(name), append([]byte(nil), b...)))
	_ = c.flushLocked() // what the owner chose does not wait
}

func (c *catalog) adopted() (list []adoptedChoice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view(func(tx *bolt.Tx) error {
		return tx.Bucket(adoptedBucket).ForEach(func(_, line []byte) error {
			if a, ok := parseAdoptedLine(string(line)); ok {
				list = append(list, a)
			}
			return nil
		})
	})
	return list
}

func (c *catalog) setAdopted(a adoptedChoice) {
	key := content.Sum([]byte(a.Path))
	line, err := adoptedLine(a)
	if err != nil || a.Forgotten {
		line = nil
	} else {
		line = line[:len(line)-1]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owe(adoptedBucket, key[:], line)
}

func (c *catalog) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.flushLocked()
	if c.broken {
		return err // its own close may wait for a transaction that a panic left open
	}
	return errors.Join(err, guard(c.db.Close))
}
