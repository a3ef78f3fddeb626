package transfer

import (
	"encoding/json"
	"fmt"
	"sync"

	bolt "go.etcd.io/bbolt"

	"starling/share/content"
)

// writer makes writes that wait for the disk together share its fsyncs: whoever
// has the turn writes for all who came meanwhile.
type writer struct {
	turn sync.Mutex // held while writing

	mu   sync.Mutex // guards owed
	owed []*write
}

// write is one record to be put, or with a nil value removed.
type write struct {
	key, value []byte
	err        error
	done       chan struct{}
}

func (s *store) put(r *record) error {
	value, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode download: %w", err)
	}
	if err := s.write(&write{key: r.ID[:], value: value}); err != nil {
		return fmt.Errorf("remember download %s: %w", r.ID.Short(), err)
	}
	return nil
}

func (s *store) remove(id content.ID) error {
	if err := s.write(&write{key: id[:]}); err != nil {
		return fmt.Errorf("forget download %s: %w", id.Short(), err)
	}
	return nil
}

// write returns when w is on the disk, or failed.
func (s *store) write(w *write) error {
	w.done = make(chan struct{})
	s.writer.mu.Lock()
	s.writer.owed = append(s.writer.owed, w)
	s.writer.mu.Unlock()
	s.writer.turn.Lock()
	s.flush()
	s.writer.turn.Unlock()
	<-w.done
	return w.err
}

// flush is called by whoever has the turn.
func (s *store) flush() {
	s.writer.mu.Lock()
	all := s.writer.owed
	s.writer.owed = nil
	s.writer.mu.Unlock()
	if len(all) == 0 {
		return
	}
	err := s.db.Update(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(downloadsBucket)
		for _, w := range all {
			if err := w.apply(bucket); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range all {
		w.err = err
		close(w.done)
	}
}

func (w *write) apply(bucket *bolt.Bucket) error {
	if w.value == nil {
		return bucket.Delete(w.key)
	}
	return bucket.Put(w.key, w.value)
}
