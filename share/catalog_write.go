package share

import (
	"encoding/binary"
	"errors"

	bolt "go.etcd.io/bbolt"

	"starling/share/content"
)

// flush writes what has gathered. On an error it is kept for the next time.
func (c *catalog) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flushLocked()
}

func (c *catalog) flushLocked() error {
	if c.broken || c.pending == 0 {
		return nil
	}
	err := guard(func() error { return c.db.Update(c.write) })
	if errors.Is(err, errCatalogBroken) {
		c.breakDown(err)
	}
	if err != nil {
		c.log.Warn("catalog not written", "err", err)
		return spaceError(err)
	}
	c.forgetPending()
	return nil
}

func (c *catalog) write(tx *bolt.Tx) error {
	for composite, value := range c.owed {
		bucket, key := cutKey(composite)
		if err := apply(tx.Bucket(bucket), key, value); err != nil {
			return err
		}
	}
	for stat, k := range c.files {
		key := stat.key()
		if err := tx.Bucket(filesBucket).Put(key, checked(key, k.value())); err != nil {
			return err
		}
	}
	for id, m := range c.proofs {
		value := m.AppendCVs(binary.BigEndian.AppendUint64(make([]byte, 0, 12+32*len(m.CVs)), uint64(m.SizeBytes)))
		if err := tx.Bucket(manifestsBucket).Put(id[:], checked(id[:], value)); err != nil {
			return err
		}
	}
	return nil
}

func apply(b *bolt.Bucket, key, value []byte) error {
	if value == nil {
		return b.Delete(key)
	}
	return b.Put(key, value)
}

func cutKey(composite string) (bucket, key []byte) {
	for i := range len(composite) {
		if composite[i] == 0 {
			return []byte(composite[:i]), []byte(composite[i+1:])
		}
	}
	return nil, nil
}

func (c *catalog) forgetPending() {
	c.files = make(map[fileStat]catalogued)
	c.proofs = make(map[content.ID]*content.Manifest)
	c.owed = make(map[string][]byte)
	c.pending = 0
}

// prune drops the hashes of files that nobody shares any more, once they are
// more than those in use: until then a folder that comes back costs nothing.
func (c *catalog) prune(used func() (map[fileStat]struct{}, map[content.ID]struct{})) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken || c.flushLocked() != nil {
		return
	}
	stats, ids := used()
	total := 0
	c.view(func(tx *bolt.Tx) error {
		total = tx.Bucket(filesBucket).Stats().KeyN
		return nil
	})
	if total-len(stats) < len(stats)+c.spare {
		return
	}
	err := guard(func() error {
		return c.db.Update(func(tx *bolt.Tx) error {
			err := drop(tx.Bucket(filesBucket), func(key []byte) bool {
				_, ok := stats[statFromKey(key)]
				return ok
			})
			if err != nil {
				return err
			}
			return drop(tx.Bucket(manifestsBucket), func(key []byte) bool {
				_, ok := ids[content.ID(key)]
				return ok
			})
		})
	})
	c.log.Info("catalog pruned", "files", len(stats), "dropped", total-len(stats), "err", err)
}

// spareHashes are always kept for files that may come back.
const spareHashes = 50_000

func drop(b *bolt.Bucket, keep func(key []byte) bool) error {
	cursor := b.Cursor()
	for key, _ := cursor.First(); key != nil; key, _ = cursor.Next() {
		if len(key) == 32 && keep(key) {
			continue
		}
		if err := cursor.Delete(); err != nil {
			return err
		}
	}
	return nil
}

func statFromKey(key []byte) fileStat {
	at := func(i int) uint64 { return binary.BigEndian.Uint64(key[8*i:]) }
	return fileStat{at(0), at(1), int64(at(2)), int64(at(3))}
}
